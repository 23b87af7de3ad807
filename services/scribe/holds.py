"""Legal holds: whose data retention and erasure leave alone, since when and on whose word."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Unavailable
from appliance.privacy.retention import Held

_TABLES = MetaData()
_HOLDS = Table(
    "holds",
    _TABLES,
    Column("subject", String(64), primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("account", String(128), nullable=False),
    Column("reason", String(128)),
)


@dataclass(frozen=True, slots=True)
class Hold:
    """`subject`: a conversation, or a person's keyed hash. `at`: seconds since 1970."""

    subject: str
    person: bool
    at: int
    account: str
    reason: str | None


class Holds:
    """Methods block for as long as the disk takes."""

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)

    def add(self, subjects: Sequence[tuple[str, bool]], account: str, reason: str | None) -> None:
        """Safe to repeat: the first stands."""
        now = int(time.time())
        rows = [
            {"subject": subject, "person": int(person), "at": now, "account": account, "reason": reason}
            for subject, person in subjects
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_HOLDS).on_conflict_do_nothing(), rows)
        except SQLAlchemyError as error:
            raise Unavailable("The list of holds takes no entry now.") from error

    def lift(self, subjects: Sequence[tuple[str, bool]]) -> int:
        """How many there were."""
        count = 0
        try:
            with self._engine.begin() as connection:
                for subject, person in subjects:
                    mine = (_HOLDS.c.subject == subject) & (_HOLDS.c.person == int(person))
                    count += connection.execute(delete(_HOLDS).where(mine)).rowcount
        except SQLAlchemyError as error:
            raise Unavailable("The list of holds takes no entry now.") from error
        return count

    def all(self) -> list[Hold]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                rows = connection.execute(select(_HOLDS).order_by(_HOLDS.c.at, _HOLDS.c.subject)).all()
        except SQLAlchemyError as error:
            raise Unavailable("The list of holds does not answer.") from error
        return [Hold(row.subject, bool(row.person), row.at, row.account, row.reason) for row in rows]

    def held(self) -> Held:
        every = self.all()
        return Held(
            frozenset(one.subject for one in every if not one.person),
            frozenset(one.subject for one in every if one.person),
        )

    def close(self) -> None:
        self._engine.dispose()
