"""Files that are there whole or not at all, and still there after a power cut."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from appliance.errors import Unavailable


def write_whole(file: Path, content: bytes) -> None:
    """Write, fsync, rename, fsync the folders changed; mode 0600. Raises Unavailable where the disk will not."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        made = _make(file.parent)
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.rename(file)
        for folder in (file.parent, *made):
            sync_folder(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise Unavailable(f"{file.name} cannot be written: {error.strerror}.") from None


def _make(folder: Path) -> list[Path]:
    """Make missing folders (0700); those whose list of entries that changed."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [one.parent for one in missing]


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
