"""What a file `locales/LOCALE.yaml` of an agent has: the definition's own keys, with what is said in another language.

Whatever is left out is as the definition has it. Names, rules and connectors are the same in every language.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated, ClassVar, Final

from pydantic import ConfigDict, Field

from appliance.agents.steps import STRICT, Name, Phrase, Text

Locale = Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")]
MaybeEmpty = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """`name` as the engine that speaks knows it; unless given, its usual one of the language."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+-]+$")] = "en-us"
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentSaid:
    """Of an intent that is urgent: its words in this language, beside those of every other."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=1000)]
    unless: Annotated[tuple[Phrase, ...], Field(max_length=1000)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentSaid:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text | None = None
    examples: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=2000)] | None = None
    offer: Phrase | None = None
    urgent: UrgentSaid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySaid:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    options: dict[Name, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = field(default_factory=dict)
    roles: dict[Name, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = field(default_factory=dict)
    pattern: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSaid:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    say: Text | None = None
    text: Text | None = None
    confirm: Text | None = None
    again: Text | None = None
    wrong: Text | None = None
    summary: Text | None = None
    hints: Annotated[tuple[Phrase, ...], Field(max_length=200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSaid:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text | None = None
    steps: dict[Name, StepSaid] = field(default_factory=dict)
    """By the step's name; one without a name is its kind and place, such as `say_2`."""
    afterwards: MaybeEmpty | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text | None = None
    greeting: Text | None = None
    texts: dict[Name, MaybeEmpty | Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]] = field(
        default_factory=dict
    )
    intents: dict[Name, IntentSaid] = field(default_factory=dict)
    entities: dict[Name, EntitySaid] = field(default_factory=dict)
    flows: dict[Name, FlowSaid] = field(default_factory=dict)
    transfers: dict[Name, Titled] = field(default_factory=dict)
    knowledge: dict[Name, Titled] = field(default_factory=dict)
    voice: Voice | None = None


STEP_TEXTS: Final = tuple(one.name for one in fields(StepSaid))
