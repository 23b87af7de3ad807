"""The demo bank's tables, its customers and their PINs."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from appliance.errors import Invalid
from services.connectors.demo_once import calls_done

TABLES = MetaData()
CUSTOMERS = Table(
    "customers",
    TABLES,
    Column("number", String(8), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("pin_hash", LargeBinary, nullable=False),
    Column("wrong_pins", Integer, nullable=False, default=0),
    Column("locked_until", Float, nullable=False, default=0.0),
)
ACCOUNTS = Table(
    "accounts",
    TABLES,
    Column("customer", String(8), ForeignKey("customers.number"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("cents", Integer, nullable=False),
)
DONE = calls_done(TABLES)
MOVEMENTS = Table(
    "movements",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("customer", String(8), ForeignKey("customers.number"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("told", Text, nullable=False),
)
BLOCKED = Table(
    "blocked_cards",
    TABLES,
    Column("customer", String(8), ForeignKey("customers.number"), primary_key=True),
    Column("card", String(16), primary_key=True),
    Column("blocked_at", Float, nullable=False),
)
DISPUTES = Table(
    "disputes",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("customer", String(8), ForeignKey("customers.number"), nullable=False),
    Column("card", String(16), nullable=False),
    Column("cents", Integer, nullable=False),
    Column("day", String(10), nullable=False),
)
TRIES: Final = 3
LOCKED_S: Final = 900.0
KINDS: Final = ("checking", "savings")
_NUMBER = re.compile(r"[0-9]{8}")
_PIN = re.compile(r"[0-9]{4,8}")


def check_pin(connection: Connection, number: str, pin: str) -> str | None:
    """What is wrong: `unknown_customer`, `wrong_pin`, `locked`; None where the PIN is right. A wrong one is counted."""
    customer = connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.number == number)).one_or_none()
    if customer is None:
        return "unknown_customer"
    if customer.locked_until > time.time():
        return "locked"
    mine = CUSTOMERS.c.number == number
    if not hmac.compare_digest(_hash(pin, customer.salt), customer.pin_hash):
        wrong = customer.wrong_pins + 1
        locks = wrong >= TRIES
        changed = {"wrong_pins": 0, "locked_until": time.time() + LOCKED_S} if locks else {"wrong_pins": wrong}
        connection.execute(update(CUSTOMERS).where(mine).values(**changed))
        return "locked" if locks else "wrong_pin"
    connection.execute(update(CUSTOMERS).where(mine).values(wrong_pins=0, locked_until=0.0))
    return None


def known(connection: Connection, number: str) -> bool:
    found = connection.execute(select(CUSTOMERS.c.number).where(CUSTOMERS.c.number == number)).one_or_none()
    return found is not None


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("ascii"), salt=salt, n=1 << 12, r=8, p=1)


def put_customer(connection: Connection, number: str, pin: str | None, cents: Mapping[str, int]) -> None:
    """Make or change a customer; without a PIN the present one stays. Raises Invalid."""
    if not _NUMBER.fullmatch(number) or (pin is not None and not _PIN.fullmatch(pin)):
        raise Invalid("A customer number has eight digits, a PIN four to eight.")
    known = connection.execute(select(CUSTOMERS.c.number).where(CUSTOMERS.c.number == number)).one_or_none()
    if known is None and pin is None:
        raise Invalid("A new customer needs a PIN.")
    if pin is not None:
        salt = os.urandom(16)
        fresh = {"salt": salt, "pin_hash": _hash(pin, salt), "wrong_pins": 0, "locked_until": 0.0}
        if known is None:
            connection.execute(insert(CUSTOMERS).values(number=number, **fresh))
        else:
            connection.execute(update(CUSTOMERS).where(CUSTOMERS.c.number == number).values(**fresh))
    for kind, amount in cents.items():
        connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.customer == number, ACCOUNTS.c.kind == kind))
        connection.execute(insert(ACCOUNTS).values(customer=number, kind=kind, cents=amount))
