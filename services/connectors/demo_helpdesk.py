"""A small IT help desk to show a connector with: password links, tickets, tokens, known outages.

It has two employees: 104711 (PIN 2468, code 314159) and 220815 (PIN 13579, code 271828), whose codes are good for ten
minutes once one was sent; tickets 50001 (in work) and 50002 (waiting) of the first, 50003 (solved) of the second; an
outage of e-mail. Nothing in it is real, and no link, code or message leaves it.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, func, insert, select, update

from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid
from appliance.privacy.values import Digits, Text
from services.connectors.demo_once import DemoConnector, calls_done

_TABLES = MetaData()
_TICKETS = Table(
    "tickets",
    _TABLES,
    Column("number", Integer, primary_key=True),
    Column("employee", String(6), nullable=False),
    Column("about", String(32), nullable=False),
    Column("stands", String(16), nullable=False),
)
_NOTES = Table(
    "notes",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("ticket", Integer, nullable=False),
    Column("note", String(32), nullable=False),
)
_CHECKS = Table(
    "checks",
    _TABLES,
    Column("employee", String(6), primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("locked_until", Float, nullable=False),
    Column("code_until", Float, nullable=False),
)
_LINKS = Table(
    "links",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("employee", String(6), nullable=False),
    Column("account", String(32), nullable=False),
)
_SUBSCRIBED = Table(
    "subscribed",
    _TABLES,
    Column("employee", String(6), primary_key=True),
    Column("service", String(32), primary_key=True),
)
_DONE = calls_done(_TABLES)


@dataclass(frozen=True, slots=True)
class Employee:
    pin: str
    code: str
    phone: str
    mail: str
    """Where a code and a link go to, in words that give nothing away."""
    token: str
    """What comes of a look at the authenticator."""


EMPLOYEES: Final[Mapping[str, Employee]] = {
    "104711": Employee("2468", "314159", "your work phone", "your private e-mail address", "resynced"),
    "220815": Employee("13579", "271828", "your work phone", "your manager", "expired"),
}
OUTAGES: Final[Mapping[str, tuple[str, str]]] = {"email": ("Sending and receiving e-mail is slow", "three o'clock")}
TRIES: Final = 3
LOCKED_S: Final = 900.0
CODE_S: Final = 600.0
ANSWERED_WITHIN: Final[Mapping[str, str]] = {
    "blocked": "within one hour",
    "slowed": "today",
    "minor": "within three working days",
}
OPERATIONS: Final[Mapping[str, Operation]] = {
    "send_code": Operation({"employee": "digits"}, {"ok": {"to": "text"}, "unknown_employee": {}}),
    "reset_password": Operation(
        {"employee": "digits", "account": "option", "by": "option", "secret": "secret"},
        {"ok": {"link_to": "text"}, "wrong": {}, "expired": {}, "locked": {}, "unknown_employee": {}},
    ),
    "open_ticket": Operation(
        {"employee": "digits", "category": "option", "urgency": "option"},
        {"ok": {"number": "digits", "within": "text"}, "unknown_employee": {}},
    ),
    "ticket_status": Operation(
        {"employee": "digits", "ticket": "digits"},
        {"waiting": {"about": "text"}, "working": {"about": "text"}, "solved": {}, "closed": {}, "unknown_ticket": {}},
        changes=False,
    ),
    "add_note": Operation(
        {"employee": "digits", "ticket": "digits", "note": "option"}, {"ok": {}, "closed": {}, "unknown_ticket": {}}
    ),
    "close_ticket": Operation(
        {"employee": "digits", "ticket": "digits"}, {"ok": {}, "closed_already": {}, "unknown_ticket": {}}
    ),
    "check_token": Operation({"employee": "digits"}, {"resynced": {}, "expired": {}, "unknown_employee": {}}),
    "outages": Operation(
        {"service": "option"}, {"known": {"what": "text", "ends": "text"}, "nothing": {}}, changes=False
    ),
    "subscribe": Operation(
        {"employee": "digits", "service": "option"}, {"ok": {}, "already": {}, "unknown_employee": {}}
    ),
}


def _send_code(connection: Connection, given: Mapping[str, str]) -> Outcome:
    employee = EMPLOYEES.get(given["employee"])
    if employee is None:
        return Outcome("unknown_employee")
    _note_check(connection, given["employee"], code_until=time.time() + CODE_S)
    return Outcome("ok", {"to": Text(employee.phone)})


def _reset_password(connection: Connection, given: Mapping[str, str]) -> Outcome:
    """A link goes out, never a password; a wrong secret counts, and three lock for 15 minutes."""
    employee = EMPLOYEES.get(given["employee"])
    if employee is None:
        return Outcome("unknown_employee")
    if given["by"] not in ("pin", "code"):
        raise Invalid("The demo help desk checks by PIN or by code.")
    wrong = _check(connection, given, employee)
    if wrong is not None:
        return Outcome(wrong)
    connection.execute(insert(_LINKS).values(employee=given["employee"], account=given["account"]))
    return Outcome("ok", {"link_to": Text(employee.mail)})


def _check(connection: Connection, given: Mapping[str, str], employee: Employee) -> str | None:
    found = connection.execute(select(_CHECKS).where(_CHECKS.c.employee == given["employee"])).one_or_none()
    now = time.time()
    if found is not None and found.locked_until > now:
        return "locked"
    if given["by"] == "code" and (found is None or found.code_until < now):
        return "expired"
    right = employee.pin if given["by"] == "pin" else employee.code
    if not hmac.compare_digest(given["secret"], right):
        wrong = (found.wrong if found is not None else 0) + 1
        locks = wrong >= TRIES
        _note_check(
            connection, given["employee"], wrong=0 if locks else wrong, locked_until=now + LOCKED_S if locks else 0.0
        )
        return "locked" if locks else "wrong"
    _note_check(connection, given["employee"], wrong=0, code_until=0.0)
    return None


def _note_check(connection: Connection, employee: str, **changed: float) -> None:
    if connection.execute(update(_CHECKS).where(_CHECKS.c.employee == employee).values(**changed)).rowcount == 0:
        fresh: dict[str, Any] = {"wrong": 0, "locked_until": 0.0, "code_until": 0.0, **changed}
        connection.execute(insert(_CHECKS).values(employee=employee, **fresh))


def _open_ticket(connection: Connection, given: Mapping[str, str]) -> Outcome:
    if given["employee"] not in EMPLOYEES:
        return Outcome("unknown_employee")
    within = ANSWERED_WITHIN.get(given["urgency"])
    if within is None:
        raise Invalid("The demo help desk does not know this urgency.")
    made = connection.execute(
        insert(_TICKETS).values(employee=given["employee"], about=given["category"], stands="waiting")
    ).inserted_primary_key
    return Outcome("ok", {"number": Digits(str(made[0] if made else 0)), "within": Text(within)})


def _ticket_status(connection: Connection, given: Mapping[str, str]) -> Outcome:
    found = _ticket(connection, given)
    if found is None:
        return Outcome("unknown_ticket")
    stands, about = found
    return Outcome(stands, {"about": Text(about)} if stands in ("waiting", "working") else {})


def _add_note(connection: Connection, given: Mapping[str, str]) -> Outcome:
    found = _ticket(connection, given)
    if found is None or found[0] == "closed":
        return Outcome("unknown_ticket" if found is None else "closed")
    connection.execute(insert(_NOTES).values(ticket=int(given["ticket"]), note=given["note"]))
    return Outcome("ok")


def _close_ticket(connection: Connection, given: Mapping[str, str]) -> Outcome:
    found = _ticket(connection, given)
    if found is None or found[0] == "closed":
        return Outcome("unknown_ticket" if found is None else "closed_already")
    connection.execute(update(_TICKETS).where(_TICKETS.c.number == int(given["ticket"])).values(stands="closed"))
    return Outcome("ok")


def _ticket(connection: Connection, given: Mapping[str, str]) -> tuple[str, str] | None:
    """How a ticket stands and what it is about; None where this employee has no such ticket."""
    wanted = select(_TICKETS.c.stands, _TICKETS.c.about).where(
        _TICKETS.c.number == int(given["ticket"]), _TICKETS.c.employee == given["employee"]
    )
    found = connection.execute(wanted).one_or_none()
    return (found.stands, found.about) if found is not None else None


def _check_token(_connection: Connection, given: Mapping[str, str]) -> Outcome:
    employee = EMPLOYEES.get(given["employee"])
    return Outcome(employee.token if employee is not None else "unknown_employee")


def _outages(_connection: Connection, given: Mapping[str, str]) -> Outcome:
    known = OUTAGES.get(given["service"])
    return Outcome("known", {"what": Text(known[0]), "ends": Text(known[1])}) if known else Outcome("nothing")


def _subscribe(connection: Connection, given: Mapping[str, str]) -> Outcome:
    if given["employee"] not in EMPLOYEES:
        return Outcome("unknown_employee")
    who = {"employee": given["employee"], "service": given["service"]}
    if connection.execute(select(_SUBSCRIBED).filter_by(**who)).one_or_none() is not None:
        return Outcome("already")
    connection.execute(insert(_SUBSCRIBED).values(**who))
    return Outcome("ok")


_COUNTER: Final[Mapping[str, Callable[[Connection, Mapping[str, str]], Outcome]]] = {
    "send_code": _send_code,
    "reset_password": _reset_password,
    "open_ticket": _open_ticket,
    "ticket_status": _ticket_status,
    "add_note": _add_note,
    "close_ticket": _close_ticket,
    "check_token": _check_token,
    "outages": _outages,
    "subscribe": _subscribe,
}


class DemoHelpdesk(DemoConnector):
    """The connector `helpdesk`."""

    title = "demo help desk"
    tables, done, counter = _TABLES, _DONE, _COUNTER
    operations = OPERATIONS

    def _furnish(self, connection: Connection) -> None:
        if connection.execute(select(func.count()).select_from(_TICKETS)).scalar_one() == 0:
            for number, employee, about, stands in (
                (50001, "104711", "laptop", "working"),
                (50002, "104711", "printer", "waiting"),
                (50003, "220815", "software", "solved"),
            ):
                connection.execute(
                    insert(_TICKETS).values(number=number, employee=employee, about=about, stands=stands)
                )
