"""What was published and deployed is put in the audit log for certain: before it is answered, or by any copy later.

What has been told is noted beside what was done. Where a copy dies in between it is told once more under the same id,
which the log's stream takes once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter, ValidationError

from appliance.adapters.nats import Bus
from appliance.agents.deployments import Change, Deployments
from appliance.errors import Conflict
from services.dialogue.library import BUCKET

DEPLOYMENTS_TOLD: Final = "told.deployments"
_NOTE: TypeAdapter[tuple[int, str]] = TypeAdapter(tuple[int, str])
Audit = Callable[..., Awaitable[None]]
"""`services.unit.Unit.audit`."""


class Telling:
    def __init__(self, bus: Bus, audit: Audit) -> None:
        self._bus = bus
        self._audit = audit
        self._published: set[str] = set()
        self._revision = 0
        self._one = asyncio.Lock()

    async def published(self, agent: str, version: str, account: str | None) -> None:
        """Raises Unavailable: it may not be in the log."""
        key = f"told.{agent}.{version}"
        if key in self._published:
            return
        if await self._bus.get(BUCKET, key) is None:
            id = _id(f"published/{agent}/{version}")
            await self._audit("agent_published", agent=agent, version=version, account=account, message_id=id)
            await self._note(key, b"", 0)
        self._published.add(key)

    async def deployed(self, now: Deployments, revision: int) -> None:
        """Every change that is not noted as told, the oldest first. Raises Unavailable: one may not be in the log."""
        async with self._one:
            if not now.changes or revision <= self._revision:
                return
            entry = await self._bus.get(BUCKET, DEPLOYMENTS_TOLD)
            noted, last = _read(entry[0]) if entry is not None else (0, "")
            if noted < revision:
                ids = [change.id for change in now.changes]
                untold = now.changes[: ids.index(last)] if last in ids else now.changes
                for change in reversed(untold):
                    await self._change(now, change, revision)
                note = _NOTE.dump_json((revision, ids[0]))
                await self._note(DEPLOYMENTS_TOLD, note, entry[1] if entry is not None else 0)
            self._revision = revision

    async def _change(self, now: Deployments, change: Change, revision: int) -> None:
        action = "agent_rolled_back" if change.what in ("rolled_back", "canary_ended") else "agent_deployed"
        share = None
        if change.what == "canary_started":
            canaries = [target.canary for name in change.to if (target := now.targets.get(name)) and target.canary]
            share = next((one.share for one in canaries if one.version == change.version), None)
        await self._audit(
            action, agent=change.agent, version=change.version, account=change.by, share=share, revision=revision,
            message_id=_id(f"deployments/{change.id}"),
        )  # fmt: skip

    async def _note(self, key: str, value: bytes, revision: int) -> None:
        try:
            await self._bus.put(BUCKET, key, value, revision=revision)
        except Conflict:
            pass  # another copy has told it too, under the same id


def _read(raw: bytes) -> tuple[int, str]:
    try:
        return _NOTE.validate_json(raw)
    except ValidationError:
        return 0, ""


def _id(name: str) -> str:
    return sha256(name.encode()).hexdigest()
