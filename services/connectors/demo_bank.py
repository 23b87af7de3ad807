"""A small bank to show a connector with: customers, PINs, accounts, cards and calls done, in a SQLite file of its own.

At first start it has two customers: 12345678 (PIN 2468, checking $1,234.56, savings $9,876.54) and 87654321 (PIN 13579,
checking $87.65, savings $4,321.00). Nothing in it is real; `python -m services.connectors.demo_bank` changes them. What
it does is in `demo_bank_counter.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.connectors import Operation, Outcome
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.privacy import values
from appliance.privacy.values import money
from services import faults
from services.connectors.demo_bank_counter import COUNTER, OPERATIONS
from services.connectors.demo_bank_tables import CUSTOMERS, DONE, DONE_KEPT_S, KINDS, LOCKED_S, TABLES, put_customer

__all__ = ["LOCKED_S", "DemoBank", "main", "put_customer"]


class DemoBank:
    """The connector `bank`. A wrong PIN counts once, however often its call is repeated; three lock for 15 minutes."""

    operations: Mapping[str, Operation] = OPERATIONS
    knows_keys = True

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, TABLES)
        with self._engine.begin() as connection:
            connection.execute(delete(DONE).where(DONE.c.done_at < time.time() - DONE_KEPT_S))
            if connection.execute(select(func.count()).select_from(CUSTOMERS)).scalar_one() == 0:
                put_customer(connection, "12345678", "2468", {"checking": 123_456, "savings": 987_654})
                put_customer(connection, "87654321", "13579", {"checking": 8_765, "savings": 432_100})

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        if operation not in COUNTER or set(arguments) != set(OPERATIONS[operation].arguments):
            raise Invalid("The demo bank has no such operation, or not with these arguments.")
        return await asyncio.to_thread(self._once, arguments, idempotency_key, operation)

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

    def _once(self, arguments: Mapping[str, str], key: str, operation: str = "balance") -> Outcome:
        """What a call changes and the note that it was done are one transaction."""
        try:
            with self._engine.begin() as connection:
                done = _find_done(connection, key)
                if done is not None:
                    return done
                outcome = COUNTER[operation](connection, arguments)
                told = {name: values.encode(value).decode() for name, value in outcome.values.items()}
                content = json.dumps({"name": outcome.name, "values": told})
                connection.execute(insert(DONE).values(idempotency_key=key, outcome=content, done_at=time.time()))
        except SQLAlchemyError as error:
            raise Unavailable("The demo bank's database does not answer.") from error
        faults.point("connectors.bank_done")
        return outcome


def _find_done(connection: Connection, key: str) -> Outcome | None:
    found = connection.execute(select(DONE.c.outcome).where(DONE.c.idempotency_key == key)).scalar_one_or_none()
    if found is None:
        return None
    content = json.loads(found)
    if "values" not in content:  # as the first release wrote it
        cents = content["cents"]
        return Outcome(content["name"], {} if cents is None else {"balance": money(cents)})
    return Outcome(content["name"], {name: values.decode(told.encode()) for name, told in content["values"].items()})


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
        engine = open_database(options.file, TABLES)
        with engine.begin() as connection:
            put_customer(connection, options.customer, _read_pin(options), cents)
        engine.dispose()
    except (B2TError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
