"""Where the vault keeps what it must not lose: wrapped keys in a database of their own, and whose were erased."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Tampered, Unavailable
from appliance.privacy.sealing import LeaseClass
from appliance.privacy.vault import BOX, CLASSES, OWN, RootKey, WrappedKey, raw_window_s
from services.vault.roots import open_root_key

__all__ = ["Holder", "KeyStore", "Rewrapped", "open_root_key"]

_TABLES = MetaData()
_WRAPPED = Table(
    "wrapped_keys",
    _TABLES,
    Column("conversation", String(64), primary_key=True),
    Column("key", String(8), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("root_generation", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
_ERASED = Table(
    "erased",
    _TABLES,
    Column("holder", String(64), primary_key=True),
    Column("person", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
)
_WORKED_ON = Table(
    "worked_on",
    _TABLES,
    Column("conversation", String(64), primary_key=True),
    Column("at", Integer, nullable=False),
)
_WITNESS = Table(
    "witness",
    _TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("from_backup", Integer, nullable=False),
)
_FROM_BACKUP = (
    "INSERT INTO witness (one, epoch, number, hash, from_backup) VALUES (1, 1, 0, '', 1) "
    "ON CONFLICT (one) DO UPDATE SET from_backup = 1"
)
"""Also where nothing was noted yet: the copy may be put back over a record that has come further."""
_PLACE = (_WRAPPED.c.conversation, _WRAPPED.c.key, _WRAPPED.c.generation)
Place = tuple[str, str, int]
START: Place = ("", "", 0)
DAY_S = 86_400


def _erasure_and_use(connection: Connection) -> None:
    """From the first release's tables. Its conversations count as worked on now: their chats may still be open."""
    _ERASED.create(connection)
    _WORKED_ON.create(connection)
    known = select(_WRAPPED.c.conversation, text(str(int(time.time())))).distinct()
    connection.execute(insert(_WORKED_ON).from_select(["conversation", "at"], known))


@dataclass(frozen=True, slots=True)
class Witness:
    """How far the record of who may see values had come (`services.vault.record`): one that is shorter was put back."""

    epoch: int = 1
    number: int = 0
    hash: str = ""
    from_backup: bool = False
    """This store was put back from a backup, and so perhaps was the record."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose keys: a conversation's, or a person's by their keyed hash."""

    name: str
    person: bool = False

    @property
    def classes(self) -> tuple[LeaseClass, ...]:
        return ("person",) if self.person else CLASSES


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """`last`: where to go on; None when everything was looked at. `damaged`: keys that do not unwrap, left as found."""

    last: Place | None
    count: int
    damaged: tuple[Place, ...] = ()


class KeyStore:
    """Wrapped keys, read afresh each time, so that a copy of the vault lends nothing another copy has erased.

    Methods block: reading for about 0.2 ms, writing for as long as the disk takes to make it durable.
    """

    def __init__(self, file: Path) -> None:
        self._engine: Engine = open_database(file, _TABLES, [_erasure_and_use, _WITNESS.create])

    # ---- one holder's keys -------------------------------------------------------------------------------------

    def find(self, conversation: str) -> tuple[WrappedKey, ...]:
        """All of a conversation's wrapped keys; none where it is unknown or erased."""
        return self.find_of(Holder(conversation))

    def find_of(self, holder: Holder) -> tuple[WrappedKey, ...]:
        wanted = select(_WRAPPED).where(_of(holder))
        return tuple(map(_wrapped_key, self._read(wanted)))

    def create(self, root: RootKey, conversation: str) -> tuple[WrappedKey, ...]:
        return self.create_of(root, Holder(conversation))

    def create_of(self, root: RootKey, holder: Holder) -> tuple[WrappedKey, ...]:
        """The first generation of each class, durably; what another copy made meanwhile counts instead.

        Nothing where this holder's keys were erased: nobody comes back from that.
        """
        made = tuple(root.make(holder.name, key) for key in holder.classes)
        try:
            with self._engine.begin() as connection:
                if connection.execute(select(_ERASED.c.at).where(_erasure_of(holder))).first():
                    return ()
                connection.execute(insert(_WRAPPED), list(map(_row, made)))
                if not holder.person:
                    connection.execute(_worked_on(holder.name))
        except IntegrityError:
            return self.find_of(holder)
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database takes no keys now.") from error
        return made

    def erase(self, holders: Sequence[Holder]) -> int:
        """Delete their keys, for good, and remember whose; how many keys there were. Safe to repeat.

        The database overwrites what it deletes, and its log is emptied: nothing of the keys is left in its files.
        """
        now, count = int(time.time()), 0
        try:
            with self._engine.begin() as connection:
                for holder in holders:
                    count += connection.execute(delete(_WRAPPED).where(_of(holder))).rowcount
                    row = {"holder": holder.name, "person": int(holder.person), "at": now}
                    connection.execute(upsert(_ERASED).values(**row).on_conflict_do_nothing())
                    if not holder.person:
                        connection.execute(delete(_WORKED_ON).where(_WORKED_ON.c.conversation == holder.name))
            with self._engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database does not erase now.") from error
        return count

    def is_erased(self, holder: Holder) -> bool:
        return bool(self._read(select(_ERASED.c.at).where(_erasure_of(holder))))

    def erased(self, after: tuple[int, str, int] = (0, "", 0), limit: int = -1) -> list[tuple[Holder, int]]:
        """Whose keys were erased, and when (seconds since 1970): what a restored backup has to be told again. `after`:
        when, name, and whether it is a person's, of the last one known; a negative `limit` is none."""
        place = (_ERASED.c.at, _ERASED.c.holder, _ERASED.c.person)
        rows = self._read(select(_ERASED).where(tuple_(*place) > after).order_by(*place).limit(limit))
        return [(Holder(row.holder, bool(row.person)), row.at) for row in rows]

    # ---- what dialogue works on --------------------------------------------------------------------------------

    def note_work(self, conversation: str) -> None:
        """Dialogue works on it. Written at most once a day for each conversation."""
        wanted = select(_WORKED_ON.c.at).where(_WORKED_ON.c.conversation == conversation)
        rows = self._read(wanted)
        if rows and rows[0].at > time.time() - DAY_S:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(_worked_on(conversation))
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database takes no keys now.") from error

    def worked_on_lately(self, conversation: str, event_log_days: int) -> bool:
        rows = self._read(select(_WORKED_ON.c.at).where(_WORKED_ON.c.conversation == conversation))
        # a day more: work is noted only once a day
        return bool(rows) and rows[0].at > time.time() - raw_window_s(event_log_days) - DAY_S

    def unused(self, event_log_days: int, after: str, limit: int) -> list[str]:
        """Conversations with keys that dialogue has not worked on for longer than one can be open, by name."""
        over = int(time.time()) - raw_window_s(event_log_days) - DAY_S
        has_keys = select(_WRAPPED.c.conversation).where(_WRAPPED.c.conversation == _WORKED_ON.c.conversation)
        wanted = select(_WORKED_ON.c.conversation).where(
            _WORKED_ON.c.at < over,
            _WORKED_ON.c.conversation > after,
            _WORKED_ON.c.conversation.not_in((BOX, OWN)),
            has_keys.exists(),
        )
        return [row[0] for row in self._read(wanted.order_by(_WORKED_ON.c.conversation).limit(limit))]

    # ---- all keys ----------------------------------------------------------------------------------------------

    def page(self, after: Place = START, limit: int = 500) -> tuple[WrappedKey, ...]:
        """The next keys in the order of their places."""
        wanted = select(_WRAPPED).where(tuple_(*_PLACE) > after).order_by(*_PLACE).limit(limit)
        return tuple(map(_wrapped_key, self._read(wanted)))

    def rewrap(self, root: RootKey, after: Place = START, limit: int = 200) -> Rewrapped:
        """Wrap the next keys that an older root key wraps with the newest. Each call is one transaction.

        A key that another copy has wrapped, or erased, meanwhile is left as it is.
        """
        old = and_(tuple_(*_PLACE) > after, _WRAPPED.c.root_generation != root.current)
        found = tuple(map(_wrapped_key, self._read(select(_WRAPPED).where(old).order_by(*_PLACE).limit(limit))))
        damaged: list[Place] = []
        fresh: list[tuple[WrappedKey, WrappedKey]] = []
        for key in found:
            try:
                fresh.append((key, root.rewrap(key)))
            except Tampered:
                damaged.append(_place(key))
        count = 0
        try:
            with self._engine.begin() as connection:
                for was, now in fresh:
                    same = and_(tuple_(*_PLACE) == _place(was), _WRAPPED.c.wrapped == was.wrapped)
                    changed = {"root_generation": now.root_generation, "wrapped": now.wrapped}
                    count += connection.execute(update(_WRAPPED).where(same).values(**changed)).rowcount
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database takes no keys now.") from error
        return Rewrapped(_place(found[-1]) if len(found) == limit else None, count, tuple(damaged))

    def count(self) -> int:
        """Conversations with keys."""
        counted = select(func.count(_WRAPPED.c.conversation.distinct())).where(_WRAPPED.c.key != "person")
        return int(self._read(counted)[0][0])

    def count_keys(self) -> dict[int, int]:
        """Root generation → how many keys it wraps."""
        counted = select(_WRAPPED.c.root_generation, func.count()).group_by(_WRAPPED.c.root_generation)
        rows: Sequence[Any] = self._read(counted)
        return {int(row[0]): int(row[1]) for row in rows}

    def count_persons(self) -> int:
        counted = select(func.count()).select_from(_WRAPPED).where(_WRAPPED.c.key == "person")
        return int(self._read(counted)[0][0])

    def damage(self) -> str | None:
        """What the database itself finds wrong with its file; None if nothing."""
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                found = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar_one())
        except SQLAlchemyError:
            return "the database cannot be read"
        return None if found == "ok" else "the database's file is damaged"

    # ---- beside the record of who may see values ---------------------------------------------------------------

    def witness(self) -> Witness | None:
        rows = self._read(select(_WITNESS))
        if not rows:
            return None
        return Witness(rows[0].epoch, rows[0].number, rows[0].hash, bool(rows[0].from_backup))

    def keep_witness(self, witness: Witness) -> None:
        """Unless a later one is there: copies of the vault may note out of turn."""
        row = {
            "one": 1,
            "epoch": witness.epoch,
            "number": witness.number,
            "hash": witness.hash,
            "from_backup": int(witness.from_backup),
        }
        earlier = tuple_(_WITNESS.c.epoch, _WITNESS.c.number) <= (witness.epoch, witness.number)
        made = upsert(_WITNESS).values(**row)
        try:
            with self._engine.begin() as connection:
                connection.execute(made.on_conflict_do_update(index_elements=["one"], set_=row, where=earlier))
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database takes nothing now.") from error

    def copy_to(self, file: Path) -> int:
        """A whole copy, durable, in a file that is there and empty; how many keys it holds. It says that it is one."""
        try:
            with self._engine.connect() as connection, closing(sqlite3.connect(file)) as copy:
                source = cast(sqlite3.Connection, connection.connection.driver_connection)
                source.backup(copy)
                copy.execute(_FROM_BACKUP)
                copy.commit()
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, and nothing beside it
                count = int(copy.execute("SELECT count(*) FROM wrapped_keys").fetchone()[0])
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise Unavailable("The vault's database cannot be copied now.") from error
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return count

    def close(self) -> None:
        self._engine.dispose()

    def _read(self, wanted: Any) -> Sequence[Row[Any]]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return connection.execute(wanted).all()
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database does not answer.") from error


def _of(holder: Holder) -> Any:
    return and_(_WRAPPED.c.conversation == holder.name, _WRAPPED.c.key.in_(holder.classes))


def _erasure_of(holder: Holder) -> Any:
    return and_(_ERASED.c.holder == holder.name, _ERASED.c.person == int(holder.person))


def _worked_on(conversation: str) -> Any:
    made = upsert(_WORKED_ON).values(conversation=conversation, at=int(time.time()))
    return made.on_conflict_do_update(index_elements=["conversation"], set_={"at": made.excluded.at})


def _place(key: WrappedKey) -> Place:
    return key.conversation, key.key, key.generation


def _row(key: WrappedKey) -> dict[str, Any]:
    return {
        "conversation": key.conversation,
        "key": key.key,
        "generation": key.generation,
        "root_generation": key.root_generation,
        "wrapped": key.wrapped,
    }


def _wrapped_key(row: Row[Any]) -> WrappedKey:
    # as it is written: what is no class unwraps under none
    return WrappedKey(row.conversation, cast(LeaseClass, row.key), row.generation, row.root_generation, row.wrapped)
