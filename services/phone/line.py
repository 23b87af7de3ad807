"""A call's way to dialogue: inputs there one after the other, batches back in order and without a gap.

What the party said lies in memory here until dialogue has it durably; it is sent again with the same input id, which is
taken once. Notices may be lost, doubled or late: what is missing is read from the conversation's stream.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import Bus, Stop, conversation_subject
from appliance.errors import B2TError, Unavailable
from appliance.events import (
    ANSWER,
    BATCH,
    CHANNEL_INPUT,
    NOTICE,
    Accepted,
    Batch,
    ChannelInput,
    LegAttached,
    Notice,
    Refused,
    Start,
)
from services.faults import point

log = structlog.get_logger(__name__)

WAIT_S: Final = 10.0
"""How long an outage of dialogue is waited out."""
START_WAIT_S: Final = 3.0
"""The same before a call is answered: then the PBX had better send it elsewhere."""
TRY_S: Final = 2.0
FIRST_PAUSE_S, LAST_PAUSE_S = 0.05, 0.5
MAX_INPUTS: Final = 64
MAX_NOTICES: Final = 128
CATCH_UP_S: Final = 1.0
"""An input is taken and no notice comes: look in the stream."""
LOOK_S: Final = 5.0
"""Nothing at all comes: look anyway, a notice may have been lost on the way."""


class Refusal(B2TError):
    """Dialogue does not take an input, and will not."""

    def __init__(self, code: str, title: str) -> None:
        super().__init__(title)
        self.code = code


@dataclass(frozen=True, slots=True)
class Told:
    """A batch of the conversation. `live`: it happened while this leg was there; what came before only informs."""

    batch: Batch
    phrases: tuple[str, ...]
    live: bool


def new_id() -> str:
    return secrets.token_hex(16)


class Line:
    def __init__(self, bus: Bus, conversation: str, leg: str) -> None:
        self.conversation, self.leg = conversation, leg
        self._bus = bus
        self._inputs: asyncio.Queue[ChannelInput] = asyncio.Queue(MAX_INPUTS)
        self._notices: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._wake = asyncio.Event()
        self._stop: Stop | None = None
        self._number = self._sequence = 0
        self._live = True
        self._stale = False
        self._told_at: float | None = None
        self._looked_at = 0.0
        self._failed: asyncio.Future[B2TError] = asyncio.get_running_loop().create_future()

    @property
    def failed(self) -> asyncio.Future[B2TError]:
        """Done once an input could not be brought to dialogue: the call cannot go on."""
        return self._failed

    async def open(self, start: Start) -> None:
        """Begin the conversation. Raises Refusal, or Unavailable after three seconds."""
        await self._listen()
        await self._accept(start, START_WAIT_S)

    async def give(self, given: ChannelInput, wait_s: float = WAIT_S) -> None:
        """Bring one input to dialogue and wait until it has it. Raises Refusal, Unavailable."""
        await self._accept(given, wait_s)

    def tell(self, given: ChannelInput) -> None:
        """Bring an input to dialogue, after those before it. Never waits."""
        try:
            self._inputs.put_nowait(given)
        except asyncio.QueueFull:
            self._fail(Unavailable("Dialogue is too far behind."))

    async def send(self) -> None:
        """Work off what was told, until cancelled."""
        while True:
            given = await self._inputs.get()
            try:
                if not self._failed.done():
                    await self._accept(given, WAIT_S)
            except B2TError as error:
                self._fail(error)
            finally:
                self._inputs.task_done()

    async def sent(self, timeout_s: float) -> bool:
        """Wait until everything told is with dialogue, or the time is up; whether it is all there."""
        try:
            await asyncio.wait_for(self._inputs.join(), timeout_s)
        except TimeoutError:
            log.warning("inputs_not_taken", conversation=self.conversation)
            return False
        return not self._failed.done()

    async def batches(self) -> AsyncIterator[Told]:
        """What becomes of the conversation, each batch once and in order, until cancelled."""
        while True:
            while self._notices:
                notice = self._notices.popleft()
                if notice.batch.conversation != self.conversation or notice.batch.number <= self._number:
                    continue
                if notice.batch.number > self._number + 1:
                    async for told in self._read():
                        yield told
                if notice.batch.number == self._number + 1:
                    yield self._take(notice.sequence, notice.batch, notice.phrases)
            if self._stale:
                self._stale = False
                async for told in self._read():
                    yield told
            await self._rest()

    async def follow(self, conversation: str) -> None:
        """The leg has moved: go on with that conversation, from where the leg joined it."""
        if conversation == self.conversation:
            return
        await self.close()
        self.conversation = conversation
        self._number = self._sequence = 0
        self._live = False
        self._notices.clear()
        await self._listen()
        self._stale = True
        self._wake.set()

    async def close(self) -> None:
        if self._stop is not None:
            await self._stop()
            self._stop = None

    async def _listen(self) -> None:
        self._stop = await self._bus.subscribe(f"b2t.replies.{self.conversation}", self._on_notice)

    async def _on_notice(self, _subject: str, data: bytes) -> None:
        try:
            self._notices.append(NOTICE.validate_json(data))
        except ValidationError:
            self._stale = True
        self._told_at = None
        self._wake.set()

    async def _rest(self) -> None:
        """Until there is a notice; where one is overdue, until it is time to look it up."""
        self._wake.clear()
        if self._notices or self._stale:
            return
        try:
            await asyncio.wait_for(self._wake.wait(), CATCH_UP_S)
        except TimeoutError:
            now = asyncio.get_running_loop().time()
            overdue = self._told_at is not None and now - self._told_at >= CATCH_UP_S
            if overdue or now - self._looked_at >= LOOK_S:
                self._told_at, self._looked_at = None, now
                self._stale = True

    async def _read(self) -> AsyncIterator[Told]:
        """Everything stored that was not seen yet. An outage leaves it for later."""
        try:
            stored = self._bus.read("CONVERSATIONS", conversation_subject(self.conversation), self._sequence)
            async for sequence, data in stored:
                batch = BATCH.validate_json(data)
                if batch.number == self._number + 1:
                    yield self._take(sequence, batch, ())
        except (Unavailable, ValidationError):
            log.warning("conversation_not_read", conversation=self.conversation)
            self._told_at = asyncio.get_running_loop().time()

    def _take(self, sequence: int, batch: Batch, phrases: tuple[str, ...]) -> Told:
        self._number, self._sequence = batch.number, sequence
        if not self._live:
            self._live = any(isinstance(event, LegAttached) and event.leg == self.leg for event in batch.events)
        return Told(batch, phrases, self._live)

    async def _accept(self, given: ChannelInput, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + wait_s, FIRST_PAUSE_S
        while True:
            try:
                answer = await self._ask(given)
                if isinstance(answer, Accepted):
                    point("phone.accepted")
                    self._told_at = loop.time()
                    return
                if not answer.retryable:
                    raise Refusal(answer.code, answer.title)
                trouble: B2TError = Unavailable("Dialogue does not take the input now.")
            except Unavailable as error:
                trouble = error
            if loop.time() + pause > deadline:
                raise trouble
            await asyncio.sleep(pause)
            pause = min(LAST_PAUSE_S, pause * 2)

    async def _ask(self, given: ChannelInput) -> Accepted | Refused:
        data = CHANNEL_INPUT.dump_json(given)
        try:
            return ANSWER.validate_json(await self._bus.request("b2t.dialogue.accept", data, timeout_s=TRY_S))
        except ValidationError:
            raise Unavailable("Dialogue's answer is not understood.") from None

    def _fail(self, error: B2TError) -> None:
        if not self._failed.done():
            self._failed.set_result(error)
