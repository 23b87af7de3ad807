"""DuckDB with its file encrypted (AES-256-GCM), offline. The only file that imports it.

Encrypted writing needs the cryptography of the httpfs extension (duckdb 1.4.4 and later); a wheel brings that file, and
it is loaded by its path, so nothing is fetched. `force_mbedtls_unsafe` is never set: then it would be weak.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from appliance.errors import Tampered, Unavailable

MEMORY_LIMIT: Final = "512MB"
KEY_BYTES: Final = 32


class EncryptedDatabase:
    """One encrypted file and the one connection to it. Calls block, and come from one thread at a time."""

    def __init__(self, file: Path, key: bytes) -> None:
        """Open the file, or make it. Raises Tampered where the key does not fit, Unavailable where it cannot be."""
        if len(key) != KEY_BYTES:
            raise Tampered("The key of the insights database has the wrong length.")
        self._lock = threading.Lock()
        self._file, self._key = file, key
        self._connection = self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        file, key = self._file, self._key
        connection = duckdb.connect(":memory:", config=_settings())
        try:
            connection.load_extension(str(_httpfs()))
            # neither the file's name nor the key can be a parameter of ATTACH
            name = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{name}' AS insights (ENCRYPTION_KEY '{key.hex()}')")
            connection.execute("USE insights")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            connection.close()
            raise _opening_error(error) from None  # the cause may show the key
        os.chmod(file, 0o600)
        return connection

    def write_anew(self) -> None:
        """The file, with nothing of what was removed from it in its bytes."""
        with self._lock:
            self._connection.close()
            try:
                rewrite(self._file, self._key)
            finally:
                self._connection = self._open()

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._run(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[EncryptedDatabase]:
        """All or nothing, and on disk once it ends."""
        self.run("BEGIN TRANSACTION")
        try:
            yield self
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows to a table in one statement."""
        if not rows:
            return
        places = ", ".join(["(" + ", ".join("?" * len(rows[0])) + ")"] * len(rows))
        self.run(f"INSERT INTO {table} VALUES {places}", [value for row in rows for value in row])  # noqa: S608

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, list(values)).fetchall()
        except duckdb.IOException as error:
            raise Unavailable("The insights database cannot be written or read now.") from error


def rewrite(file: Path, key: bytes) -> None:
    """Write the file anew, with nothing of what was removed from it. It must not be open. Raises as opening it does."""
    fresh = file.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    connection = duckdb.connect(":memory:", config=_settings())
    try:
        connection.load_extension(str(_httpfs()))
        for name, place in (("old", file), ("fresh", fresh)):
            path = str(place).replace("'", "''")
            connection.execute(f"ATTACH '{path}' AS {name} (ENCRYPTION_KEY '{key.hex()}')")
        connection.execute("COPY FROM DATABASE old TO fresh")
        connection.execute("CHECKPOINT fresh")
        connection.execute("DETACH fresh")
    except duckdb.Error as error:
        fresh.unlink(missing_ok=True)
        raise _opening_error(error) from None  # the cause may show the key
    finally:
        connection.close()
    os.chmod(fresh, 0o600)
    for place in (fresh, file.parent):
        if place == file.parent:
            fresh.replace(file)
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_key(file: Path) -> bytes:
    """The database's key, made where it does not exist yet; readable by its owner alone."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_hex(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
    try:
        return bytes.fromhex(file.read_text("ascii").strip())
    except ValueError:
        raise Tampered("The key of the insights database is damaged.") from None


def _settings() -> dict[str, str | bool | int | float | list[str]]:
    return {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": "",  # what does not fit into memory fails rather than lie on the disk in the clear
        "threads": 1,
    }


def _httpfs() -> Path:
    found = importlib.util.find_spec("duckdb_extension_httpfs")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("The package duckdb-extension-httpfs is missing; run scripts/setup again.")
    folder = Path(found.submodule_search_locations[0])
    return folder / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"


def _opening_error(error: duckdb.Error) -> Tampered | Unavailable:
    said = str(error)
    if "encryption key" in said:
        return Tampered("The key does not open the insights database.")
    if "checksum" in said or "Corrupt" in said:
        return Tampered("The insights database is damaged: remove it, and it is made anew from the event log.")
    if "set lock" in said or "Conflicting lock" in said:
        return Unavailable("The insights database is in use by another process.")
    return Unavailable("The insights database cannot be opened.")
