"""Erasures that were begun and not answered by every owner yet: the conversations' names, nothing else.

Once its keys are gone, a conversation that was found by a value is found by nobody any more. So its name is on disk
before the vault is asked, until everybody has removed what is theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Column, MetaData, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Unavailable

_TABLES = MetaData()
_UNFINISHED = Table("unfinished", _TABLES, Column("conversation", String(64), primary_key=True))


class Unfinished:
    """Methods block for as long as the disk takes; what returned is on disk."""

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, _TABLES)

    def add(self, conversations: Sequence[str]) -> None:
        """Safe to repeat."""
        rows = [{"conversation": one} for one in conversations]
        try:
            with self._engine.begin() as connection:
                if rows:
                    connection.execute(insert(_UNFINISHED).on_conflict_do_nothing(), rows)
        except SQLAlchemyError as error:
            raise Unavailable("The list of erasures takes no entry now.") from error

    def remove(self, conversations: Sequence[str]) -> None:
        try:
            with self._engine.begin() as connection:
                for one in conversations:
                    connection.execute(delete(_UNFINISHED).where(_UNFINISHED.c.conversation == one))
        except SQLAlchemyError as error:
            raise Unavailable("The list of erasures takes no entry now.") from error

    def all(self) -> list[str]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return list(connection.scalars(select(_UNFINISHED.c.conversation).order_by(_UNFINISHED.c.conversation)))
        except SQLAlchemyError as error:
            raise Unavailable("The list of erasures does not answer.") from error

    def close(self) -> None:
        self._engine.dispose()
