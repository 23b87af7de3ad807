"""A small shop for household appliances to show a connector with: orders, returns, complaints, visits, an outage.

It has two orders: 555001 (postcode 10115, shipped by parcel) and 555002 (postcode 94103, delivered), and an outage in
the area 10115. No visit is free on a Sunday. Nothing in it is real.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid, Unavailable
from appliance.privacy import values
from appliance.privacy.values import Date, Digits, from_literal

_TABLES = MetaData()
_CASES = Table(
    "cases",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("about", Text, nullable=False),
)
_DONE = Table(
    "calls_done",
    _TABLES,
    Column("idempotency_key", String(64), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("done_at", Float, nullable=False),
)
DONE_KEPT_S: Final = 7 * 86_400
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


class DemoShop:
    """The connector `shop`."""

    operations: Mapping[str, Operation] = OPERATIONS
    knows_keys = True

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)
        with self._engine.begin() as connection:
            connection.execute(delete(_DONE).where(_DONE.c.done_at < time.time() - DONE_KEPT_S))

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        if operation not in _COUNTER or set(arguments) != set(OPERATIONS[operation].arguments):
            raise Invalid("The demo shop has no such operation, or not with these arguments.")
        return await asyncio.to_thread(self._once, operation, arguments, idempotency_key)

    async def recall(self, idempotency_key: str) -> Outcome | None:
        return await asyncio.to_thread(self._done, idempotency_key)

    async def close(self) -> None:
        self._engine.dispose()

    def _done(self, key: str) -> Outcome | None:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return _find_done(connection, key)
        except SQLAlchemyError as error:
            raise Unavailable("The demo shop's database does not answer.") from error

    def _once(self, operation: str, arguments: Mapping[str, str], key: str) -> Outcome:
        """What a call changes and the note that it was done are one transaction."""
        try:
            with self._engine.begin() as connection:
                done = _find_done(connection, key)
                if done is not None:
                    return done
                outcome = _COUNTER[operation](connection, arguments)
                told = {name: values.encode(value).decode() for name, value in outcome.values.items()}
                content = json.dumps({"name": outcome.name, "values": told})
                connection.execute(insert(_DONE).values(idempotency_key=key, outcome=content, done_at=time.time()))
        except SQLAlchemyError as error:
            raise Unavailable("The demo shop's database does not answer.") from error
        return outcome


def _find_done(connection: Connection, key: str) -> Outcome | None:
    found = connection.execute(select(_DONE.c.outcome).where(_DONE.c.idempotency_key == key)).scalar_one_or_none()
    if found is None:
        return None
    content = json.loads(found)
    return Outcome(content["name"], {name: values.decode(told.encode()) for name, told in content["values"].items()})


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
