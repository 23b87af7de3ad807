"""What an engine must be able to do, by capability; the engines themselves are in `models/`, one file per library.

Audio everywhere is mono, signed 16-bit little-endian PCM (`bytes`), its rate named beside it in Hz. An engine is loaded
once and serves many sessions; a session is one utterance. Calls block: the inference service runs them off its loop,
except voice activity, which is fast enough to run where the frames are. Engines see raw data and keep none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Hints:
    """What is expected next: whole phrases, and whether digits, or whole amounts of money, may be said.

    Empty means anything.
    """

    phrases: tuple[str, ...] = ()
    digits: bool = False
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word as it was recognised: milliseconds from the utterance's beginning."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """Text as heard; `confidence` in 0..1 (None where the engine has none); `final` once the utterance is over."""

    text: str
    final: bool
    confidence: float | None = None
    words: tuple[SpokenWord, ...] = ()
    """Of a final one, where the engine knows when each word was said."""


@runtime_checkable
class Transcription(Protocol):
    """One utterance being recognised."""

    def feed(self, pcm: bytes) -> Transcript | None:
        """Take audio at the engine's `sample_rate`; the partial transcript if it changed."""
        ...

    def finish(self) -> Transcript:
        """End the utterance and give the final transcript; the session may not be used afterwards."""
        ...

    def close(self) -> None:
        """Give the session up without a result. Safe to call twice and after `finish`."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechToTextCapabilities:
    name: str
    sample_rate: int
    languages: tuple[str, ...]
    streaming: bool
    grammar: bool
    """True if hints bind (nothing else can be recognised), False if they merely bias."""


class SpeechToText(Protocol):
    capabilities: SpeechToTextCapabilities

    def open(self, hints: Hints, language: str) -> Transcription: ...


@dataclass(frozen=True, slots=True)
class TextToSpeechCapabilities:
    name: str
    sample_rate: int
    voices: tuple[str, ...]
    languages: tuple[str, ...]


class TextToSpeech(Protocol):
    capabilities: TextToSpeechCapabilities

    def speak(self, text: str, voice: str, language: str, speed: float = 1.0) -> Iterator[bytes]:
        """PCM chunks at the engine's `sample_rate`, as they are made; closing the iterator stops the work. `speed` is
        of the engine's own pace: 0.5 takes twice as long."""
        ...


class VoiceActivity(Protocol):
    """One stream's detector; state lives in the object."""

    sample_rate: int
    frame_samples: int

    def probability(self, frame: bytes) -> float:
        """Probability in 0..1 that this frame of `frame_samples` samples is speech."""
        ...

    def reset(self) -> None: ...


class Embedding(Protocol):
    dimensions: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit-length vector a text."""
        ...


@dataclass(frozen=True, slots=True)
class IntentScore:
    intent: str
    probability: float


class IntentClassifier(Protocol):
    """Trained at publish for one agent version."""

    def classify(self, text: str) -> list[IntentScore]:
        """All intents, likeliest first, probabilities summing to 1; `out_of_scope` is one of them."""
        ...


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """`language` as ISO 639 names it (`en`); None where a text has no words. `confidence` from 0 to 1."""

    language: str | None
    confidence: float


class LanguageIdentifier(Protocol):
    @property
    def languages(self) -> tuple[str, ...]: ...

    def warm(self) -> None:
        """Load now what the first question would load."""
        ...

    def identify(self, text: str, among: Sequence[str] = ()) -> LanguageGuess:
        """Among these languages or locales, or an engine's usual ones. Raises Invalid for one it does not know."""
        ...


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """A piece of personal data in a text: half-open character range, kind in capitals (`CARD`, `SSN`, `EMAIL`, …)."""

    start: int
    end: int
    kind: str
    score: float
    secret: bool = False
    """True for sensitive authentication data: never stored, not even sealed."""
    value: str | None = None
    """What it stands for, as JSON of `appliance.privacy.values`; None where its characters say it."""


class PersonalDataDetector(Protocol):
    def detect(self, text: str, language: str) -> list[PersonalSpan]:
        """Non-overlapping spans in order."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """`rules` are the appliance's own words; `given` is data, some of it what parties and documents say. Redacted."""

    rules: str
    given: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer is held to while it is made: a JSON Schema (as JSON), or a grammar in llama.cpp's GBNF with the
    rule `root`. Neither: any text."""

    schema: str | None = None
    grammar: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """`tokens` of the answer at most, `within_s` seconds in all, the prompt's reading among them."""

    tokens: int = 256
    within_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Text as it is made. The last one says how it ended: by itself, or cut off at its tokens or its time."""

    text: str
    end: Literal["stop", "length", "time"] | None = None


@dataclass(frozen=True, slots=True)
class LanguageModelCapabilities:
    name: str
    model: str
    """The weights' name."""
    context: int
    """Tokens of prompt and answer together."""
    schema: bool
    grammar: bool


class LanguageModel(Protocol):
    capabilities: LanguageModelCapabilities

    def generate(
        self,
        prompt: Prompt,
        shape: Shape = ...,
        bounds: Bounds = ...,
        stopped: Callable[[], bool] = ...,
    ) -> Iterator[Piece]:
        """The answer piece by piece, the last with its `end`. `stopped` is asked between tokens and while the prompt is
        read; once it says so, the answer ends by `time`. Closing the iterator stops the work as well. The same prompt
        gives the same answer. Raises Full where it has no place left, Invalid for a prompt that is too long or a shape
        that is none."""
        ...


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What `b2t doctor` and the API say of an engine that is loaded."""

    port: str
    name: str
    languages: tuple[str, ...] = field(default=())
