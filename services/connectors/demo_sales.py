"""The sales desk of a supplier of office telephones, to show a connector with: leads, quotes, appointments, calls.

It has one appointment, 50001 (on a working day a month ahead at 11:00, which is taken then), a stock of 40 door phones
and 2,000 of everything else, and one number on its do-not-call list: +1 202 555 0199. Its office hours are nine to
five, Monday to Friday; appointments are at 9:00, 11:00, 14:00 and 16:00. What it would send by e-mail lies in its table
`letters`. Nothing in it is real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid
from appliance.privacy.values import Composite, Date, Digits, Number, Text, Time, from_literal, money, show
from services.connectors.demo_once import DemoConnector
from services.connectors.demo_sales_tables import (
    APPOINTMENTS,
    CALLS,
    DONE,
    LEADS,
    LETTERS,
    LINES,
    LISTED,
    QUOTES,
    TABLES,
)

FIRST_QUOTE: Final = 90_000
FIRST_APPOINTMENT: Final = 50_000
TIMES: Final = ("09:00", "11:00", "14:00", "16:00")
OPENS: Final = "09:00"
CLOSES: Final = "17:00"
SATURDAY: Final = 5
HIGHEST_DISCOUNT: Final = 15
PRICES: Final[Mapping[str, int]] = {
    "desk_phone": 89_00,
    "cordless_phone": 129_00,
    "headset": 79_00,
    "conference_phone": 449_00,
    "door_phone": 249_00,
}
"""Product → cents apiece, before tax; the price list of the Sales template has the same."""
STOCK: Final[Mapping[str, int]] = {**dict.fromkeys(PRICES, 2000), "door_phone": 40}
BACK: Final = "three weeks from now"
DO_NOT_CALL: Final = "+12025550199"

OPERATIONS: Final[Mapping[str, Operation]] = {
    "note_lead": Operation(
        {"need": "option", "team": "value", "budget": "value", "timeframe": "option", "authority": "option"}, {"ok": {}}
    ),
    "open_quote": Operation({}, {"ok": {"quote": "digits"}}),
    "add_line": Operation(
        {"quote": "value", "product": "option", "quantity": "value", "discount": "value"},
        {"ok": {"line": "money", "total": "money"}, "sold_out": {"back": "text"}},
    ),
    "send_quote": Operation({"quote": "value", "email": "value"}, {"ok": {}, "empty": {}}),
    "drop_quote": Operation({"quote": "value"}, {"ok": {}}),
    "free_times": Operation({"day": "value"}, {"some": {"free": "text"}, "none": {}}, changes=False),
    "book": Operation(
        {"day": "value", "time": "value", "email": "value"},
        {"ok": {"number": "digits"}, "taken": {"free": "text"}, "none": {}},
    ),
    "find_appointment": Operation(
        {"appointment": "digits"}, {"ok": {"planned": "text"}, "unknown_appointment": {}}, changes=False
    ),
    "move_appointment": Operation(
        {"appointment": "digits", "day": "value", "time": "value"},
        {"ok": {}, "taken": {"free": "text"}, "none": {}},
    ),
    "cancel_appointment": Operation({"appointment": "digits"}, {"ok": {}, "unknown_appointment": {}}),
    "may_call": Operation({"number": "value"}, {"yes": {}, "listed": {}}, changes=False),
    "allow_calls": Operation({"number": "value"}, {"ok": {}}),
    "call_back": Operation({"at": "value", "number": "value"}, {"ok": {}, "closed": {}}),
    "do_not_call": Operation({"number": "value"}, {"ok": {}}),
}
Given = Mapping[str, str]


# ---- leads and quotes ----------------------------------------------------------------------------------------------


def _note_lead(connection: Connection, given: Given) -> Outcome:
    connection.execute(insert(LEADS).values(about="; ".join(f"{name}: {value}" for name, value in given.items())))
    return Outcome("ok")


def _open_quote(connection: Connection, _given: Given) -> Outcome:
    made = connection.execute(insert(QUOTES).values(stands="open")).inserted_primary_key
    return Outcome("ok", {"quote": Digits(str(FIRST_QUOTE + (made[0] if made else 0)))})


def _add_line(connection: Connection, given: Given) -> Outcome:
    """What is given off is checked here as well: an agent's rules are no proof to a shop."""
    quote, product = _quote(connection, given), given["product"]
    count, off = _number(given["quantity"]), _number(given["discount"])
    if product not in PRICES or count < 1 or count != int(count) or not 0 <= off <= HIGHEST_DISCOUNT:
        raise Invalid("The demo sales desk has no such offer.")
    if count > STOCK[product]:
        return Outcome("sold_out", {"back": Text(BACK)})
    cents = int((PRICES[product] * count * (100 - off) / 100).to_integral_value())
    connection.execute(insert(LINES).values(quote=quote, product=product, count=int(count), cents=cents))
    return Outcome("ok", {"line": money(cents), "total": money(_total(connection, quote))})


def _send_quote(connection: Connection, given: Given) -> Outcome:
    quote = _quote(connection, given)
    if not _total(connection, quote):
        return Outcome("empty")
    connection.execute(update(QUOTES).where(QUOTES.c.id == quote).values(stands="sent"))
    about = f"quote {FIRST_QUOTE + quote}: {show(money(_total(connection, quote)), 'written')}"
    connection.execute(insert(LETTERS).values(address=given["email"], about=about))
    return Outcome("ok")


def _drop_quote(connection: Connection, given: Given) -> Outcome:
    quote = _quote(connection, given)
    connection.execute(delete(LINES).where(LINES.c.quote == quote))
    connection.execute(update(QUOTES).where(QUOTES.c.id == quote).values(stands="dropped"))
    return Outcome("ok")


def _quote(connection: Connection, given: Given) -> int:
    number = int(given["quote"]) - FIRST_QUOTE if given["quote"].isdigit() else 0
    stands = connection.execute(select(QUOTES.c.stands).where(QUOTES.c.id == number)).scalar_one_or_none()
    if stands != "open":
        raise Invalid("The demo sales desk has no such quote that is open.")
    return number


def _total(connection: Connection, quote: int) -> int:
    return int(
        connection.execute(select(func.coalesce(func.sum(LINES.c.cents), 0)).where(LINES.c.quote == quote)).scalar_one()
    )


# ---- appointments --------------------------------------------------------------------------------------------------


def _free_times(connection: Connection, given: Given) -> Outcome:
    free = _free(connection, _day(given))
    return Outcome("some", {"free": _told(free)}) if free else Outcome("none")


def _book(connection: Connection, given: Given) -> Outcome:
    wrong = _not_free(connection, given)
    if wrong is not None:
        return wrong
    row = {"day": _day(given).isoformat(), "time": _time(given), "address": given["email"]}
    made = connection.execute(insert(APPOINTMENTS).values(**row)).inserted_primary_key
    number = str(FIRST_APPOINTMENT + (made[0] if made else 0))
    connection.execute(insert(LETTERS).values(address=given["email"], about=f"appointment {number}"))
    return Outcome("ok", {"number": Digits(number)})


def _find_appointment(connection: Connection, given: Given) -> Outcome:
    found = connection.execute(select(APPOINTMENTS).where(APPOINTMENTS.c.id == _appointment(given))).one_or_none()
    if found is None:
        return Outcome("unknown_appointment")
    told = f"{show(Date(found.day), 'spoken')} at {show(Time(found.time), 'written')}"
    return Outcome("ok", {"planned": Text(told)})


def _move_appointment(connection: Connection, given: Given) -> Outcome:
    wrong = _not_free(connection, given)
    if wrong is not None:
        return wrong
    moved = update(APPOINTMENTS).where(APPOINTMENTS.c.id == _appointment(given))
    connection.execute(moved.values(day=_day(given).isoformat(), time=_time(given)))
    return Outcome("ok")


def _cancel_appointment(connection: Connection, given: Given) -> Outcome:
    gone = connection.execute(delete(APPOINTMENTS).where(APPOINTMENTS.c.id == _appointment(given)))
    return Outcome("ok" if gone.rowcount else "unknown_appointment")


def _not_free(connection: Connection, given: Given) -> Outcome | None:
    free = _free(connection, _day(given))
    if not free:
        return Outcome("none")
    return None if _time(given) in free else Outcome("taken", {"free": _told(free)})


def _free(connection: Connection, day: date) -> list[str]:
    if day.weekday() >= SATURDAY or day <= _today():
        return []
    taken = select(APPOINTMENTS.c.time).where(APPOINTMENTS.c.day == day.isoformat())
    booked = set(connection.execute(taken).scalars())
    return [time for time in TIMES if time not in booked]


def _told(free: list[str]) -> Text:
    shown = [show(Time(time), "written") for time in free]
    return Text(" and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown))


def _appointment(given: Given) -> int:
    return int(given["appointment"]) - FIRST_APPOINTMENT


# ---- calls ---------------------------------------------------------------------------------------------------------


def _may_call(connection: Connection, given: Given) -> Outcome:
    listed = connection.execute(select(LISTED.c.number).where(LISTED.c.number == given["number"])).one_or_none()
    return Outcome("yes" if listed is None else "listed")


def _allow_calls(connection: Connection, given: Given) -> Outcome:
    connection.execute(delete(LISTED).where(LISTED.c.number == given["number"]))
    return Outcome("ok")


def _call_back(connection: Connection, given: Given) -> Outcome:
    """Nobody who does not want to be called is, whatever an agent asks for."""
    at = from_literal(given["at"])
    if not isinstance(at, Composite):
        raise Invalid("The demo sales desk calls at a day and a time.")
    day, time = at.parts.get("day"), at.parts.get("time")
    if not isinstance(day, Date) or not isinstance(time, Time):
        raise Invalid("The demo sales desk calls at a day and a time.")
    on = date.fromisoformat(day.date)
    open_then = on.weekday() < SATURDAY and on >= _today() and OPENS <= time.time < CLOSES
    if not open_then or _may_call(connection, given).name == "listed":
        return Outcome("closed")
    connection.execute(insert(CALLS).values(number=given["number"], at=f"{day.date}T{time.time}"))
    return Outcome("ok")


def _do_not_call(connection: Connection, given: Given) -> Outcome:
    """From now on, and with the calls that were planned."""
    if _may_call(connection, given).name == "yes":
        connection.execute(insert(LISTED).values(number=given["number"]))
    connection.execute(delete(CALLS).where(CALLS.c.number == given["number"]))
    return Outcome("ok")


# ---- what was said -------------------------------------------------------------------------------------------------


def _day(given: Given) -> date:
    day = from_literal(given["day"])
    if not isinstance(day, Date):
        raise Invalid("The demo sales desk needs a day.")
    return date.fromisoformat(day.date)


def _time(given: Given) -> str:
    time = from_literal(given["time"])
    if not isinstance(time, Time):
        raise Invalid("The demo sales desk needs a time.")
    return time.time


def _number(literal: str) -> Decimal:
    number = from_literal(literal)
    if not isinstance(number, Number):
        raise Invalid("The demo sales desk needs a number.")
    return Decimal(number.number)


def _today() -> date:
    return datetime.now(UTC).date()


def _working_day(after: int) -> date:
    """The first working day so many days from today on."""
    day = _today() + timedelta(days=after)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


_COUNTER: Final[Mapping[str, Callable[[Connection, Given], Outcome]]] = {
    "note_lead": _note_lead,
    "open_quote": _open_quote,
    "add_line": _add_line,
    "send_quote": _send_quote,
    "drop_quote": _drop_quote,
    "free_times": _free_times,
    "book": _book,
    "find_appointment": _find_appointment,
    "move_appointment": _move_appointment,
    "cancel_appointment": _cancel_appointment,
    "may_call": _may_call,
    "allow_calls": _allow_calls,
    "call_back": _call_back,
    "do_not_call": _do_not_call,
}


class DemoSales(DemoConnector):
    """The connector `sales`."""

    title = "demo sales desk"
    tables, done, counter = TABLES, DONE, _COUNTER
    operations = OPERATIONS

    def _furnish(self, connection: Connection) -> None:
        if connection.execute(select(func.count()).select_from(LISTED)).scalar_one():
            return
        connection.execute(insert(LISTED).values(number=DO_NOT_CALL))
        first: dict[str, Any] = {"day": _working_day(30).isoformat(), "time": "11:00", "address": ""}
        connection.execute(insert(APPOINTMENTS).values(**first))
