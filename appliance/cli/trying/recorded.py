"""A past conversation as it can be played again: what the party said and keyed, redacted, and what came of each turn.

Sans-I/O. What values stood behind references is not here; `replaying.py` puts typed stand-ins, or those it may know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from appliance import events as e
from appliance.agents.definition import OUT_OF_SCOPE
from appliance.privacy.references import IN_TEXT
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place

Kind = Literal["start", "said", "keyed", "secure", "waited"]
NOBODY = "none"


@dataclass(slots=True)
class Outcome:
    """What came of a turn, as far as two of them can be compared: references by kind alone."""

    intent: str | None = None
    replies: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    flow: str = NOBODY
    """`flow/step` where the conversation waits then."""
    transfer: str | None = None
    ended: bool = False

    @property
    def reply(self) -> str:
        return " ".join(self.replies)


@dataclass(slots=True)
class RecordedTurn:
    """`text` has references in it. `secure`: how the capture ended."""

    kind: Kind
    text: str = ""
    references: tuple[e.Reference, ...] = ()
    secure: str = ""
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a connector answered: the outcome, and the reference that each value got."""

    outcome: str
    values: Mapping[str, e.Reference]


@dataclass(slots=True)
class Recorded:
    conversation: str
    channel: str = "chat"
    locale: str = "en-US"
    agent: str = ""
    version: str = ""
    turns: list[RecordedTurn] = field(default_factory=list)
    """The first is the start."""
    answers: dict[str, list[Answered]] = field(default_factory=dict)
    """Operation → what it answered, in turn."""


class Watching:
    """Turns events into what came of a turn; the same for what was and for what is now."""

    def __init__(self) -> None:
        self._stack: list[tuple[str, str | None]] = []

    def take(self, outcome: Outcome, event: e.Event) -> None:
        match event:
            case e.TurnUnderstood(understanding=understanding):
                outcome.intent = outcome.intent or understanding.intent or OUT_OF_SCOPE
            case e.FlowStarted():
                self._stack.append((event.flow, None))
            case e.StepReached() if self._stack:
                self._stack[-1] = (event.flow, event.step)
            case e.FlowFinished() if self._stack:
                self._stack.pop()
            case e.ConnectorCallStarted():
                outcome.calls.append(_call(event))
            case e.TransferRequested():
                outcome.transfer = event.target
            case e.ConversationEnded():
                outcome.ended = True
        if self._stack:
            flow, step = self._stack[-1]
            outcome.flow = f"{flow}/{step}" if step else flow
        else:
            outcome.flow = NOBODY


def recorded(conversation: str, batches: Iterable[Sequence[e.Event]], keys: ConversationKeys) -> Recorded:
    """All of it in order: what one input led to is one batch, or several. Raises Tampered where a text cannot be opened
    with these keys."""
    found, watching, calls = Recorded(conversation), Watching(), dict[str, str]()
    for events in batches:
        turn = _turn(events, keys)
        found.turns += [turn] if turn is not None else []
        for event in events:
            match event:
                case e.ConversationStarted():
                    found.channel, found.locale = event.channel.value, event.locale
                    found.agent, found.version = event.agent, event.version
                case e.ConnectorCallStarted():
                    calls[event.call] = f"{event.connector}.{event.operation}"
                case e.ConnectorCallReturned() if event.call in calls:
                    answered = Answered(event.outcome, event.values)
                    found.answers.setdefault(calls[event.call], []).append(answered)
            if not found.turns:
                continue
            outcome = found.turns[-1].outcome
            if isinstance(event, e.ReplyMade):
                outcome.replies.append(by_kind(keys.unseal_text(reply_place(event.reply), event.text)))
            watching.take(outcome, event)
    return found


def _turn(events: Sequence[e.Event], keys: ConversationKeys) -> RecordedTurn | None:
    """What the party did that led to these events; None where it was a connector's answer or the like. What is said may
    end a capture, and waiting too: that is no turn of its own."""
    kinds = {type(event): event for event in reversed(events)}
    if e.ConversationStarted in kinds:
        return RecordedTurn("start")
    heard = kinds.get(e.TurnHeard)
    if isinstance(heard, e.TurnHeard):
        return _heard(heard, keys)
    ended = kinds.get(e.SecureCaptureEnded)
    if isinstance(ended, e.SecureCaptureEnded):
        return RecordedTurn("secure", secure=ended.outcome)
    return RecordedTurn("waited") if e.PartyWaited in kinds else None


def _heard(event: e.TurnHeard, keys: ConversationKeys) -> RecordedTurn:
    text = keys.unseal_text(heard_place(event.input_id), event.text) if event.text is not None else ""
    kind: Kind = "keyed" if event.modality is e.Modality.KEYS else "said"
    return RecordedTurn(kind, text, event.references)


def _call(event: e.ConnectorCallStarted) -> str:
    shown = {
        name: "secret" if name in event.captures else _BARE.sub(r"<\1>", value)
        for name, value in sorted(event.arguments.items())
    }
    return f"{event.connector}.{event.operation}({', '.join(f'{name}: {value}' for name, value in shown.items())})"


def by_kind(text: str) -> str:
    """References without their numbers: those of two conversations count differently."""
    return IN_TEXT.sub(lambda found: f"<{_COUNT.sub('', found[1])}>", text)


_COUNT = re.compile(r"_(?:[0-9]{1,6}|r[0-9a-f]{10})$")
_BARE = re.compile(r"^([A-Z]+(?:_[A-Z]+)*)_(?:[0-9]{1,6}|r[0-9a-f]{10})$")
