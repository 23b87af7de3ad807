"""The vault's secret files: for their owner alone, whole or not there, changed by one copy of the vault at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from appliance.errors import Invalid, Unavailable

MAX_BYTES = 1 << 16


def read_secret(file: Path) -> bytes:
    """Raises Invalid where others may read it or own it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if found.st_mode & 0o077:
            raise Invalid(f"{file} can be read by others than its owner; set its mode to 0600.")
        if found.st_uid != os.geteuid():
            raise Invalid(f"{file} belongs to another user than the one that runs the vault; chown it.")
        return opened.read(MAX_BYTES)


def write_secret(file: Path, content: bytes) -> None:
    """Over what was there: whole (0600), durable, or not at all."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(fresh, content)
        fresh.rename(file)
        sync_folder(file.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise Unavailable(f"{file.name} cannot be written: {error.strerror}.") from None


def create_secret(file: Path, content: bytes) -> None:
    """Unless there is one: whoever is first has made it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(fresh, content)
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    sync_folder(file.parent)


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Copies of the vault change the root key's files one after the other; the lock ends with its holder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / ".root.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)
