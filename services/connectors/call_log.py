"""What became of each call, kept by its id: so that a repeated order repeats no effect and gets the first answer.

It holds what went to the inbox: public names and sealed values, nothing readable.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Float, Index, LargeBinary, MetaData, String, Table, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Unavailable

_TABLES = MetaData()
_CALLS = Table(
    "calls",
    _TABLES,
    Column("call", String(64), primary_key=True),
    Column("attempted_at", Float, nullable=False),
    Column("returned", LargeBinary),
    Index("calls_by_age", "attempted_at"),
)
KEPT_S = 3 * 86_400
"""Longer than an order can lie in the stream (a day)."""
FORGOTTEN = b"forgotten"
"""In place of what came back to a conversation that is forgotten: its order may come once more and repeats nothing."""


@dataclass(frozen=True, slots=True)
class Logged:
    """`returned` is None for a call that was attempted and whose answer was lost."""

    returned: bytes | None


class CallLog:
    """Methods block for as long as the disk takes; what they wrote is durable when they return."""

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)

    def find(self, call: str) -> Logged | None:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                row = connection.execute(select(_CALLS.c.returned).where(_CALLS.c.call == call)).one_or_none()
        except SQLAlchemyError as error:
            raise Unavailable("The log of calls does not answer.") from error
        return Logged(row.returned) if row else None

    def attempt(self, call: str) -> None:
        """Before the effect."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_CALLS).values(call=call, attempted_at=time.time()))
        except SQLAlchemyError as error:
            raise Unavailable("The log of calls takes no entry now.") from error

    def answer(self, call: str, returned: bytes) -> None:
        """After the effect, before the inbox."""
        try:
            with self._engine.begin() as connection:
                connection.execute(update(_CALLS).where(_CALLS.c.call == call).values(returned=returned))
        except SQLAlchemyError as error:
            raise Unavailable("The log of calls takes no entry now.") from error

    def prune(self) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(_CALLS).where(_CALLS.c.attempted_at < time.time() - KEPT_S))
        except SQLAlchemyError as error:
            raise Unavailable("The log of calls takes no entry now.") from error

    def forget(self, conversations: Sequence[str]) -> int:
        """Blank what came back to these conversations; how many calls. That they were made stays until `prune`."""
        count = 0
        try:
            with self._engine.begin() as connection:
                for conversation in conversations:
                    named = f'"conversation":"{conversation}"'.encode()
                    found = func.instr(_CALLS.c.returned, named) > 0
                    count += connection.execute(update(_CALLS).where(found).values(returned=FORGOTTEN)).rowcount
        except SQLAlchemyError as error:
            raise Unavailable("The log of calls takes no entry now.") from error
        return count

    def close(self) -> None:
        self._engine.dispose()
