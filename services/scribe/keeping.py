"""Takes what units tell from the bus into the audit log, many at once and each in its place.

The bus wakes it and may bring messages again or out of turn. So what is in front of a message and not in the log yet is
read from the stream first: nothing is passed over, whatever came before it failed on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from appliance.adapters.nats import Delivery
from appliance.audit.telling import SUBJECT, teller_of
from appliance.errors import B2TError
from services import faults
from services.scribe.audit_log import AuditLog, Message
from services.unit import Unit

log = structlog.get_logger(__name__)

STREAM: Final = "AUDIT"
AT_ONCE: Final = 256
AGAIN_S: Final = 1.0
ACK_WAIT_S: Final = 10.0
STEP_NS: Final = 1_000_000_000
"""A clock that moved so far against the one that is never set has been set."""


@dataclass(slots=True)
class Keeping:
    unit: Unit
    audit: AuditLog
    _waiting: asyncio.Queue[Delivery] = field(default_factory=lambda: asyncio.Queue(AT_ONCE))
    _clock: int = field(default_factory=lambda: time.time_ns() - time.monotonic_ns())

    async def run(self) -> None:
        await self._begin()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fetch(), name="audit fetch")
            group.create_task(self._keep_for_ever(), name="audit keep")

    async def _begin(self) -> None:
        """Take what was told while nobody was here, from the place the log remembers."""
        while True:
            try:
                end = await self.unit.bus.stream_end(STREAM)
                if end < self.audit.last_sequence:
                    log.error("audit_stream_replaced", had=self.audit.last_sequence, has=end)
                    await asyncio.to_thread(self.audit.restart_stream)
                await self._read_up_to(end)
                self.unit.parts["audit"] = "ok"
                return
            except B2TError as error:
                self._trouble(error)
                await asyncio.sleep(AGAIN_S)

    async def _fetch(self) -> None:
        bus = self.unit.bus
        told = bus.consume(STREAM, "audit", f"{SUBJECT}.*", in_flight=AT_ONCE, ack_wait_s=ACK_WAIT_S, batch=AT_ONCE)
        async for delivery in told:
            await self._waiting.put(delivery)

    async def _keep_for_ever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._take(batch)
            await self._watch_clock()

    async def _take(self, batch: list[Delivery]) -> None:
        """Acknowledged once it is on disk; what fails comes again, for ever."""
        try:
            await self._keep(batch)
        except B2TError as error:
            self._trouble(error)
            await asyncio.gather(*(one.nak(AGAIN_S) for one in batch), return_exceptions=True)
            return
        faults.point("scribe.audited")
        self.unit.parts["audit"] = "ok"
        acked = await asyncio.gather(*(one.ack() for one in batch), return_exceptions=True)
        lost = sum(isinstance(one, BaseException) for one in acked)
        if lost:  # they come again, and are in place already
            log.warning("ack_lost", part="audit", count=lost)

    async def _keep(self, batch: list[Delivery]) -> None:
        last = self.audit.last_sequence
        new = sorted({one.sequence: one for one in batch if one.sequence > last}.values(), key=lambda one: one.sequence)
        if not new:
            return
        if [one.sequence for one in new] != list(range(last + 1, last + 1 + len(new))):
            await self._read_up_to(new[-1].sequence)
            return
        await self._append([Message(one.sequence, one.data, teller_of(one.subject)) for one in new])

    async def _read_up_to(self, end: int) -> None:
        some: list[Message] = []
        async for stored in self.unit.bus.read_stored(STREAM, ">", after=self.audit.last_sequence):
            if stored.sequence > end:
                break
            some.append(Message(stored.sequence, stored.data, teller_of(stored.subject)))
            if len(some) == AT_ONCE:
                await self._append(some)
                some = []
        await self._append(some)

    async def _append(self, messages: Sequence[Message]) -> None:
        await asyncio.to_thread(self.audit.append_all, messages, time.time_ns())

    async def _watch_clock(self) -> None:
        now = time.time_ns() - time.monotonic_ns()
        by = now - self._clock
        if abs(by) < STEP_NS:
            return
        self._clock = now
        log.warning("clock_stepped", by_ms=by // 1_000_000)
        try:
            await self.unit.audit("clock_stepped", by_ms=by // 1_000_000)
        except B2TError:
            self._clock = now - by  # told at the next look

    def _trouble(self, error: B2TError) -> None:
        self.unit.parts["audit"] = error.title
        log.error("not_kept_yet", part="audit", code=error.code, title=error.title)
