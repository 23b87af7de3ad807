"""Wraps every key anew after the root key was rotated: in the background, a few at a time, from wherever it stood.

Where it stands is in the keys themselves: each names the root key that wraps it. So it may be killed at any instant and
several copies of the vault may do it at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from appliance.errors import B2TError
from services import faults
from services.unit import Unit
from services.vault.keeper import RootKeeper
from services.vault.store import START, KeyStore, Place

log = structlog.get_logger(__name__)

BATCH = 200
PAUSE_S = 0.002
"""Between batches: leases come first."""
RETRY_S = 5.0


@dataclass(slots=True)
class Rewrapping:
    unit: Unit
    keeper: RootKeeper
    store: KeyStore
    going: bool = False
    wrapped: int = 0
    """Keys wrapped anew since the vault started."""
    damaged: list[Place] = field(default_factory=list)
    _kicked: asyncio.Event = field(default_factory=asyncio.Event)

    def kick(self) -> None:
        self._kicked.set()

    async def run(self) -> None:
        """For ever: look through all keys once after each kick."""
        while True:
            await self._kicked.wait()
            self._kicked.clear()
            if self.keeper.state != "open":
                continue
            self.going = True
            try:
                await self._all()
            except B2TError as error:
                log.error("rewrapping_failed", code=error.code, title=error.title)
                self.kick()
                await asyncio.sleep(RETRY_S)
            finally:
                self.going = False

    async def _all(self) -> None:
        count, generation = 0, self.keeper.root.current
        damaged: list[Place] = []
        after: Place | None = START
        while after is not None:
            done = await asyncio.to_thread(self.store.rewrap, self.keeper.root, after, BATCH)
            count += done.count
            self.wrapped += done.count
            damaged += done.damaged
            after = done.last
            faults.point("vault.rewrapped")
            await asyncio.sleep(PAUSE_S)
        self.damaged = damaged
        if damaged:
            log.error("keys_not_rewrapped", count=len(damaged))
        if count:
            log.info("keys_rewrapped", keys=count, generation=generation)
            await self.unit.audit("keys_rewrapped", keys=count, generation=generation)
