"""Backups of the wrapped keys, and of the record of who may see values, apart from all others: whole, for their owner
alone, and gone after their days.

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

import structlog

from appliance.errors import Tampered, Unavailable
from services import faults
from services.vault.files import sync_folder
from services.vault.requests import Requests
from services.vault.store import KeyStore

log = structlog.get_logger(__name__)
DAY_S = 86_400
_NAMED = re.compile(r"(keys|unredaction)-\d{8}T\d{6}Z\.sqlite")


@dataclass(frozen=True, slots=True)
class Backup:
    file: Path
    record: Path | None
    """None where the record is refused: what is in order is backed up all the same."""
    keys: int
    removed: int
    """Older backups that are gone now."""


def back_up(store: KeyStore, requests: Requests, folder: Path, keep_days: int) -> Backup:
    """Blocks for as long as the disk takes; leases go on meanwhile. Raises Unavailable.

    The keys are copied first: they say how far the record had come, and it has come at least as far a moment later.
    """
    at = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    file, record = folder / f"keys-{at}.sqlite", folder / f"unredaction-{at}.sqlite"
    fresh, fresh_record = (folder / f".{one.name}.{secrets.token_hex(8)}" for one in (file, record))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in (fresh, fresh_record):
            os.close(os.open(one, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        keys = store.copy_to(fresh)
        faults.point("vault.keys_copied")
        with_record = _copy_record(requests, fresh_record)
        if with_record:
            fresh_record.rename(record)
        faults.point("vault.record_copied")
        fresh.rename(file)
        removed = _remove_old(folder, keep_days)
        sync_folder(folder)
    except OSError as error:
        raise Unavailable(f"The backup cannot be written: {error.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)
        fresh_record.unlink(missing_ok=True)
    return Backup(file, record if with_record else None, keys, removed)


def _copy_record(requests: Requests, file: Path) -> bool:
    try:
        requests.copy_to(file)
    except Tampered as error:
        log.error("record_not_backed_up", code=error.code, title=error.title)
        return False
    return True


def _remove_old(folder: Path, keep_days: int) -> int:
    old = [
        file
        for file in folder.iterdir()
        if _NAMED.fullmatch(file.name) and file.stat().st_mtime < time.time() - keep_days * DAY_S
    ]
    for file in old:
        file.unlink()
    return len(old)
