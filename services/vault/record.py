"""The record behind seeing values: entries that are only ever added, each bound to all before it by a keyed hash.

The key is the vault's own, under the root key; how far the record had come is noted in the key store as well. So an
entry that was changed, left out, put elsewhere or made up is found, and so is a record that was put back while the key
store was not. Methods block.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn, cast

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Row, String, Table, Text, insert, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Tampered, Unavailable
from appliance.privacy.sealing import ConversationKeys
from services import faults
from services.vault.files import sync_folder
from services.vault.store import KeyStore, Witness

REFUSED: Final = "The vault's record of who may see values is not as it was written"
RENEW: Final = "put the vault's backup back, or start anew with `b2t rights unredact renew`"
_TABLES = MetaData()
_ENTRIES = Table(
    "entries",
    _TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What an entry says. `subject`: whose person or which request it is about."""

    kind: str
    subject: str
    content: str


@dataclass(frozen=True, slots=True)
class Entry:
    number: int
    fact: Fact
    hash: str


class Record:
    def __init__(self, file: Path, store: KeyStore) -> None:
        self._file, self._store = file, store
        self._engine: Engine | None = None

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    # ---- reading -----------------------------------------------------------------------------------------------

    @property
    def witness(self) -> Witness:
        """How far it had come when that was noted last."""
        return self._store.witness() or Witness()

    def read(self, keys: ConversationKeys | None, after: Entry | None = None) -> list[Entry]:
        """All entries, or those after one that is known. Raises Tampered, Unavailable."""
        witness = self.witness
        rows = self._rows(after)
        if keys is None:
            if rows or witness.number:
                _refuse("the key it was written under is gone")
            return []
        entries = _checked(keys, witness.epoch, rows, after)
        last = entries[-1] if entries else after
        reached = last.number if last is not None else 0
        if reached < witness.number:
            _refuse(f"it ends at entry {reached}, and had {witness.number}")
        for entry in (*entries, after):
            if entry is not None and entry.number == witness.number and entry.hash != witness.hash:
                _refuse(f"entry {entry.number} is not the one that was noted")
        if last is not None and reached > witness.number:  # the vault died in between
            self._store.keep_witness(Witness(witness.epoch, reached, last.hash, witness.from_backup))
        return entries

    def former(self) -> tuple[list[Row[Any]], list[Row[Any]]]:
        """People and requests as the release before kept them, where there are any."""
        try:
            with self._opened().connect().execution_options(read_only=True) as connection:
                if not inspect(connection).has_table("persons"):
                    return [], []
                persons = connection.exec_driver_sql("SELECT id, content, hash FROM persons").all()
                requests = connection.exec_driver_sql("SELECT content FROM requests ORDER BY number").all()
        except SQLAlchemyError as error:
            raise _trouble(error) from None
        return list(persons), list(requests)

    def _rows(self, after: Entry | None) -> Sequence[Row[Any]]:
        wanted = select(_ENTRIES).where(_ENTRIES.c.number > (after.number if after else 0)).order_by(_ENTRIES.c.number)
        try:
            with self._opened().connect().execution_options(read_only=True) as connection:
                return connection.execute(wanted).all()
        except SQLAlchemyError as error:
            raise _trouble(error) from None

    # ---- adding ------------------------------------------------------------------------------------------------

    def add(
        self,
        keys: ConversationKeys,
        last: Entry | None,
        facts: Callable[[list[Entry]], Sequence[Fact]],
        *,
        renewing: bool = False,
    ) -> list[Entry]:
        """What another copy of the vault has added after `last`, then what `facts` makes of knowing that.

        A store that was put back from a backup goes on saying so, unless this is the renewal.
        """
        witness = self.witness
        epoch = witness.epoch
        try:
            with self._opened().begin() as connection:
                wanted = select(_ENTRIES).where(_ENTRIES.c.number > (last.number if last else 0))
                entries = _checked(keys, epoch, connection.execute(wanted.order_by(_ENTRIES.c.number)).all(), last)
                end = entries[-1] if entries else last
                for fact in facts(entries):
                    end = _next(keys, epoch, end, fact)
                    entries.append(end)
                    connection.execute(insert(_ENTRIES).values(_row(end)))
                _drop_former(connection)
        except SQLAlchemyError as error:
            raise _trouble(error) from None
        faults.point("vault.record_kept")
        if end is not None:
            from_backup = witness.from_backup and not renewing
            self._store.keep_witness(Witness(epoch, end.number, end.hash, from_backup))
        faults.point("vault.record_noted")
        return entries

    def renew(self, keys: ConversationKeys, facts: Sequence[Fact]) -> None:
        """From the first entry on, in a file of its own; the one before is set aside for whoever looks into it."""
        self.close()
        epoch = self.witness.epoch + 1
        try:
            if self._file.exists():
                aside = f"{self._file.stem}-refused-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}{self._file.suffix}"
                for end in ("-wal", "-shm", ""):
                    beside = self._file.with_name(self._file.name + end)
                    if beside.exists():
                        beside.rename(beside.with_name(aside + end))
                sync_folder(self._file.parent)
        except OSError as error:
            raise Unavailable(f"{self._file.name} cannot be set aside: {error.strerror}.") from None
        faults.point("vault.record_aside")
        last: Entry | None = None
        try:
            with self._opened().begin() as connection:
                for fact in facts:
                    last = _next(keys, epoch, last, fact)
                    connection.execute(insert(_ENTRIES).values(_row(last)))
        except SQLAlchemyError as error:
            raise _trouble(error) from None
        faults.point("vault.record_renewed")
        if last is not None:
            self._store.keep_witness(Witness(epoch, last.number, last.hash))

    # ---- the file ----------------------------------------------------------------------------------------------

    def copy_to(self, file: Path) -> None:
        """A whole copy, durable, in a file that is there and empty. Raises Tampered, Unavailable."""
        try:
            with self._opened().connect() as connection, closing(sqlite3.connect(file)) as copy:
                cast(sqlite3.Connection, connection.connection.driver_connection).backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, and nothing beside it
        except (SQLAlchemyError, sqlite3.Error):
            raise Unavailable("The vault's record of who may see values cannot be copied now.") from None
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _opened(self) -> Engine:
        if self._engine is None:
            if not _is_database(self._file):
                _refuse("its file is damaged")
            self._engine = open_database(self._file, _TABLES, [_ENTRIES.create])
        return self._engine


def _is_database(file: Path) -> bool:
    """Also where there is none yet."""
    if not file.exists() or not file.stat().st_size:
        return True
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return True  # it cannot be read now, which opening it says
    except sqlite3.DatabaseError:
        return False
    return True


def _checked(keys: ConversationKeys, epoch: int, rows: Sequence[Row[Any]], after: Entry | None) -> list[Entry]:
    entries: list[Entry] = []
    before = after
    for row in rows:
        expected = _next(keys, epoch, before, Fact(str(row.kind), str(row.subject), str(row.content)))
        if row.number != expected.number:
            _refuse(f"entry {expected.number} is missing")
        if not hmac.compare_digest(str(row.hash).encode(), expected.hash.encode()):
            _refuse(f"entry {expected.number} was changed")
        entries.append(expected)
        before = expected
    return entries


def _next(keys: ConversationKeys, epoch: int, before: Entry | None, fact: Fact) -> Entry:
    number, link = (before.number + 1, before.hash) if before is not None else (1, "")
    said = f"record/{epoch}/{number}/{link}/{fact.kind}/{fact.subject}/{fact.content}"
    return Entry(number, fact, keys.digest(said))


def _row(entry: Entry) -> dict[str, Any]:
    fact = entry.fact
    return {
        "number": entry.number,
        "kind": fact.kind,
        "subject": fact.subject,
        "content": fact.content,
        "hash": entry.hash,
    }


def _drop_former(connection: Connection) -> None:
    for table in ("persons", "requests"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")


def _trouble(error: SQLAlchemyError) -> Tampered | Unavailable:
    """A file that is damaged is refused; one that does not answer may do so later."""
    if isinstance(error, OperationalError) and "no such" not in str(error.orig):
        return Unavailable("The vault's record of who may see values does not answer.")
    if isinstance(error, DatabaseError):
        return Tampered(f"{REFUSED}: its file is damaged; {RENEW}.")
    return Unavailable("The vault's record of who may see values does not answer.")


def _refuse(why: str) -> NoReturn:
    raise Tampered(f"{REFUSED}: {why}; {RENEW}.")
