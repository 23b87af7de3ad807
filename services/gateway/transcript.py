"""A conversation's batches as its readers see them: what was said, what was replied, how it ended. No I/O.

The party itself sees values in place of references; everybody else sees the references. A `Story` is fed every batch
from the first on, since a later reply may name what was said in an earlier turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from appliance.events import (
    Batch,
    ConnectorCallReturned,
    ConversationEnded,
    ConversationStarted,
    Event,
    LegAttached,
    LegDetached,
    LegMoved,
    Reference,
    ReplyHeard,
    ReplyMade,
    Sealed,
    SecureCapture,
    SecureCaptureEnded,
    TurnHeard,
    TurnUnderstood,
)
from appliance.privacy.policy import MASKED, ReadingPolicy
from appliance.privacy.references import names_in, render, reveal
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place
from appliance.privacy.values import DEFAULT_LOCALE


class View(StrEnum):
    PARTY = "party"
    REDACTED = "redacted"


@dataclass(frozen=True, slots=True)
class Said:
    sequence: int
    input_id: str
    turn: str
    leg: str
    modality: str
    text: str


@dataclass(frozen=True, slots=True)
class Replied:
    sequence: int
    reply: str
    turn: str | None
    text: str
    secure: SecureCapture | None


@dataclass(frozen=True, slots=True)
class Moved:
    sequence: int
    leg: str
    to_conversation: str


@dataclass(frozen=True, slots=True)
class Ended:
    sequence: int
    reason: str


Shown = Said | Replied | Moved | Ended


@dataclass(slots=True)
class Story:
    """What one reader must remember of a conversation to make sense of its next batch."""

    view: View
    number: int = 0
    """Number of the last batch taken; the next one has the next."""
    sequence: int = 0
    """Stream sequence of the last batch taken."""
    legs: set[str] = field(default_factory=set)
    """Legs attached now."""
    unheard: set[str] = field(default_factory=set)
    """Replies nobody has reported delivered."""
    ended: str | None = None
    locale: str = DEFAULT_LOCALE
    policy: ReadingPolicy = MASKED
    """What a reader who was not in it sees where a value was."""
    _references: dict[str, Reference] = field(default_factory=dict)

    def take(self, sequence: int, batch: Batch, keys: ConversationKeys) -> list[Shown]:
        """What the batch shows. Taken twice, it shows nothing the second time. Raises Tampered."""
        if batch.number <= self.number:
            return []
        shown = [made for event in batch.events if (made := self._event(sequence, event, keys)) is not None]
        self.number, self.sequence = batch.number, sequence
        return shown

    def _event(self, sequence: int, event: Event, keys: ConversationKeys) -> Shown | None:
        match event:
            case ConversationStarted():
                self.locale = event.locale
            case TurnUnderstood():
                self.locale = event.locale or self.locale
            case TurnHeard():
                self._learn(event.references)
                if event.text is not None:
                    text = self.text(keys, heard_place(event.input_id), event.text)
                    return Said(sequence, event.input_id, event.turn, event.leg, str(event.modality), text)
            case ConnectorCallReturned():
                self._learn(event.values.values())
            case ReplyMade():
                self.unheard.add(event.reply)
                text = self.text(keys, reply_place(event.reply), event.text)
                return Replied(sequence, event.reply, event.turn, text, event.expectation.secure)
            case ReplyHeard():
                self.unheard.discard(event.reply)
            case LegAttached():
                self.legs.add(event.leg)
            case LegDetached():
                self.legs.discard(event.leg)
            case LegMoved():
                self.legs.discard(event.leg)
                return Moved(sequence, event.leg, event.to_conversation)
            case ConversationEnded():
                self.ended = event.reason
                return Ended(sequence, event.reason)
            case _:
                pass
        return None

    def _learn(self, references: Any) -> None:
        if self.view is View.PARTY:
            self._references.update({reference.name: reference for reference in references})

    def text(self, keys: ConversationKeys, place: str, sealed: Sealed) -> str:
        """What lies sealed at a place, as this reader may see it. Raises Tampered."""
        text = keys.unseal_text(place, sealed)
        if self.view is View.REDACTED:
            return self.policy.show(keys.conversation, text)
        named = [self._references[name] for name in names_in(text) if name in self._references]
        return render(text, reveal(keys, named), "written", self.locale)


def closed_captures(batches: list[tuple[int, Batch]]) -> frozenset[str]:
    """Captures that have ended: a field for them is not shown again."""
    return frozenset(
        event.capture for _, batch in batches for event in batch.events if isinstance(event, SecureCaptureEnded)
    )
