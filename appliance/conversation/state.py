"""What a conversation is at one moment. Only `folding.py` makes a new one.

State and frame have no slots: one is made of another with a few fields changed some 25 times a turn, and a dictionary
is copied in C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from appliance.events import (
    Channel,
    ConnectorCallStarted,
    ConversationEnded,
    Identity,
    Reference,
    ReplyHeard,
    ReplyMade,
    SecureCaptureStarted,
    TurnHeard,
    TurnUnderstood,
)

CHATS = (Channel.CHAT, Channel.API)
"""Channels whose party can come back to the same conversation."""


@dataclass(frozen=True, slots=True)
class Leg:
    leg: str
    channel: Channel
    identity: Identity = field(default_factory=Identity)
    tries: int = 0
    """Wrong one-time codes keyed on it."""

    @property
    def spoken(self) -> bool:
        return self.channel not in CHATS


@dataclass(frozen=True)
class Frame:
    """A flow that runs. `values` maps slots and returned values to option or reference names (a secure slot: to its
    capture's id), `outcomes` call steps to what came of them."""

    flow: str
    step: str | None = None
    answered: bool = False
    """The step that waited has what it waited for, while something else was on top."""
    values: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    capture: SecureCaptureStarted | None = None
    call: str | None = None
    part: bool = False
    """It runs as part of the flow beneath."""
    path: tuple[str, ...] = ()
    """The last steps it came by."""
    tries: int = 0
    """How often the call that the step waits for has failed."""


@dataclass(frozen=True)
class State:
    conversation: str
    agent: str = ""
    version: str = ""
    locale: str = ""
    number: int = 0
    """Of the last batch."""
    taken: int = 0
    """Inbox sequence up to which inputs are taken."""
    at: str = ""
    """Time of the last batch."""
    legs: tuple[Leg, ...] = ()
    """Attached now."""
    channels: frozenset[Channel] = frozenset()
    """Every channel there has been."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Leg → conversation it went on in."""
    speaking: Leg | None = None
    """The leg that spoke or arrived last."""
    stack: tuple[Frame, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    """Those that are kept; others live in their frame."""
    references: Mapping[str, Reference] = field(default_factory=dict)
    calls: Mapping[str, ConnectorCallStarted] = field(default_factory=dict)
    """Started and not returned, also those nobody waits for any more."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """`flow/step/outcome` → how often."""
    last_flow: str | None = None
    done: int = 0
    """Flows that were finished."""
    turns: int = 0
    inputs: tuple[str, ...] = ()
    """Ids of the last inputs that were heard: one sent again is not heard again, however late it comes."""
    understood: TurnUnderstood | None = None
    postponed: tuple[TurnUnderstood, ...] = ()
    queue: tuple[tuple[int, TurnUnderstood], ...] = ()
    """Further wishes of a turn by their number in it, for when nothing else runs."""
    said: TurnHeard | None = None
    """The last turn."""
    lately: tuple[TurnHeard, ...] = ()
    """The last few, the youngest last: a number may be said over all of them."""
    answers: frozenset[str] = frozenset()
    """Those of them that filled a slot."""
    asking: str | None = None
    """Knowledge or the language model is asked about a turn by this call."""
    misunderstood: int = 0
    place: int | None = None
    """Of the rung of the ladder that was tried last."""
    offered: tuple[str, ...] = ()
    """The intents that were offered as the likeliest."""
    speed: float | None = None
    """How fast the party wants to be spoken to, of the agent's own speed."""
    silences: int = 0
    reply: ReplyMade | None = None
    """The last one."""
    replies: tuple[str, ...] = ()
    """Ids of the last few."""
    heard: ReplyHeard | None = None
    """What the party last heard of a reply, and whether it interrupted it."""
    transferred: str | None = None
    ended: ConversationEnded | None = None
    unreadable: Literal["unknown_event", "damaged"] | None = None
    """The log holds what this release cannot read."""
    parked: bool = False
    """… and that has been said."""

    @property
    def started(self) -> bool:
        return self.number > 0

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None

    @property
    def unit(self) -> tuple[Frame, ...]:
        """The flow on top with those it runs as part of, the one on top last."""
        first = len(self.stack) - 1
        while first > 0 and self.stack[first].part:
            first -= 1
        return self.stack[max(first, 0) :]

    def leg(self, name: str) -> Leg | None:
        return next((leg for leg in self.legs if leg.leg == name), None)

    def value(self, slot: str) -> str | None:
        """Of a slot or returned value, as the running flow knows it."""
        if self.stack and slot in self.stack[-1].values:
            return self.stack[-1].values[slot]
        return self.slots.get(slot)


_Kept = TypeVar("_Kept", State, Frame)


def changed(kept: _Kept, **changes: Any) -> _Kept:
    """`dataclasses.replace`, in an eighth of the time: this was most of what a turn cost."""
    known = kept.__dataclass_fields__.keys()
    if not changes.keys() <= known:
        raise TypeError(f"A {type(kept).__name__} has no {', '.join(sorted(changes.keys() - known))}.")
    made = object.__new__(type(kept))
    vars(made).update(vars(kept), **changes)
    return made
