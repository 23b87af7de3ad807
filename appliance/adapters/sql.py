"""Records in SQL through SQLAlchemy: how a unit opens the one database it owns. Today SQLite, later PostgreSQL.

A commit here is durable (write-ahead log, an fsync at every commit). Migrations run in order from the first day on; a
database written by a later release is refused rather than guessed at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from appliance.errors import Invalid, Unavailable

Migration = Callable[[Connection], None]
"""Brings the tables from one version to the next, inside the transaction that also counts the version up."""

_VERSIONS = Table("schema_version", MetaData(), Column("version", Integer, nullable=False))


def open_database(file: Path, tables: MetaData, migrations: Sequence[Migration] = ()) -> Engine:
    """Open, making the file (0600) and the tables at first. `migrations[n]` leads from version n+1 to n+2.

    Raises Invalid for a database of a later release, Unavailable where the disk is full or not writable.
    """
    engine = open_engine(file)
    try:
        with engine.begin() as connection:
            _migrate(connection, tables, migrations)
    except (OSError, SQLAlchemyError) as error:
        raise Unavailable(f"The database {file.name} cannot be opened: {_reason(error)}.") from None
    return engine


def open_engine(file: Path) -> Engine:
    """The database as it is, making an empty file (0600) at first; for a unit that brings its tables with Alembic."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Unavailable(f"The database {file.name} cannot be opened: {_reason(error)}.") from None
    connecting = {"timeout": 5, "check_same_thread": False}
    # parameters are hidden, or errors would quote them
    engine = create_engine(f"sqlite:///{file}", connect_args=connecting, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own transactions would begin too late to keep two writers apart
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _migrate(connection: Connection, tables: MetaData, migrations: Sequence[Migration]) -> None:
    newest = len(migrations) + 1
    if not inspect(connection).has_table(_VERSIONS.name):
        _VERSIONS.create(connection)
        tables.create_all(connection)
        connection.execute(insert(_VERSIONS).values(version=newest))
        return
    version = connection.execute(select(_VERSIONS.c.version)).scalar_one()
    if version > newest:
        raise Invalid("The database was written by a later release; start that one, or restore a backup.")
    for migration in migrations[version - 1 :]:
        migration(connection)
    connection.execute(update(_VERSIONS).values(version=newest))


def _reason(error: Exception) -> str:
    if isinstance(error, OperationalError):
        return str(error.orig)
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
