"""The audit log's database: its tables, and reading it, also from another process and while it grows.

Entries are only ever added, so whoever fixes the size first reads one and the same log however long that takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_engine
from appliance.audit.checkpoint import Verifier
from appliance.audit.merkle import HASH_BYTES, Frontier, leaf_hash
from appliance.audit.tiles import TILE_LEVELS, Growing, Node
from appliance.audit.verification import Examination, Finding, Note, Row, Verified
from appliance.errors import Tampered, Unavailable, Unknown

DATABASE: Final = "audit.sqlite"
CHECKPOINT: Final = "audit.checkpoint"
CHUNK: Final = 4096
TILE: Final = 1 << TILE_LEVELS

TABLES: Final = MetaData()
ENTRIES: Final = Table(
    "entries",
    TABLES,
    Column("leaf", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)
TREE: Final = Table(
    "tree",
    TABLES,
    Column("one", Integer, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("last_kept", Integer, nullable=False, server_default="0"),
    Column("stream_start", Integer, nullable=False, server_default="0"),
)
"""`stream_start` is the sequence in front of the bus's first message: not 0 once the bus's store was replaced."""
NODES: Final = Table(
    "nodes",
    TABLES,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
CHECKPOINTS: Final = Table(
    "checkpoints",
    TABLES,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("at", Integer, nullable=False),
    Column("note", Text, nullable=False),
)
"""Those that were shipped off the box, or would have been."""
for _table in (ENTRIES, NODES, CHECKPOINTS):
    for _change in ("UPDATE", "DELETE"):
        event.listen(
            _table,
            "after_create",
            DDL(  # type: ignore[no-untyped-call]
                f"CREATE TRIGGER {_table.name}_no_{_change.lower()} BEFORE {_change} ON {_table.name} "
                f"BEGIN SELECT RAISE(ABORT, '{_table.name} are only ever added'); END"
            ).execute_if(dialect="sqlite"),
        )


def keep_nodes(connection: Connection) -> None:
    """The second version's tables, filled from the first's entries."""
    connection.exec_driver_sql("ALTER TABLE tree ADD COLUMN last_kept INTEGER NOT NULL DEFAULT 0")
    connection.exec_driver_sql("ALTER TABLE tree ADD COLUMN stream_start INTEGER NOT NULL DEFAULT 0")
    TABLES.create_all(connection, [NODES, CHECKPOINTS])
    tree, kept = Growing(), list[Node]()
    for content in connection.execute(select(ENTRIES.c.content).order_by(ENTRIES.c.leaf)).scalars():
        tree.add(leaf_hash(content), kept)
    if kept:
        connection.execute(insert(NODES), [{"level": n.level, "place": n.index, "hash": n.hash} for n in kept])


MIGRATIONS: Final = (keep_nodes,)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands, as it says itself."""

    frontier: Frontier
    last_sequence: int
    last_kept: int
    stream_start: int
    checkpoint: str


class AuditReader:
    """Methods block for as long as the disk takes. Raises Unavailable where it cannot be read."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    @staticmethod
    def open(folder: Path) -> AuditReader:
        """Raises Unknown where there is no log yet."""
        file = folder / DATABASE
        if not file.exists():
            raise Unknown("There is no audit log yet.")
        return AuditReader(open_engine(file), folder)

    def close(self) -> None:
        self._engine.dispose()

    def head(self) -> Head:
        [row] = self._all(select(TREE))
        return head_of(row)

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        """`appliance.audit.tiles.Hashes`."""
        if level == 0:
            return [leaf_hash(row.content) for row in self._rows(first, first + count)]
        wanted = select(NODES.c.hash).where(
            NODES.c.level == level, NODES.c.place >= first, NODES.c.place < first + count
        )
        return [row.hash for row in self._all(wanted.order_by(NODES.c.place))]

    def entry(self, sequence: int) -> Row:
        """Raises Unknown."""
        for row in self._all(select(ENTRIES).where(ENTRIES.c.sequence == sequence)):
            return Row(row.leaf, row.sequence, row.content)
        raise Unknown("There is no such entry in the audit log.")

    def rows(self, first: int, end: int) -> Iterator[Row]:
        """The entries at [first, end), a few thousand at a time."""
        while first < end:
            got = self._rows(first, min(end, first + CHUNK))
            yield from got
            if not got:
                return
            first = got[-1].leaf + 1

    def first_kept(self, at: int, size: int) -> int:
        """The first of `size` entries that was kept at this time (nanoseconds) or later; `size` where none was."""
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            found = self._rows(middle, middle + 1)
            if found and kept_at(found[0].content) < at:
                low = middle + 1
            else:
                high = middle
        return low

    def examine(self, verifier: Verifier, notes: Sequence[Note] = ()) -> Verified:
        """Read everything again and compare with every checkpoint; `notes` are further ones.

        Another process may add to the log meanwhile: what is read is what stood there at one moment.
        """
        published = self._folder / CHECKPOINT
        known = list(notes)
        if published.exists():
            known.append(Note(CHECKPOINT, published.read_text("utf-8", "replace")))
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return _examine(connection, verifier, known)
        except (SQLAlchemyError, TypeError, ValueError, AttributeError) as error:
            # SQLite itself finds the file damaged, or a value is not even of its column's kind
            raise Tampered("The audit log's database cannot be read as one.") from error

    def _rows(self, first: int, end: int) -> list[Row]:
        wanted = select(ENTRIES).where(ENTRIES.c.leaf >= first, ENTRIES.c.leaf < end).order_by(ENTRIES.c.leaf)
        return [Row(leaf, sequence, content) for leaf, sequence, content in self._all(wanted)]

    def _all(self, wanted: Any) -> Sequence[Any]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return connection.execute(wanted).all()
        except SQLAlchemyError as error:
            raise Unavailable("The audit log cannot be read now.") from error


class Remembered:
    """A reader's hashes by whole tiles, so that what one proof needs, or neighbours' share, is read once."""

    def __init__(self, reader: AuditReader) -> None:
        self._tile = lru_cache(maxsize=64)(reader.read)

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        start = first // TILE * TILE
        return self._tile(level, start, TILE)[first - start : first - start + count]


def head_of(row: Any) -> Head:
    nodes = tuple(row.nodes[at : at + HASH_BYTES] for at in range(0, len(row.nodes), HASH_BYTES))
    return Head(Frontier(row.size, nodes), row.last_sequence, row.last_kept, row.stream_start, row.checkpoint)


def kept_at(content: bytes) -> int:
    """When an entry was kept; of the first release's, when it was told."""
    members = json.loads(content)
    return int(members.get("kept", members["at"]))


def _examine(connection: Connection, verifier: Verifier, known: list[Note]) -> Verified:
    head = head_of(connection.execute(select(TREE)).one())
    earlier = connection.execute(select(CHECKPOINTS.c.size, CHECKPOINTS.c.note)).all()
    notes = [
        Note("the log's own", head.checkpoint),
        *(Note(f"kept at {row.size}", row.note) for row in earlier),
        *known,
    ]
    nodes = connection.execute(select(NODES.c.level, NODES.c.place, NODES.c.hash)).all()
    order = sorted((Node(*row) for row in nodes), key=lambda node: ((node.index + 1) << node.level, node.level))
    examination = Examination(verifier, notes, iter(order))
    found = connection.execution_options(yield_per=CHUNK).execute(select(ENTRIES).order_by(ENTRIES.c.leaf))
    examination.take(Row(leaf, sequence, content) for leaf, sequence, content in found)
    verified = examination.finish()
    here = (verified.frontier, verified.last_sequence, verified.last_kept)
    if here != (head.frontier, head.last_sequence, head.last_kept) and verified.ok:
        finding = Finding("Where the log says it stands is not where its entries end.")
        return Verified(**{**_members(verified), "findings": (finding,)})
    return verified


def _members(verified: Verified) -> dict[str, Any]:
    return {name: getattr(verified, name) for name in Verified.__dataclass_fields__}


assert TILE_LEVELS == 8  # what is on disk is kept at these levels
