"""Whether the box was started with other settings than before: which ones is told to the log, their values are not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog

from appliance.adapters.nats import pause
from appliance.config import Config
from appliance.errors import B2TError
from services.scribe.files import write_whole
from services.unit import Unit

log = structlog.get_logger(__name__)

AGAIN_S: Final = 10.0
ALL: Final = "all"
"""The setting that is named where nobody knows any more what was before."""


def digests(config: Config) -> dict[str, str]:
    """`section.setting` → the SHA-256 of its value in canonical JSON."""
    found = {}
    for section, settings in config.model_dump(mode="json").items():
        for name, value in settings.items():
            found[f"{section}.{name}"] = _digest(value)
    return found


def changed(was: dict[str, str], now: dict[str, str]) -> list[str]:
    """Settings of either that differ. One that a new release brings counts only if it is not what it is by default."""
    default = digests(Config())
    return [name for name in sorted(was.keys() | now.keys()) if was.get(name, default.get(name)) != now.get(name)]


@dataclass(slots=True)
class Configuration:
    unit: Unit
    file: Path
    is_new: bool
    """The audit log has no entry yet: there was no configuration before."""

    async def tell(self) -> None:
        """Until it is on record, once; what could not be told is told at the next start."""
        while True:
            try:
                await self._tell()
                return
            except B2TError as error:
                log.error("configuration_not_told", code=error.code, title=error.title)
            await pause(AGAIN_S)

    async def _tell(self) -> None:
        now = digests(self.unit.config)
        was = await asyncio.to_thread(self._before)
        if was == now:
            return
        whole = _digest(now)
        unknown = [] if self.is_new else [ALL]
        names = unknown if was is None else changed(was, now)
        for name in names:
            await self.unit.audit("configuration_changed", setting=name, settings=whole, source="box", result="done")
        await asyncio.to_thread(write_whole, self.file, (json.dumps(now, indent=2) + "\n").encode())

    def _before(self) -> dict[str, str] | None:
        try:
            found = json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
