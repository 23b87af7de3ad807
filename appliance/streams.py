"""Sessions over the bus: numbered frames, credits and a lease, so that a lost frame or a dead peer is never silent.

Sans-I/O and the same on both sides. The opener picks the session's id, listens on `b2t.session.<opener>.<id>.out` and
sends an open request on its own subject; the worker that takes it listens on `b2t.session.<opener>.<id>.in` and answers
`Opened`. The opener's name is in every subject, so that the bus lets no channel hear or speak in another's sessions.
From then on each side sends frames numbered from 0. Audio and text need a credit a frame; every other kind does not.
Either side sends a beat when it has sent nothing for `BEAT_S`; a peer not heard for `LEASE_S` is gone. Counterparts:
`speech` and `language_model` of `appliance.adapters` (openers) and `services.inference.sessions` (worker).

A frame is version u8 (1), kind u8, number u32 big-endian, then the payload.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from appliance.errors import Unavailable
from appliance.ports import Transcript

VERSION: Final = 1
HEADER: Final = struct.Struct("!BBI")
BEAT_S: Final = 0.4
LEASE_S: Final = 1.5
MAX_PAYLOAD: Final = 64 * 1024

OPEN_TRANSCRIPTION: Final = "b2t.inference.transcribe.open"
OPEN_SYNTHESIS: Final = "b2t.inference.synthesize.open"
OPEN_GENERATION: Final = "b2t.inference.generate.open"
QUEUE: Final = "inference"
Opener = Literal["phone", "gateway", "operator", "dialogue"]
OPENERS: Final[tuple[Opener, ...]] = ("phone", "gateway", "operator")
"""Of speech. A language model is asked by dialogue alone."""
GENERATION_OPENERS: Final[tuple[Opener, ...]] = ("dialogue",)


class Kind(IntEnum):
    AUDIO = 1
    """PCM, either way. Costs a credit."""
    CREDIT = 2
    """u32: so many more audio frames may be sent to me."""
    BEAT = 3
    FINISH = 4
    """Opener: the utterance is over, give the final transcript."""
    CANCEL = 5
    """Opener: drop everything."""
    PARTIAL = 6
    """Worker: a `Transcript` as JSON."""
    FINAL = 7
    """Worker: the final `Transcript` as JSON; nothing follows."""
    END = 8
    """Worker: all audio or text was sent; nothing follows. Of text: how it ended, as `appliance.ports.Piece` says."""
    FAILED = 9
    """Worker: a `Refusal` as JSON; nothing follows."""
    TEXT = 10
    """Worker: some of a generated text, UTF-8. Costs a credit."""


CREDITED: Final = frozenset({Kind.AUDIO, Kind.TEXT})


class StreamBroken(Unavailable):
    """A frame was lost or not understood, or the peer is gone. What the session carried must be done again."""

    code = "stream-broken"


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTranscription:
    session: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    language: Annotated[str, Field(max_length=35)] = "en"
    sample_rate: Literal[8000, 16000] = 8000
    phrases: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=2000)] = ()
    digits: bool = False
    amounts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSynthesis:
    session: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    text: Annotated[str, Field(max_length=8000)]
    voice: Annotated[str, Field(max_length=100)] = ""
    language: Annotated[str, Field(max_length=35)] = "en"
    sample_rate: Literal[8000, 16000, 22050, 24000, 48000] = 8000
    credits: Annotated[int, Field(ge=1, le=1024)] = 64
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGeneration:
    """A language model's answer to a prompt, in a shape where one is given (`appliance.ports.Shape`)."""

    session: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    rules: Annotated[str, Field(max_length=16_000)]
    given: Annotated[str, Field(max_length=64_000)]
    schema: Annotated[str | None, Field(max_length=64_000)] = None
    grammar: Annotated[str | None, Field(max_length=64_000)] = None
    tokens: Annotated[int, Field(ge=1, le=4096)] = 256
    within_ms: Annotated[int, Field(ge=1, le=60_000)] = 4000
    credits: Annotated[int, Field(ge=1, le=1024)] = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The session is open at `engine`; the opener may send `credits` audio frames before it is granted more."""

    session: str
    engine: str
    credits: int = 0
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    code: str
    title: str
    retryable: bool = False
    kind: Literal["refusal"] = "refusal"


OPENING_TRANSCRIPTION: TypeAdapter[OpenTranscription] = TypeAdapter(OpenTranscription)
OPENING_SYNTHESIS: TypeAdapter[OpenSynthesis] = TypeAdapter(OpenSynthesis)
OPENING_GENERATION: TypeAdapter[OpenGeneration] = TypeAdapter(OpenGeneration)
OPENED: TypeAdapter[Opened | Refusal] = TypeAdapter(Annotated[Opened | Refusal, Field(discriminator="kind")])
REFUSAL: TypeAdapter[Refusal] = TypeAdapter(Refusal)
TRANSCRIPT: TypeAdapter[Transcript] = TypeAdapter(Transcript)


def opening_subject(kind: str, opener: str) -> str:
    """Where this opener asks for a session of a kind (`OPEN_TRANSCRIPTION`, `OPEN_SYNTHESIS`, `OPEN_GENERATION`)."""
    return f"{kind}.{opener}"


def inward(opener: str, session: str) -> str:
    """The subject on which the worker hears the opener."""
    return f"b2t.session.{opener}.{session}.in"


def outward(opener: str, session: str) -> str:
    """The subject on which the opener hears the worker."""
    return f"b2t.session.{opener}.{session}.out"


@dataclass(slots=True)
class Endpoint:
    """One side of one session. Times are seconds on this side's monotonic clock, given by whoever drives it."""

    credits: int
    """Audio frames this side may still send."""
    window: int
    """Audio frames the peer was allowed to send ahead; returned in halves as they are consumed."""
    now: float
    _sent: int = 0
    _taken: int = 0
    _consumed: int = 0
    _last_sent: float = field(init=False)
    _last_heard: float = field(init=False)

    def __post_init__(self) -> None:
        self._last_sent = self._last_heard = self.now

    def begin(self, credits: int, now: float) -> None:
        """The session was opened just now. Frames may have come before the answer that says so."""
        self.credits += credits
        self._last_sent = self._last_heard = now

    def send(self, kind: Kind, payload: bytes, now: float) -> bytes:
        """The next frame's bytes. Sending audio or text without a credit is a mistake of the caller's."""
        if kind in CREDITED:
            if self.credits <= 0:
                raise ValueError("no credit left")
            self.credits -= 1
        data = HEADER.pack(VERSION, kind, self._sent) + payload
        self._sent += 1
        self._last_sent = now
        return data

    def take(self, data: bytes, now: float) -> Frame | None:
        """What the peer sent, or None where it only kept the session going. Raises StreamBroken."""
        if len(data) < HEADER.size or len(data) > HEADER.size + MAX_PAYLOAD:
            raise StreamBroken("A frame of the session has no sensible length.")
        version, code, number = HEADER.unpack_from(data)
        if version != VERSION or code not in _KINDS:
            raise StreamBroken("A frame of the session is of an unknown kind.")
        if number != self._taken:
            raise StreamBroken("A frame of the session was lost.")
        self._taken += 1
        self._last_heard = now
        kind, payload = Kind(code), data[HEADER.size :]
        if kind is Kind.CREDIT:
            if len(payload) != 4:
                raise StreamBroken("A credit of the session is malformed.")
            self.credits += int.from_bytes(payload, "big")
            return None
        return None if kind is Kind.BEAT else Frame(kind, payload)

    def consumed(self, now: float) -> bytes | None:
        """One frame of the peer's audio or text was dealt with: the credit to send back, where it is time for one."""
        self._consumed += 1
        if self._consumed * 2 < self.window:
            return None
        amount, self._consumed = self._consumed, 0
        return self.send(Kind.CREDIT, amount.to_bytes(4, "big"), now)

    def tick(self, now: float) -> bytes | None:
        """Call at least every `BEAT_S`: the beat to send, if any. Raises StreamBroken where the peer is gone."""
        if now - self._last_heard > LEASE_S:
            raise StreamBroken("The other side of the session is gone.")
        return self.send(Kind.BEAT, b"", now) if now - self._last_sent >= BEAT_S else None


_KINDS: Final = frozenset(int(kind) for kind in Kind)
