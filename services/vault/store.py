"""Where the vault keeps what it must not lose: the root key's file, and wrapped keys in a database of their own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Invalid, Unavailable
from appliance.privacy.sealing import KeyClass
from appliance.privacy.vault import CLASSES, RootKey, WrappedKey, new_root_file, read_root_file

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


def open_root_key(file: Path) -> RootKey:
    """The root key, made at first start: the file appears whole (0600) or not at all, and is never replaced."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as opened:
                opened.write(new_root_file())
                opened.flush()
                os.fsync(opened.fileno())
            try:
                os.link(fresh, file)
            except FileExistsError:
                pass  # another copy of the vault was first; its key is the key
        finally:
            fresh.unlink()
        _sync_folder(file.parent)
    if file.stat().st_mode & 0o077:
        raise Invalid(f"{file} can be read by others than its owner; set its mode to 0600.")
    return read_root_file(file.read_text("ascii"))


class KeyStore:
    """Wrapped keys, read afresh each time, so that a copy of the vault lends nothing another copy has erased.

    Methods block: reading for about 0.2 ms, `create` for as long as the disk takes to make a new key durable.
    """

    def __init__(self, file: Path) -> None:
        self._engine: Engine = open_database(file, _TABLES)

    def find(self, conversation: str) -> tuple[WrappedKey, ...]:
        """All of a conversation's wrapped keys; none where it is unknown or erased."""
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                rows = connection.execute(select(_WRAPPED).where(_WRAPPED.c.conversation == conversation)).all()
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database does not answer.") from error
        return tuple(
            WrappedKey(row.conversation, _key_class(row.key), row.generation, row.root_generation, row.wrapped)
            for row in rows
        )

    def create(self, root: RootKey, conversation: str) -> tuple[WrappedKey, ...]:
        """The first generation of each class, durably; what another copy made meanwhile counts instead."""
        made = tuple(root.make(conversation, key) for key in CLASSES)
        rows = [
            {
                "conversation": key.conversation,
                "key": key.key,
                "generation": key.generation,
                "root_generation": key.root_generation,
                "wrapped": key.wrapped,
            }
            for key in made
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_WRAPPED), rows)
        except IntegrityError:
            return self.find(conversation)
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database takes no keys now.") from error
        return made

    def count(self) -> int:
        """Conversations with keys."""
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                counted = select(func.count(_WRAPPED.c.conversation.distinct()))
                return int(connection.execute(counted).scalar_one())
        except SQLAlchemyError as error:
            raise Unavailable("The vault's database does not answer.") from error

    def close(self) -> None:
        self._engine.dispose()


def _key_class(name: str) -> KeyClass:
    return "raw" if name == "raw" else "redacted"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
