"""Follows a leg's conversation: what each batch means for the call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from appliance.errors import B2TError
from appliance.events import (
    Batch,
    ConnectorCallReturned,
    ConnectorCallStarted,
    ConversationEnded,
    ConversationParked,
    Event,
    LegDetached,
    LegMoved,
    ReplyHeard,
    ReplyMade,
    TransferRequested,
    TurnMeasured,
)
from appliance.turns.signals import ReplyQueued
from services.phone.desk import Desk
from services.phone.line import Line, Told
from services.phone.metrics import FAILURES
from services.phone.replies import ReplyReader
from services.phone.voice import Manner

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Spoken:
    """A reply on its way to the party's ear, with its times on this process's clock."""

    reply: str
    conversation: str
    noticed_at: float
    turn_ended_at: float | None
    """When the party ended what this answers; None where it answers nothing."""
    _started_at: float | None = field(default=None)

    def started(self, now: float) -> None:
        self._started_at = now

    def stages(self, ended_at: float, answered_at: float | None) -> dict[str, float]:
        """Milliseconds: `first_audio` since the reply was made, or the answer if that was later; `voice_to_voice` and
        `heard_until` since the party's last word (`heard_until` of a greeting: since the answer)."""
        if self._started_at is None:
            return {}
        ready = max(self.noticed_at, answered_at or 0.0)
        began = self.turn_ended_at if self.turn_ended_at is not None else ready
        stages = {"first_audio": self._started_at - ready, "heard_until": ended_at - began}
        if self.turn_ended_at is not None:
            stages["voice_to_voice"] = self._started_at - self.turn_ended_at
        return {name: round(value * 1000, 1) for name, value in stages.items()}


class Party(Protocol):
    """The call, as far as following needs it."""

    def speak(self, reply: Spoken, queued: ReplyQueued) -> None: ...
    def say(self, reply: str, text: str, manner: Manner) -> None: ...
    def nothing_owed(self) -> None: ...
    def happened(self, events: Sequence[Event]) -> None: ...
    async def moved(self, conversation: str) -> None: ...
    def finish(self, *, transfer: str | None = None) -> None: ...
    def apologise(self) -> None: ...
    @property
    def time(self) -> float: ...


class Follower:
    def __init__(self, desk: Desk, line: Line, party: Party) -> None:
        self._line, self._party = line, party
        self._reader = ReplyReader(desk.keys)
        self._working: set[str] = set()
        """Connector calls that have not come back."""
        self.conversation_over = False
        self.turn_ended_at: float | None = None
        """When the party ended its last input; taken by the reply that answers it."""

    async def follow(self) -> None:
        async for told in self._line.batches():
            self._reader.note(told.batch.events)
            if told.live:
                await self._live(told)

    async def _live(self, told: Told) -> None:
        batch = told.batch
        self._party.happened(batch.events)
        moved_to = self._moved_to(batch)
        for event in batch.events:
            match event:
                case ConnectorCallStarted(call=call):
                    self._working.add(call)
                case ConnectorCallReturned(call=call):
                    self._working.discard(call)
                case ReplyMade():
                    await self._reply(batch.conversation, event, told.phrases)
                case TransferRequested(target=target):
                    self.conversation_over = True
                    self._party.finish(transfer=target)
                case ConversationParked():
                    self._party.apologise()
                case LegDetached(leg=leg) if leg == self._line.leg and moved_to is None:
                    self._end()
                case ConversationEnded() if moved_to is None:
                    self._end()
                case _:
                    pass
        if moved_to is not None:
            self._working.clear()
            self._reader.forget()
            await self._line.follow(moved_to)
            await self._party.moved(moved_to)
        elif self._answers_nothing(batch):
            self._party.nothing_owed()

    def _end(self) -> None:
        self.conversation_over = True
        self._party.finish()

    def _moved_to(self, batch: Batch) -> str | None:
        moves = (event for event in batch.events if isinstance(event, LegMoved) and event.leg == self._line.leg)
        return next((event.to_conversation for event in moves), None)

    def _answers_nothing(self, batch: Batch) -> bool:
        if self._working or any(isinstance(event, ReplyMade) for event in batch.events):
            return False
        return any(not isinstance(event, ReplyHeard | TurnMeasured) for event in batch.events)

    async def _reply(self, conversation: str, reply: ReplyMade, phrases: tuple[str, ...]) -> None:
        spoken = Spoken(reply.reply, conversation, self._party.time, self.turn_ended_at)
        self.turn_ended_at = None
        self._party.speak(spoken, ReplyQueued(reply.reply, reply.expectation, phrases))
        try:
            words = await self._reader.words(conversation, reply)
            self._party.say(reply.reply, words, Manner.of(reply.expectation))
        except B2TError as error:
            FAILURES.labels("reply").inc()
            log.error("reply_not_readable", code=error.code, reply=reply.reply)
            self._party.apologise()
