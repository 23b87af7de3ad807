"""The reserve: once the disk has no more room than that, sensitive reads stop, so that calls can still go on record."""

from __future__ import annotations

import shutil
from pathlib import Path

from appliance.errors import Unavailable


def check_room(folder: Path, reserve_mib: int) -> None:
    """Raises Unavailable where less than the reserve is free on the disk of `folder`."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        raise Unavailable("The audit log's disk does not answer, so nothing sensitive is shown.") from None
    if free < reserve_mib << 20:
        raise Unavailable("The disk is down to the audit log's reserve, so nothing sensitive is shown.")
