"""What dialogue asks of inference about text, and what inference answers; audio has `streams.py`.

Detection sees raw text and keeps none. Understanding sees redacted text only. A copy of inference that was not there when
a version was trained answers `untrained`: the asker has it trained and asks again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import TypeAdapter

from appliance.events import Understanding
from appliance.ports import PersonalSpan

DETECT: Final = "b2t.inference.detect"
UNDERSTAND: Final = "b2t.inference.understand"
TRAIN: Final = "b2t.inference.train"
DETECT_S: Final = 1.0
UNDERSTAND_S: Final = 1.0
TRAIN_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectAsked:
    """`expects`: what the last reply asked for. Where digits are, any run of them is personal; where a secret is, it is
    a secret."""

    text: str
    language: str = "en-US"
    expects: Literal["digits", "secret"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectAnswered:
    """Spans in order, none overlapping. `failed`: the text must not be stored."""

    outcome: Literal["detected", "failed"]
    spans: tuple[PersonalSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstandAsked:
    """`text` has references such as `<CARD_1>`. `expects` names the entity that the last reply asked for."""

    agent: str
    version: str
    text: str
    language: str = "en-US"
    expects: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstandAnswered:
    """The intent is one that was trained, or None where it is none of them. Entities are options of what was trained."""

    outcome: Literal["understood", "untrained", "failed"]
    understanding: Understanding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainAsked:
    """Asked again for the same version, it is answered at once. `entities`: name → option → the ways it is said."""

    agent: str
    version: str
    examples: dict[str, tuple[str, ...]]
    entities: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    language: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainAnswered:
    outcome: Literal["trained", "failed"]
    took_ms: float = 0.0


DETECT_ASKED: TypeAdapter[DetectAsked] = TypeAdapter(DetectAsked)
DETECT_ANSWERED: TypeAdapter[DetectAnswered] = TypeAdapter(DetectAnswered)
UNDERSTAND_ASKED: TypeAdapter[UnderstandAsked] = TypeAdapter(UnderstandAsked)
UNDERSTAND_ANSWERED: TypeAdapter[UnderstandAnswered] = TypeAdapter(UnderstandAnswered)
TRAIN_ASKED: TypeAdapter[TrainAsked] = TypeAdapter(TrainAsked)
TRAIN_ANSWERED: TypeAdapter[TrainAnswered] = TypeAdapter(TrainAnswered)
