"""What dialogue asks of the inference service: detect personal data, understand, train. Speech is in `speech.py`.

The messages are here, for both sides; the service's side is `services.inference.language`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from appliance import errors
from appliance.adapters.nats import Bus
from appliance.agents.definition import Entity, LearningEngine
from appliance.agents.understood import Taught
from appliance.agents.understood import Understood as Figures
from appliance.events import Understanding
from appliance.ports import PersonalSpan

DETECT: Final = "b2t.inference.detect"
UNDERSTAND: Final = "b2t.inference.understand"
TRAIN: Final = "b2t.inference.train"
MEASURE: Final = "b2t.inference.measure"
QUEUE: Final = "inference"
MAX_TEXT: Final = 8000
DETECT_WITHIN_S: Final = 2.0
UNDERSTAND_WITHIN_S: Final = 2.0
TRAIN_WITHIN_S: Final[dict[str, float]] = {"linear": 120.0, "setfit": 3600.0}
"""By engine."""
MEASURE_WITHIN_S: Final = 180.0

Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]
Moment = Annotated[datetime, Field(description="Now, where the party is, with its time zone.")]
Words = Annotated[str, Field(max_length=MAX_TEXT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detect:
    text: Words
    language: str = "en"
    expecting_secret: bool = False
    """A PIN or code was asked for: a bare row of digits is taken as one."""
    version: Version | None = None
    """Of the agent: what its definition calls personal is found as well, with its value."""
    expects: tuple[str, ...] = ()
    """The entities asked for."""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Detected:
    spans: tuple[PersonalSpan, ...]
    took_ms: float = 0.0
    kind: Literal["detected"] = "detected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understand:
    """`text` is redacted. `expects` names the entities asked for: they are looked for first, and more leniently.
    `at` is what `tomorrow` is counted from."""

    version: Version
    text: Words
    language: str = "en"
    expects: tuple[str, ...] = ()
    at: Moment | None = None
    languages: tuple[str, ...] = ()
    """Locales that the party may speak; an engine's usual languages unless given."""


@dataclass(frozen=True, slots=True)
class Understood:
    understanding: Understanding
    took_ms: float = 0.0
    kind: Literal["understood"] = "understood"


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """All that an agent's version must understand. `version` names its content: training it again changes nothing."""

    version: Version
    intents: dict[str, tuple[str, ...]]
    """Intent → what parties say for it."""
    entities: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """Entity → option → the ways it is said."""
    typed: dict[str, Entity] = field(default_factory=dict)
    """Entity → its definition, where it is more than a plain list of options."""
    language: str = "en"
    engine: LearningEngine = "linear"


@dataclass(frozen=True, slots=True)
class Trained:
    version: str
    took_ms: float
    cached: bool
    kind: Literal["trained"] = "trained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How well these examples teach; with `published` both are asked what that version was taught."""

    draft: Taught
    published: Taught | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Measured:
    figures: Figures
    took_ms: float
    kind: Literal["measured"] = "measured"


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    title: str
    retryable: bool = False
    kind: Literal["problem"] = "problem"


DETECTING: TypeAdapter[Detect] = TypeAdapter(Detect)
UNDERSTANDING: TypeAdapter[Understand] = TypeAdapter(Understand)
TRAINING: TypeAdapter[Train] = TypeAdapter(Train)
MEASURING: TypeAdapter[Measure] = TypeAdapter(Measure)
Result = Detected | Understood | Trained | Measured | Problem
RESULT: TypeAdapter[Result] = TypeAdapter(Annotated[Result, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose entities personal data may be, which of them are asked for, and when."""

    version: str
    expects: tuple[str, ...] = ()
    at: datetime | None = None


Wanted = TypeVar("Wanted", Detected, Understood, Trained, Measured)
_ERRORS: Final[dict[str, type[errors.B2TError]]] = {
    kind.code: kind for kind in (errors.Invalid, errors.Unknown, errors.Full, errors.Unavailable)
}


class InferenceClient:
    """Every call raises Unavailable where the service does not answer in time, and Invalid for what it cannot take."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def detect(
        self,
        text: str,
        language: str = "en",
        *,
        expecting_secret: bool = False,
        asked: Asked | None = None,
    ) -> tuple[PersonalSpan, ...]:
        """Personal data in raw text: spans in order, apart. `asked`: also what the agent's definition calls so."""
        order = Detect(text=text, language=language, expecting_secret=expecting_secret)
        if asked is not None:
            order = replace(order, version=asked.version, expects=asked.expects, at=asked.at)
        return (await self._ask(DETECT, DETECTING.dump_json(order), Detected, DETECT_WITHIN_S)).spans

    async def understand(
        self,
        version: str,
        text: str,
        language: str = "en",
        expects: tuple[str, ...] = (),
        at: datetime | None = None,
        languages: tuple[str, ...] = (),
    ) -> Understanding:
        """Intent and entities of redacted text, its language and how it is said. Raises Unknown where this version was
        never trained."""
        order = Understand(version=version, text=text, language=language, expects=expects, at=at, languages=languages)
        answer = await self._ask(UNDERSTAND, UNDERSTANDING.dump_json(order), Understood, UNDERSTAND_WITHIN_S)
        return answer.understanding

    async def train(
        self,
        version: str,
        intents: dict[str, tuple[str, ...]],
        entities: dict[str, dict[str, tuple[str, ...]]] | None = None,
        language: str = "en",
        typed: dict[str, Entity] | None = None,
        engine: LearningEngine = "linear",
    ) -> Trained:
        """Train at publish; what was trained before is answered at once. The engine setfit takes minutes."""
        order = Train(
            version=version,
            intents=intents,
            entities=entities or {},
            typed=typed or {},
            language=language,
            engine=engine,
        )
        return await self._ask(TRAIN, TRAINING.dump_json(order), Trained, TRAIN_WITHIN_S[engine])

    async def measure(self, draft: Taught, published: Taught | None = None, language: str = "en") -> Figures:
        """Each example asked for that was left out of training: some seconds."""
        order = Measure(draft=draft, published=published, language=language)
        return (await self._ask(MEASURE, MEASURING.dump_json(order), Measured, MEASURE_WITHIN_S)).figures

    async def _ask(self, subject: str, order: bytes, wanted: type[Wanted], within_s: float) -> Wanted:
        try:
            answer = RESULT.validate_json(await self._bus.request(subject, order, timeout_s=within_s))
        except ValidationError:
            raise errors.Unavailable("The inference service's answer is not understood.") from None
        if isinstance(answer, Problem):
            raise _ERRORS.get(answer.code, errors.Unavailable)(answer.title)
        if not isinstance(answer, wanted):
            raise errors.Unavailable("The inference service answered something else.")
        return answer
