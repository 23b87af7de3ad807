"""A small bank to show a connector with: customers, PINs, accounts, cards and calls done, in a SQLite file of its own.

At first start it has two customers: 12345678 (PIN 2468, checking $1,234.56, savings $9,876.54) and 87654321 (PIN 13579,
checking $87.65, savings $4,321.00). Nothing in it is real; `python -m services.connectors.demo_bank` changes them. What
it does is in `demo_bank_counter.py`.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from sqlalchemy import Connection, func, select

from appliance.adapters.sql import open_database
from appliance.errors import B2TError
from services import faults
from services.connectors.demo_bank_counter import COUNTER, OPERATIONS
from services.connectors.demo_bank_tables import CUSTOMERS, DONE, KINDS, LOCKED_S, TABLES, put_customer
from services.connectors.demo_once import DemoConnector

__all__ = ["LOCKED_S", "DemoBank", "main", "put_customer"]


class DemoBank(DemoConnector):
    """The connector `bank`. A wrong PIN counts once, however often its call is repeated; three lock for 15 minutes."""

    title = "demo bank"
    tables, done, counter = TABLES, DONE, COUNTER
    operations = OPERATIONS

    def _furnish(self, connection: Connection) -> None:
        if connection.execute(select(func.count()).select_from(CUSTOMERS)).scalar_one() == 0:
            put_customer(connection, "12345678", "2468", {"checking": 123_456, "savings": 987_654})
            put_customer(connection, "87654321", "13579", {"checking": 8_765, "savings": 432_100})

    def _committed(self) -> None:
        faults.point("connectors.bank_done")


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
