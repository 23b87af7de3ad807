"""A small family practice to show a connector with: who a patient is, appointments, refills, calls about results.

It has three patients: 4420017 (born 1984-03-09, a check-up next week), 4420025 (born 1957-11-22, no appointment) and
4420033 (born 1990-06-15, a visit on the next working day, too late to be cancelled without a person). Nothing is told
or done without number and date of birth, whatever an agent asks; five wrong dates lock a number. It is closed at
weekends, and Friday afternoons are full. Nothing in it is real.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, delete, insert, select, update

from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid
from appliance.privacy.values import Date, Text, from_literal
from services.connectors.demo_once import DemoConnector, calls_done

_TABLES = MetaData()
_APPOINTMENTS = Table(
    "appointments",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("patient", String(7), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("day", String(10), nullable=False),
    Column("minute", Integer, nullable=False),
)
"""`minute`: of the day."""
_WRONG = Table(
    "wrong_dates", _TABLES, Column("patient", String(7), primary_key=True), Column("times", Integer, nullable=False)
)
_ASKED = Table(
    "asked_for",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("patient", String(7), nullable=False),
    Column("what", String(32), nullable=False),
)
"""Refills and calls about results."""
_DONE = calls_done(_TABLES)

PATIENTS: Final[Mapping[str, str]] = {"4420017": "1984-03-09", "4420025": "1957-11-22", "4420033": "1990-06-15"}
MEDICINES: Final[Mapping[tuple[str, str], str]] = {
    ("4420017", "lisinopril"): "ready",
    ("4420017", "metformin"): "doctor",
    ("4420017", "atorvastatin"): "early",
    ("4420017", "oxycodone"): "controlled",
    ("4420025", "levothyroxine"): "ready",
    ("4420033", "albuterol"): "ready",
}
KINDS: Final[Mapping[str, str]] = {
    "checkup": "a yearly check-up",
    "follow_up": "a follow-up visit",
    "sick_visit": "a sick visit",
    "vaccination": "a vaccination",
    "blood_test": "a blood test",
}
LOCKED_AFTER: Final = 5
FRIDAY, SATURDAY = 4, 5
STARTS: Final[Mapping[str, range]] = {"morning": range(9 * 60, 12 * 60, 30), "afternoon": range(13 * 60, 17 * 60, 30)}
AHEAD: Final = timedelta(days=180)
_WHO: Final[Mapping[str, Any]] = {"patient": "digits", "born": "value"}
_WHEN: Final[Mapping[str, Any]] = {"day": "value", "time": "option"}
_NO: Final[Mapping[str, Any]] = {"not_verified": {}}
OPERATIONS: Final[Mapping[str, Operation]] = {
    "verify": Operation({**_WHO}, {"ok": {}, "mismatch": {}, "locked": {}}),
    "find": Operation(
        {**_WHO, **_WHEN, "kind": "option"}, {"free": {"when": "text"}, "full": {}, "closed": {}, **_NO}, changes=False
    ),
    "book": Operation({**_WHO, **_WHEN, "kind": "option"}, {"ok": {"when": "text"}, "full": {}, **_NO}),
    "next": Operation({**_WHO}, {"one": {"what": "text", "when": "text"}, "none": {}, **_NO}, changes=False),
    "move": Operation({**_WHO, **_WHEN}, {"ok": {"when": "text"}, "full": {}, "none": {}, **_NO}),
    "cancel": Operation({**_WHO}, {"ok": {}, "late": {}, "none": {}, **_NO}),
    "refill": Operation(
        {**_WHO, "medicine": "value"},
        {
            "ok": {"ready": "text"},
            "doctor": {},
            "early": {"after": "text"},
            "controlled": {},
            "not_listed": {},
            **_NO,
        },
    ),
    "results_call": Operation({**_WHO}, {"ok": {"until": "text"}, **_NO}),
}


def _today() -> date:
    return datetime.now(UTC).date()


def _working(day: date) -> date:
    """This day, or the next one that is no weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= SATURDAY else 0)


def _day(given: str) -> date:
    found = from_literal(given)
    if not isinstance(found, Date):
        raise Invalid("The demo clinic needs a day.")
    return date.fromisoformat(found.date)


def _told(day: date, minute: int | None = None) -> Text:
    """`Monday, November 30 at 9:30 in the morning`."""
    said = f"{day:%A}, {day:%B} {day.day}"
    if minute is None:
        return Text(said)
    hour, part = minute // 60, "in the morning" if minute < 12 * 60 else "in the afternoon"
    return Text(f"{said} at {hour if hour <= 12 else hour - 12}:{minute % 60:02} {part}")


# ---- who it is -------------------------------------------------------------------------------------------------------


def _verify(connection: Connection, given: Mapping[str, str]) -> Outcome:
    """A number that nobody has is answered as a wrong date is."""
    patient, born = given["patient"], _day(given["born"])
    wrong = connection.execute(select(_WRONG.c.times).where(_WRONG.c.patient == patient)).scalar_one_or_none() or 0
    if wrong >= LOCKED_AFTER:
        return Outcome("locked")
    connection.execute(delete(_WRONG).where(_WRONG.c.patient == patient))
    if PATIENTS.get(patient) == born.isoformat():
        return Outcome("ok")
    connection.execute(insert(_WRONG).values(patient=patient, times=wrong + 1))
    return Outcome("mismatch")


def _verified(do: Callable[[Connection, Mapping[str, str]], Outcome]) -> Callable[..., Outcome]:
    def checked(connection: Connection, given: Mapping[str, str]) -> Outcome:
        return do(connection, given) if _verify(connection, given).name == "ok" else Outcome("not_verified")

    return checked


# ---- appointments ----------------------------------------------------------------------------------------------------


def _free(connection: Connection, given: Mapping[str, str]) -> tuple[date, int] | str:
    """The first that is free then, or why none is."""
    day = _day(given["day"])
    if day.weekday() >= SATURDAY or not _today() < day <= _today() + AHEAD:
        return "closed"
    if day.weekday() == FRIDAY and given["time"] == "afternoon":
        return "full"
    wanted = select(_APPOINTMENTS.c.minute).where(_APPOINTMENTS.c.day == day.isoformat())
    taken = set(connection.execute(wanted).scalars())
    return next(((day, minute) for minute in STARTS[given["time"]] if minute not in taken), "full")


def _find(connection: Connection, given: Mapping[str, str]) -> Outcome:
    found = _free(connection, given)
    return Outcome(found) if isinstance(found, str) else Outcome("free", {"when": _told(*found)})


def _book(connection: Connection, given: Mapping[str, str]) -> Outcome:
    found = _free(connection, given)
    if isinstance(found, str):
        return Outcome("full")
    _enter(connection, given["patient"], given["kind"], *found)
    return Outcome("ok", {"when": _told(*found)})


def _enter(connection: Connection, patient: str, kind: str, day: date, minute: int) -> None:
    values = {"patient": patient, "kind": kind, "day": day.isoformat(), "minute": minute}
    connection.execute(insert(_APPOINTMENTS).values(**values))


def _upcoming(connection: Connection, patient: str) -> Any:
    """The row of the next one, or None."""
    own = (_APPOINTMENTS.c.patient == patient) & (_APPOINTMENTS.c.day >= _today().isoformat())
    order = (_APPOINTMENTS.c.day, _APPOINTMENTS.c.minute)
    return connection.execute(select(_APPOINTMENTS).where(own).order_by(*order)).first()


def _next(connection: Connection, given: Mapping[str, str]) -> Outcome:
    row = _upcoming(connection, given["patient"])
    if row is None:
        return Outcome("none")
    when = _told(date.fromisoformat(row.day), row.minute)
    return Outcome("one", {"what": Text(KINDS.get(row.kind, "a visit")), "when": when})


def _move(connection: Connection, given: Mapping[str, str]) -> Outcome:
    row, found = _upcoming(connection, given["patient"]), _free(connection, given)
    if row is None:
        return Outcome("none")
    if isinstance(found, str):
        return Outcome("full")
    moved = {"day": found[0].isoformat(), "minute": found[1]}
    connection.execute(update(_APPOINTMENTS).where(_APPOINTMENTS.c.id == row.id).values(**moved))
    return Outcome("ok", {"when": _told(*found)})


def _cancel(connection: Connection, given: Mapping[str, str]) -> Outcome:
    row = _upcoming(connection, given["patient"])
    if row is None:
        return Outcome("none")
    if date.fromisoformat(row.day) <= _working(_today() + timedelta(days=1)):
        return Outcome("late")
    connection.execute(delete(_APPOINTMENTS).where(_APPOINTMENTS.c.id == row.id))
    return Outcome("ok")


# ---- refills and results ---------------------------------------------------------------------------------------------


def _refill(connection: Connection, given: Mapping[str, str]) -> Outcome:
    medicine = given["medicine"].removeprefix("option:")  # sealed on its way, or not
    match MEDICINES.get((given["patient"], medicine)):
        case "ready":
            _ask(connection, given["patient"], f"refill {medicine}")
            return Outcome("ok", {"ready": _told(_working(_today() + timedelta(days=2)))})
        case "doctor":
            _ask(connection, given["patient"], f"approve {medicine}")
            return Outcome("doctor")
        case "early":
            return Outcome("early", {"after": _told(_working(_today() + timedelta(days=14)))})
        case "controlled":
            return Outcome("controlled")
        case _:
            return Outcome("not_listed")


def _results_call(connection: Connection, given: Mapping[str, str]) -> Outcome:
    _ask(connection, given["patient"], "results call")
    return Outcome("ok", {"until": _told(_working(_today() + timedelta(days=1)))})


def _ask(connection: Connection, patient: str, what: str) -> None:
    connection.execute(insert(_ASKED).values(patient=patient, what=what))


_COUNTER: Final[Mapping[str, Callable[[Connection, Mapping[str, str]], Outcome]]] = {
    "verify": _verify,
    "find": _verified(_find),
    "book": _verified(_book),
    "next": _verified(_next),
    "move": _verified(_move),
    "cancel": _verified(_cancel),
    "refill": _verified(_refill),
    "results_call": _verified(_results_call),
}


class DemoClinic(DemoConnector):
    """The connector `clinic`."""

    title = "demo clinic"
    tables, done, counter = _TABLES, _DONE, _COUNTER
    operations = OPERATIONS

    def _furnish(self, connection: Connection) -> None:
        if connection.execute(select(_APPOINTMENTS.c.id)).first() is None:
            monday = _today() + timedelta(days=7 - _today().weekday())
            _enter(connection, "4420017", "checkup", monday + timedelta(days=2), 9 * 60 + 30)
            _enter(connection, "4420033", "follow_up", _working(_today() + timedelta(days=1)), 10 * 60)
