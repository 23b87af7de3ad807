"""A small bank to show a connector with: customers, PINs, balances and calls done, in a SQLite file of its own.

At first start it has two customers: 12345678 (PIN 2468, checking $1,234.56, savings $9,876.54) and 87654321 (PIN 13579,
checking $87.65, savings $4,321.00). Nothing in it is real; `python -m services.connectors.demo_bank` changes them.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import hashlib
import hmac
import json
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
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
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.connectors import Operation, Outcome
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.privacy.values import money
from services import faults

_TABLES = MetaData()
_CUSTOMERS = Table(
    "customers",
    _TABLES,
    Column("number", String(8), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("pin_hash", LargeBinary, nullable=False),
    Column("wrong_pins", Integer, nullable=False, default=0),
    Column("locked_until", Float, nullable=False, default=0.0),
)
_ACCOUNTS = Table(
    "accounts",
    _TABLES,
    Column("customer", String(8), ForeignKey("customers.number"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("cents", Integer, nullable=False),
)
_DONE = Table(
    "calls_done",
    _TABLES,
    Column("idempotency_key", String(64), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("done_at", Float, nullable=False),
)
TRIES: Final = 3
LOCKED_S: Final = 900.0
DONE_KEPT_S: Final = 7 * 86_400
KINDS: Final = ("checking", "savings")
_NUMBER = re.compile(r"[0-9]{8}")
_PIN = re.compile(r"[0-9]{4,8}")


class DemoBank:
    """The connector `bank`. A wrong PIN counts once, however often its call is repeated; three lock for 15 minutes."""

    operations: Mapping[str, Operation] = {
        "balance": Operation(
            {"account": "option", "customer": "digits", "pin": "secret"},
            {"ok": {"balance": "money"}, "wrong_pin": {}, "locked": {}, "unknown_customer": {}},
            changes=False,
        )
    }
    knows_keys = True

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)
        with self._engine.begin() as connection:
            connection.execute(delete(_DONE).where(_DONE.c.done_at < time.time() - DONE_KEPT_S))
            if connection.execute(select(func.count()).select_from(_CUSTOMERS)).scalar_one() == 0:
                put_customer(connection, "12345678", "2468", {"checking": 123_456, "savings": 987_654})
                put_customer(connection, "87654321", "13579", {"checking": 8_765, "savings": 432_100})

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        if operation != "balance":
            raise Invalid("The demo bank only tells balances.")
        return await asyncio.to_thread(self._once, arguments, idempotency_key)

    async def recall(self, idempotency_key: str) -> Outcome | None:
        return await asyncio.to_thread(self._done, idempotency_key)

    async def close(self) -> None:
        self._engine.dispose()

    def _done(self, key: str) -> Outcome | None:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return _find_done(connection, key)
        except SQLAlchemyError as error:
            raise Unavailable("The demo bank's database does not answer.") from error

    def _once(self, arguments: Mapping[str, str], key: str) -> Outcome:
        """What a call changes and the note that it was done are one transaction."""
        try:
            with self._engine.begin() as connection:
                done = _find_done(connection, key)
                if done is not None:
                    return done
                name, cents = _balance(connection, arguments["customer"], arguments["pin"], arguments["account"])
                content = json.dumps({"name": name, "cents": cents})
                connection.execute(insert(_DONE).values(idempotency_key=key, outcome=content, done_at=time.time()))
        except SQLAlchemyError as error:
            raise Unavailable("The demo bank's database does not answer.") from error
        faults.point("connectors.bank_done")
        return _outcome(name, cents)


def _find_done(connection: Connection, key: str) -> Outcome | None:
    found = connection.execute(select(_DONE.c.outcome).where(_DONE.c.idempotency_key == key)).scalar_one_or_none()
    if found is None:
        return None
    content = json.loads(found)
    return _outcome(content["name"], content["cents"])


def _outcome(name: str, cents: int | None) -> Outcome:
    return Outcome(name, {} if cents is None else {"balance": money(cents)})


def _balance(connection: Connection, number: str, pin: str, kind: str) -> tuple[str, int | None]:
    customer = connection.execute(select(_CUSTOMERS).where(_CUSTOMERS.c.number == number)).one_or_none()
    if customer is None:
        return "unknown_customer", None
    if customer.locked_until > time.time():
        return "locked", None
    mine = _CUSTOMERS.c.number == number
    if not hmac.compare_digest(_hash(pin, customer.salt), customer.pin_hash):
        wrong = customer.wrong_pins + 1
        locks = wrong >= TRIES
        changed = {"wrong_pins": 0, "locked_until": time.time() + LOCKED_S} if locks else {"wrong_pins": wrong}
        connection.execute(update(_CUSTOMERS).where(mine).values(**changed))
        return ("locked" if locks else "wrong_pin"), None
    connection.execute(update(_CUSTOMERS).where(mine).values(wrong_pins=0, locked_until=0.0))
    wanted = select(_ACCOUNTS.c.cents).where(_ACCOUNTS.c.customer == number, _ACCOUNTS.c.kind == kind)
    cents = connection.execute(wanted).scalar_one_or_none()
    if cents is None:
        raise Invalid("The demo bank has checking and savings accounts only.")
    return "ok", cents


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("ascii"), salt=salt, n=1 << 12, r=8, p=1)


def put_customer(connection: Connection, number: str, pin: str | None, cents: Mapping[str, int]) -> None:
    """Make or change a customer; without a PIN the present one stays. Raises Invalid."""
    if not _NUMBER.fullmatch(number) or (pin is not None and not _PIN.fullmatch(pin)):
        raise Invalid("A customer number has eight digits, a PIN four to eight.")
    known = connection.execute(select(_CUSTOMERS.c.number).where(_CUSTOMERS.c.number == number)).one_or_none()
    if known is None and pin is None:
        raise Invalid("A new customer needs a PIN.")
    if pin is not None:
        salt = os.urandom(16)
        fresh = {"salt": salt, "pin_hash": _hash(pin, salt), "wrong_pins": 0, "locked_until": 0.0}
        if known is None:
            connection.execute(insert(_CUSTOMERS).values(number=number, **fresh))
        else:
            connection.execute(update(_CUSTOMERS).where(_CUSTOMERS.c.number == number).values(**fresh))
    for kind, amount in cents.items():
        connection.execute(delete(_ACCOUNTS).where(_ACCOUNTS.c.customer == number, _ACCOUNTS.c.kind == kind))
        connection.execute(insert(_ACCOUNTS).values(customer=number, kind=kind, cents=amount))


def _read_pin(options: argparse.Namespace) -> str | None:
    if options.pin is not None:
        return str(options.pin)
    if options.pin_file is None:
        return None
    if str(options.pin_file) != "-":
        return Path(options.pin_file).read_text("ascii").strip()
    return getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()


def main(arguments: list[str] | None = None) -> int:
    """Make or change a demo customer. Exit status 0 when it is stored, 1 with one sentence when it is not."""
    parser = argparse.ArgumentParser(prog="python -m services.connectors.demo_bank", description=main.__doc__)
    parser.add_argument("--file", type=Path, required=True, help="the demo bank's SQLite file")
    parser.add_argument("--customer", required=True, help="eight digits")
    parser.add_argument("--pin-file", help="file holding the PIN; - reads it from standard input")
    parser.add_argument("--pin", help="the PIN itself, which other users of this machine can then see: demos only")
    parser.add_argument("--checking", type=int, metavar="CENTS")
    parser.add_argument("--savings", type=int, metavar="CENTS")
    options = parser.parse_args(arguments)
    cents = {kind: getattr(options, kind) for kind in KINDS if getattr(options, kind) is not None}
    try:
        engine = open_database(options.file, _TABLES)
        with engine.begin() as connection:
            put_customer(connection, options.customer, _read_pin(options), cents)
        engine.dispose()
    except (B2TError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
