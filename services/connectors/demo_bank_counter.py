"""What the demo bank does for its customers: each operation within one transaction, given what its call names."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, insert, select, update

from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid
from appliance.privacy.values import Date, Digits, Money, Text, from_literal, money, show
from services.connectors.demo_bank_tables import ACCOUNTS, BLOCKED, DISPUTES, KINDS, MOVEMENTS, check_pin, known

CARDS: Final = ("credit", "debit")
DISPUTED_WITHIN: Final = timedelta(days=120)
FIRST_CASE: Final = 40_000
TOLD: Final = 3
"""Movements of an account that are told, the last one first."""
OPERATIONS: Final[Mapping[str, Operation]] = {
    "balance": Operation(
        {"account": "option", "customer": "digits", "pin": "secret"},
        {"ok": {"balance": "money"}, "wrong_pin": {}, "locked": {}, "unknown_customer": {}},
        changes=False,
    ),
    "transactions": Operation(
        {"account": "option", "customer": "digits", "pin": "secret"},
        {
            "ok": {"latest": "text", "second": "text", "third": "text"},
            "wrong_pin": {},
            "locked": {},
            "unknown_customer": {},
        },
        changes=False,
    ),
    "transfer": Operation(
        {"source": "option", "target": "option", "amount": "value", "customer": "digits", "pin": "secret"},
        {"ok": {"balance": "money"}, "too_little": {}, "wrong_pin": {}, "locked": {}, "unknown_customer": {}},
    ),
    "block_card": Operation(
        {"card": "option", "customer": "digits"}, {"ok": {}, "blocked_already": {}, "unknown_customer": {}}
    ),
    "dispute": Operation(
        {"card": "option", "amount": "value", "day": "value", "customer": "digits"},
        {"ok": {"case": "digits"}, "too_old": {}, "unknown_customer": {}},
    ),
}
_HISTORY: Final = {
    "checking": ("54 dollars and 20 cents at Green Grocers", "salary of 2100 dollars", "12 dollars at City Parking"),
    "savings": ("250 dollars from checking", "interest of 8 dollars and 11 cents", "250 dollars from checking"),
}
"""What every account begins with."""


def balance(connection: Connection, given: Mapping[str, str]) -> Outcome:
    wrong = check_pin(connection, given["customer"], given["pin"])
    return Outcome(wrong) if wrong else Outcome("ok", {"balance": money(_cents(connection, given, "account"))})


def transactions(connection: Connection, given: Mapping[str, str]) -> Outcome:
    wrong = check_pin(connection, given["customer"], given["pin"])
    if wrong:
        return Outcome(wrong)
    _cents(connection, given, "account")
    mine = (MOVEMENTS.c.customer == given["customer"]) & (MOVEMENTS.c.kind == given["account"])
    recent = connection.execute(select(MOVEMENTS.c.told).where(mine).order_by(MOVEMENTS.c.id.desc()).limit(TOLD))
    told = [*recent.scalars(), *_HISTORY[given["account"]]][:TOLD]
    return Outcome("ok", {name: Text(one) for name, one in zip(("latest", "second", "third"), told, strict=True)})


def transfer(connection: Connection, given: Mapping[str, str]) -> Outcome:
    """Between two accounts of one customer. Raises Invalid for what no agent should ask."""
    cents = _amount(given["amount"])
    wrong = check_pin(connection, given["customer"], given["pin"])
    if wrong:
        return Outcome(wrong)
    if given["source"] == given["target"]:
        raise Invalid("The demo bank moves money between two accounts.")
    there = _cents(connection, given, "source")
    beyond = _cents(connection, given, "target")
    if there < cents:
        return Outcome("too_little")
    spoken = show(money(cents), "spoken")
    for account, now, told in (
        (given["source"], there - cents, f"{spoken} to {given['target']}"),
        (given["target"], beyond + cents, f"{spoken} from {given['source']}"),
    ):
        mine = (ACCOUNTS.c.customer == given["customer"]) & (ACCOUNTS.c.kind == account)
        connection.execute(update(ACCOUNTS).where(mine).values(cents=now))
        connection.execute(insert(MOVEMENTS).values(customer=given["customer"], kind=account, told=told))
    return Outcome("ok", {"balance": money(there - cents)})


def block_card(connection: Connection, given: Mapping[str, str]) -> Outcome:
    """Nothing is told, so that no PIN is asked for: whoever finds a card and has it blocked does no harm."""
    if not known(connection, given["customer"]):
        return Outcome("unknown_customer")
    mine = (BLOCKED.c.customer == given["customer"]) & (BLOCKED.c.card == _card(given))
    if connection.execute(select(BLOCKED.c.card).where(mine)).one_or_none() is not None:
        return Outcome("blocked_already")
    connection.execute(insert(BLOCKED).values(customer=given["customer"], card=given["card"], blocked_at=time.time()))
    return Outcome("ok")


def dispute(connection: Connection, given: Mapping[str, str]) -> Outcome:
    cents, day = _amount(given["amount"]), from_literal(given["day"])
    if not isinstance(day, Date):
        raise Invalid("The demo bank needs the day of what is disputed.")
    if not known(connection, given["customer"]):
        return Outcome("unknown_customer")
    if date.fromisoformat(day.date) < datetime.now(UTC).date() - DISPUTED_WITHIN:
        return Outcome("too_old")
    made = connection.execute(
        insert(DISPUTES).values(customer=given["customer"], card=_card(given), cents=cents, day=day.date)
    )
    number = made.inserted_primary_key
    return Outcome("ok", {"case": Digits(str(FIRST_CASE + (number[0] if number else 0)))})


COUNTER: Final[Mapping[str, Callable[[Connection, Mapping[str, str]], Outcome]]] = {
    "balance": balance,
    "transactions": transactions,
    "transfer": transfer,
    "block_card": block_card,
    "dispute": dispute,
}


def _cents(connection: Connection, given: Mapping[str, str], account: str) -> int:
    if given[account] not in KINDS:
        raise Invalid("The demo bank has checking and savings accounts only.")
    wanted = select(ACCOUNTS.c.cents).where(ACCOUNTS.c.customer == given["customer"], ACCOUNTS.c.kind == given[account])
    cents = connection.execute(wanted).scalar_one_or_none()
    if cents is None:
        raise Invalid("The demo bank has checking and savings accounts only.")
    return int(cents)


def _amount(given: str) -> int:
    value = from_literal(given)
    if not isinstance(value, Money) or value.currency != "USD" or Decimal(value.amount) <= 0:
        raise Invalid("The demo bank takes amounts of dollars.")
    return int(Decimal(value.amount) * 100)


def _card(given: Mapping[str, str]) -> str:
    if given["card"] not in CARDS:
        raise Invalid("The demo bank has credit and debit cards only.")
    return given["card"]
