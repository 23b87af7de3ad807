"""A small shop for household appliances to show a connector with: orders, returns, complaints, visits, an outage.

It has two orders: 555001 (postcode 10115, shipped by parcel) and 555002 (postcode 94103, delivered), and an outage in
the area 10115. No visit is free on a Sunday. Nothing in it is real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert

from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid
from appliance.privacy import values
from appliance.privacy.values import Date, Digits, from_literal
from services.connectors.demo_once import DemoConnector, calls_done

_TABLES = MetaData()
_CASES = Table(
    "cases",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("about", Text, nullable=False),
)
_DONE = calls_done(_TABLES)
FIRST_CASE: Final = 70_000
SUNDAY: Final = 6
ORDERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "555001": ("10115", "shipped", "tomorrow, by parcel"),
    "555002": ("94103", "delivered", "last week"),
}
"""Order → its postcode, how it stands, and when."""
OUTAGES: Final[Mapping[str, str]] = {"10115": "six in the evening"}
OPERATIONS: Final[Mapping[str, Operation]] = {
    "order_status": Operation(
        {"order": "digits", "postcode": "digits"},
        {"shipped": {"arrives": "text"}, "delivered": {"arrived": "text"}, "unknown_order": {}},
        changes=False,
    ),
    "return_order": Operation(
        {"order": "digits", "postcode": "digits", "reason": "option"},
        {"ok": {"number": "digits"}, "not_delivered": {}, "unknown_order": {}},
    ),
    "complain": Operation({"topic": "option"}, {"ok": {"number": "digits"}}),
    "book_visit": Operation(
        {"device": "option", "day": "value", "time": "option", "postcode": "digits"},
        {"ok": {"number": "digits"}, "full": {}},
    ),
    "outage": Operation({"postcode": "digits"}, {"known": {"ends": "text"}, "nothing": {}}, changes=False),
}


def _status(_connection: Connection, given: Mapping[str, str]) -> Outcome:
    postcode, stands, when = ORDERS.get(given["order"], ("", "", ""))
    if postcode != given["postcode"]:
        return Outcome("unknown_order")
    return Outcome(stands, {"arrives" if stands == "shipped" else "arrived": values.Text(when)})


def _return(connection: Connection, given: Mapping[str, str]) -> Outcome:
    postcode, stands, _ = ORDERS.get(given["order"], ("", "", ""))
    if postcode != given["postcode"]:
        return Outcome("unknown_order")
    if stands != "delivered":
        return Outcome("not_delivered")
    return _case(connection, "return", f"{given['order']} {given['reason']}")


def _complain(connection: Connection, given: Mapping[str, str]) -> Outcome:
    return _case(connection, "complaint", given["topic"])


def _visit(connection: Connection, given: Mapping[str, str]) -> Outcome:
    day = from_literal(given["day"])
    if not isinstance(day, Date):
        raise Invalid("The demo shop needs the day of a visit.")
    on = date.fromisoformat(day.date)
    if on.weekday() == SUNDAY or on < datetime.now(UTC).date():
        return Outcome("full")
    return _case(connection, "visit", f"{given['device']} {on} {given['time']}")


def _outage(_connection: Connection, given: Mapping[str, str]) -> Outcome:
    ends = OUTAGES.get(given["postcode"])
    return Outcome("known", {"ends": values.Text(ends)}) if ends else Outcome("nothing")


def _case(connection: Connection, kind: str, about: str) -> Outcome:
    made = connection.execute(insert(_CASES).values(kind=kind, about=about)).inserted_primary_key
    return Outcome("ok", {"number": Digits(str(FIRST_CASE + (made[0] if made else 0)))})


_COUNTER: Final[Mapping[str, Callable[[Connection, Mapping[str, str]], Outcome]]] = {
    "order_status": _status,
    "return_order": _return,
    "complain": _complain,
    "book_visit": _visit,
    "outage": _outage,
}


class DemoShop(DemoConnector):
    """The connector `shop`."""

    title = "demo shop"
    tables, done, counter = _TABLES, _DONE, _COUNTER
    operations = OPERATIONS
