"""Events become rows: a pure function of one stored batch, so that reading the log again gives the same rows.

Free text never comes this far: it is sealed in the events, and insights has no key. Counterpart of the tables in
`services.insights.store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from appliance.errors import Invalid
from appliance.events import (
    EVENT,
    ConversationEnded,
    ConversationStarted,
    Event,
    LegAttached,
    TurnHeard,
    TurnMeasured,
    TurnUnderstood,
)


@dataclass(frozen=True, slots=True)
class Started:
    sequence: int
    conversation: str
    at: datetime
    agent: str
    version: str
    channel: str
    continued_from: str | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A leg of the conversation."""

    sequence: int
    conversation: str
    at: datetime
    leg: str
    channel: str
    assurance: str


@dataclass(frozen=True, slots=True)
class Turn:
    sequence: int
    conversation: str
    at: datetime
    turn: str
    leg: str
    modality: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Understood:
    sequence: int
    conversation: str
    at: datetime
    turn: str
    intent: str | None
    confidence: float
    language: str | None
    sentiment: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage of one turn (or of a reply without one), in milliseconds."""

    sequence: int
    conversation: str
    at: datetime
    turn: str | None
    stage: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class Ended:
    sequence: int
    conversation: str
    at: datetime
    reason: str
    outcome: str


Row = Started | Joined | Turn | Understood | Measured | Ended
ROW_TYPES: tuple[type[Row], ...] = (Started, Joined, Turn, Understood, Measured, Ended)


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as far as rows need it; `unread` counts events of a kind this release does not know."""

    conversation: str
    at: datetime
    events: tuple[Event, ...]
    unread: int


@dataclass(frozen=True, slots=True)
class _Envelope:
    conversation: str
    at: datetime
    events: list[dict[str, object]]


_ENVELOPE: TypeAdapter[_Envelope] = TypeAdapter(_Envelope)


def read_batch(data: bytes) -> StoredBatch:
    """A stored batch. Events that a later release wrote are left out and counted; Invalid where it is no batch."""
    try:
        envelope = _ENVELOPE.validate_json(data)
    except ValidationError:
        raise Invalid("what is stored is not a batch of events") from None
    events = [event for event in map(_event, envelope.events) if event is not None]
    at = envelope.at if envelope.at.tzinfo else envelope.at.replace(tzinfo=UTC)
    return StoredBatch(envelope.conversation, at.astimezone(UTC), tuple(events), len(envelope.events) - len(events))


def _event(raw: dict[str, object]) -> Event | None:
    try:
        return EVENT.validate_python(raw)
    except ValidationError:
        return None


def rows_of(sequence: int, batch: StoredBatch) -> list[Row]:
    """The rows of one batch, stored at `sequence` of the stream."""
    return list(_rows(sequence, batch.conversation, batch.at, batch.events))


def _rows(sequence: int, conversation: str, at: datetime, events: Iterable[Event]) -> Iterator[Row]:
    place = (sequence, conversation, at)
    for event in events:
        match event:
            case ConversationStarted():
                yield Started(*place, event.agent, event.version, event.channel.value, event.continued_from)
            case LegAttached():
                yield Joined(*place, event.leg, event.channel.value, event.identity.assurance.value)
            case TurnHeard():
                yield Turn(*place, event.turn, event.leg, event.modality.value, event.confidence)
            case TurnUnderstood(understanding=found):
                yield Understood(*place, event.turn, found.intent, found.confidence, found.language, found.sentiment)
            case TurnMeasured():
                for stage, took_ms in sorted(event.stages.items()):
                    yield Measured(*place, event.turn, stage, float(took_ms))
            case ConversationEnded():
                yield Ended(*place, event.reason, event.outcome)
            case _:
                pass
