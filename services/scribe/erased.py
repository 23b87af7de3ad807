"""Whose keys are gone leaves the box beside the checkpoints: a restored backup is told that list first."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from appliance.adapters.nats import pause
from appliance.adapters.vault import erased_list
from appliance.errors import B2TError, Unavailable
from services.unit import Unit

log = structlog.get_logger(__name__)

UNIT = "scribe"


@dataclass(slots=True)
class ErasedList:
    unit: Unit
    folder: Path

    async def run(self) -> None:
        """For ever, as often as checkpoints are shipped."""
        while True:
            try:
                await self.ship()
                self.unit.parts["erased_list"] = "ok"
            except B2TError as error:
                self.unit.parts["erased_list"] = error.title
                log.error("erased_list_not_shipped", code=error.code, title=error.title)
            await pause(self.unit.config.audit.ship_every_s)

    async def ship(self) -> Path | None:
        """The file for the list as it is now, which is written once; None while nobody was erased."""
        listed = await erased_list(self.unit.bus, UNIT)
        if not listed:
            return None
        return await asyncio.to_thread(put, self.folder, listed)


def put(folder: Path, listed: list[dict[str, Any]]) -> Path:
    """A file of its own for each list, never written over: the one with the highest number is the newest. Raises
    Unavailable, also where the folder is not there: a mount that is missing must not be taken for an empty one."""
    content = (json.dumps({"erased": listed}, indent=2) + "\n").encode()
    file = folder / f"erased-{len(listed):012d}-{sha256(content).hexdigest()[:12]}.json"
    if not folder.is_dir():
        raise Unavailable("The folder for checkpoints is not there.")
    if file.exists():
        return file
    fresh = folder / f".{file.name}.new"
    try:
        with fresh.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.rename(file)
    except OSError as error:
        raise Unavailable(f"The folder for checkpoints takes no list now: {error.strerror}.") from None
    return file
