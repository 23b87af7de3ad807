"""A conversation's batches as the operator reads them: redacted, in order, with what each stage took. No I/O.

What was said is opened with the redacted key alone, so references stay references: no value can appear here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance.conversation.summing import SUMMARY_PLACE
from appliance.errors import Tampered
from appliance.events import (
    ConnectorCallReturned,
    ConnectorCallStarted,
    ConversationEnded,
    ConversationParked,
    ConversationStarted,
    Event,
    FlowFinished,
    FlowStarted,
    LegAttached,
    LegDetached,
    LegMoved,
    NotUnderstood,
    PartyWaited,
    ReplyHeard,
    ReplyMade,
    Sealed,
    SecureCaptureEnded,
    SlotFilled,
    TransferRequested,
    TurnHeard,
    TurnMeasured,
    TurnUnderstood,
)
from appliance.insights.rows import StoredBatch
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place

STAGES = (
    "speech_end",
    "endpoint",
    "recognised",
    "redacted",
    "understood",
    "decided",
    "recorded",
    "first_audio",
    "voice_to_voice",
    "heard_until",
)
"""In the order in which a turn meets them; others follow."""
ERASED = "[erased]"
UNREADABLE = "[not readable]"


@dataclass(slots=True)
class Line:
    """One thing that happened. `stages`: durations in ms, in the order in which they are met."""

    sequence: int
    at: str
    who: str
    """`party`, `agent`, or `box` for what is not said."""
    text: str
    stages: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


Show = Callable[[str], str]
"""From redacted text as it was sealed to what its reader sees of it."""


def transcript(batches: Iterable[tuple[int, StoredBatch]], keys: ConversationKeys | None, show: Show) -> list[Line]:
    """Every line in order; stages measured later stand with the turn or reply they belong to.

    `keys` is None once they are erased: then everything but the words is shown.
    """
    telling = _Telling(keys, show)
    for sequence, batch in batches:
        at = batch.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for event in batch.events:
            telling.take(sequence, at, event)
        if batch.unread:
            telling.lines.append(Line(sequence, at, "box", f"{batch.unread} events this release does not know"))
    return telling.lines


class _Telling:
    """The lines so far, and which of them a later event adds to."""

    def __init__(self, keys: ConversationKeys | None, show: Show) -> None:
        self.lines: list[Line] = []
        self._keys = keys
        self._show = show
        self._turns: dict[str, Line] = {}
        self._replies: dict[str, Line] = {}

    def take(self, sequence: int, at: str, event: Event) -> None:
        match event:
            case TurnHeard():
                line = Line(sequence, at, "party", self._text(heard_place(event.input_id), event.text))
                line.details = {"turn": event.turn, "leg": event.leg, "modality": event.modality.value}
                if event.confidence is not None:
                    line.details["confidence"] = round(event.confidence, 3)
                self._turns[event.turn] = line
                self.lines.append(line)
            case ReplyMade():
                line = Line(sequence, at, "agent", self._text(reply_place(event.reply), event.text))
                line.details = {"reply": event.reply}
                self._replies[event.reply] = line
                self.lines.append(line)
            case TurnUnderstood() | ReplyHeard() | TurnMeasured():
                self._add(event)
            case TransferRequested():
                line = Line(sequence, at, "box", f"transfer to {event.target} requested")
                if event.summary is not None:
                    line.details["summary"] = self._text(SUMMARY_PLACE, event.summary)
                self.lines.append(line)
            case _:
                text = _note(event)
                if text is not None:
                    self.lines.append(Line(sequence, at, "box", text))

    def _text(self, place: str, sealed: Sealed | None) -> str:
        if sealed is None:
            return ""
        if self._keys is None:
            return ERASED
        try:
            return self._show(self._keys.unseal_text(place, sealed))
        except Tampered:
            return UNREADABLE

    def _add(self, event: TurnUnderstood | ReplyHeard | TurnMeasured) -> None:
        match event:
            case TurnUnderstood(understanding=found):
                if event.turn in self._turns:
                    understood = {"intent": found.intent, "intent_confidence": round(found.confidence, 3)}
                    self._turns[event.turn].details.update(understood)
            case ReplyHeard():
                if event.reply in self._replies:
                    heard = {"heard_ms": event.heard_ms, "total_ms": event.total_ms, "interrupted": event.interrupted}
                    self._replies[event.reply].details.update(heard)
            case TurnMeasured():
                target = self._turns.get(event.turn or "") or self._replies.get(event.reply or "")
                if target is not None:
                    target.stages = _ordered({**target.stages, **event.stages})


def _ordered(stages: dict[str, float]) -> dict[str, float]:
    known = [name for name in STAGES if name in stages]
    return {name: round(stages[name], 1) for name in (*known, *sorted(set(stages) - set(known)))}


def _note(event: Event) -> str | None:
    """One short line for what was not said; ids and names only."""
    match event:
        case ConversationStarted():
            after = f", continued from {event.continued_from}" if event.continued_from else ""
            return f"started with {event.agent} {event.version[:12]} on {event.channel.value}{after}"
        case LegAttached():
            known = "" if event.identity.assurance == "none" else f", {event.identity.assurance.value}"
            return f"leg {event.leg} attached ({event.channel.value}{known})"
        case LegDetached():
            return f"leg {event.leg} left ({event.reason})"
        case LegMoved():
            return f"leg {event.leg} goes on in {event.to_conversation}"
        case FlowStarted():
            return f"flow {event.flow} started ({event.reason})"
        case FlowFinished():
            return f"flow {event.flow} finished ({event.outcome})"
        case SlotFilled():
            return f"{event.slot} = {event.value}"
        case SecureCaptureEnded():
            return f"secure capture ended ({event.outcome})"
        case ConnectorCallStarted():
            return f"asks {event.connector} for {event.operation}"
        case ConnectorCallReturned():
            return f"connector answered {event.outcome} after {event.took_ms:.0f} ms"
        case NotUnderstood():
            return f"not understood ({event.times} in a row)"
        case PartyWaited():
            return f"nothing came for {event.waited_ms} ms"
        case ConversationParked():
            return f"parked ({event.reason})"
        case ConversationEnded():
            return f"ended ({event.reason}): {event.outcome}"
        case _:
            return None
