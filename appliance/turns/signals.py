"""What goes into turn-taking (facts, past tense) and what comes out of it (orders, imperative)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from appliance.events import Expectation

FRAME_MS = 32

# Facts


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """32 ms of the party's audio were looked at."""

    probability: float


@dataclass(frozen=True, slots=True)
class KeyPressed:
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """The recogniser on an utterance: so far, or for good."""

    utterance: int
    text: str = field(repr=False)
    confidence: float | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """The utterance will not be recognised any more."""

    utterance: int


@dataclass(frozen=True, slots=True)
class ReplyQueued:
    """The agent has made a reply; its audio is on its way. `phrases` are those expected next."""

    reply: str
    expectation: Expectation
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """Its first audio has gone out."""

    reply: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """Its last audio has gone out, or none will. `more`: further replies wait."""

    reply: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class NothingOwed:
    """Dialogue took the last input and will say nothing to it."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """At least every 100 ms where no frames come."""


Fact = (
    FrameHeard
    | KeyPressed
    | WordsHeard
    | RecognitionFailed
    | ReplyQueued
    | ReplyStarted
    | ReplyEnded
    | NothingOwed
    | TimePassed
)

# Orders


@dataclass(frozen=True, slots=True)
class DuckReply:
    """Make what sounds softer."""


@dataclass(frozen=True, slots=True)
class RestoreReply:
    """As loud as before."""


@dataclass(frozen=True, slots=True)
class PauseReply:
    """Silence at once; it may go on."""


@dataclass(frozen=True, slots=True)
class ResumeReply:
    """It was no interruption: go on where it was paused, as loud as before."""


@dataclass(frozen=True, slots=True)
class StopReply:
    """Silence at once and for good, with whatever waits behind it."""


@dataclass(frozen=True, slots=True)
class StartListening:
    """Recognise from shortly before now on."""

    utterance: int


@dataclass(frozen=True, slots=True)
class FinishListening:
    """The utterance is over: have it recognised for good."""

    utterance: int


@dataclass(frozen=True, slots=True)
class DropListening:
    utterance: int


@dataclass(frozen=True, slots=True)
class MuteListening:
    """From now on no audio of the party is kept or given to anybody, and what is kept is thrown away."""


@dataclass(frozen=True, slots=True)
class UnmuteListening:
    pass


@dataclass(frozen=True, slots=True)
class TellSaid:
    """`ended_at`: when the party's speech ended, `speech_ms` after its onset; `endpoint_ms`: how long silence was
    waited for after that; `recognised_ms`: how long the recogniser took from there."""

    text: str = field(repr=False)
    confidence: float | None
    ended_at: float
    speech_ms: float
    endpoint_ms: float
    recognised_ms: float


@dataclass(frozen=True, slots=True)
class TellKeyed:
    digits: str = field(repr=False)
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class TellCaptured:
    """`digits` are there for `valid` only. They go nowhere but, encrypted, to the connectors."""

    capture: str
    outcome: Literal["valid", "invalid", "cancelled", "timeout"]
    digits: str = field(default="", repr=False)
    ended_at: float = 0.0


@dataclass(frozen=True, slots=True)
class TellWaited:
    waited_ms: int


@dataclass(frozen=True, slots=True)
class FillSilence:
    """The agent owes a reply and nothing is heard: say that it takes a moment."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The agent owes a reply for too long: apologise and end the call."""


Order = (
    DuckReply
    | RestoreReply
    | PauseReply
    | ResumeReply
    | StopReply
    | StartListening
    | FinishListening
    | DropListening
    | MuteListening
    | UnmuteListening
    | TellSaid
    | TellKeyed
    | TellCaptured
    | TellWaited
    | FillSilence
    | GiveUp
)
