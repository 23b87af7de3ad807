"""Backups of the wrapped keys, apart from all others: whole, for their owner alone, and gone after their days.

A backup outlives an erasure by as long as it is kept. So it is kept no longer than an erasure may take, and whoever
puts one back tells it what was erased since (`b2t vault erase --list`) before anything else.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.errors import Unavailable
from services.vault.files import sync_folder
from services.vault.store import KeyStore

DAY_S = 86_400
_NAMED = re.compile(r"keys-\d{8}T\d{6}Z\.sqlite")


@dataclass(frozen=True, slots=True)
class Backup:
    file: Path
    keys: int
    removed: int
    """Older backups that are gone now."""


def back_up(store: KeyStore, folder: Path, keep_days: int) -> Backup:
    """Blocks for as long as the disk takes; leases go on meanwhile. Raises Unavailable."""
    file = folder / f"keys-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite"
    fresh = folder / f".{file.name}.{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        keys = store.copy_to(fresh)
        fresh.rename(file)
        removed = _remove_old(folder, keep_days)
        sync_folder(folder)
    except OSError as error:
        raise Unavailable(f"The backup cannot be written: {error.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)
    return Backup(file, keys, removed)


def _remove_old(folder: Path, keep_days: int) -> int:
    old = [
        file
        for file in folder.iterdir()
        if _NAMED.fullmatch(file.name) and file.stat().st_mtime < time.time() - keep_days * DAY_S
    ]
    for file in old:
        file.unlink()
    return len(old)
