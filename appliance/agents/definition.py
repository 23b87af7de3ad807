"""What an agent is: the types its YAML is read into. `document.py` reads them, `checks.py` judges what types cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from appliance.agents.steps import (
    FINISH,
    KINDS,
    STRICT,
    Answer,
    AnyStep,
    Ask,
    Branch,
    Call,
    CallBack,
    Collect,
    Confirm,
    End,
    HandOver,
    Name,
    Operated,
    Phrase,
    Remember,
    Route,
    Run,
    Say,
    Step,
    Text,
    Transfer,
    Undo,
    When,
    kind_of_step,
    named,
)
from appliance.agents.translation import Locale, Translation, Voice

__all__ = [
    "FINISH", "KINDS", "Answer", "Ask", "Branch", "Call", "CallBack", "Collect", "Confirm", "End", "HandOver",
    "Operated", "Remember", "Route", "Run", "Say", "Step", "Transfer", "Translation", "Undo", "Voice", "When",
    "kind_of_step",
]  # fmt: skip

OUT_OF_SCOPE = "out_of_scope"
FAILED, UNKNOWN, CAPTURE_LOST = "failed", "unknown", "capture_lost"
"""Outcomes that any operation may have undeclared; where a step does not route one of the latter two, `failed` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """What an intent is for that goes before everything else, wherever the conversation is: `words` in phrases as
    `urgent_words.py` has them, what `unless` fits left out; or a likelihood of `at` that it is meant. What is under way
    is let go, and its flow says what it has to say and gives the party to a person."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=1000)]
    unless: Annotated[tuple[Phrase, ...], Field(max_length=1000)] = ()
    at: Annotated[float, Field(ge=0, le=1)] = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """`starts` names a flow or `does` something built in. `offer` names it among what the agent can do."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text
    examples: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=2000)]
    """What parties say for it; `{account}` in one stands for every option of that entity."""
    starts: Name | None = None
    does: Literal["repeat", "cancel", "slower", "back", "help", "person"] | None = None
    """Works anywhere. What an agent has no intent of its own for comes from `builtin/`, in the agent's languages."""
    offer: Phrase | None = None
    urgent: Urgent | None = None
    """Whether it goes before everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitCount:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    min: Annotated[int, Field(ge=1, le=32)]
    max: Annotated[int, Field(ge=1, le=32)]


EntityType = Literal[
    "date", "time", "moment", "duration", "money", "number",
    "phone", "email", "account", "card_last_four", "person", "place",
]  # fmt: skip
PERSONAL: frozenset[str] = frozenset({"phone", "email", "account", "card_last_four", "person", "pattern", "digits"})
"""Types whose values go sealed, by reference, unless an entity says otherwise. docs/agents.md has the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Exactly one of: `options`, each with the ways it is said (the first is how the agent says it); a row of `digits`;
    a `type` that the appliance knows; a `pattern` (regular expression); `parts`, each another entity."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    options: dict[Name, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = field(default_factory=dict)
    digits: DigitCount | None = None
    type: EntityType | None = None
    pattern: Phrase | None = None
    parts: dict[Name, Name] = field(default_factory=dict)
    """Of a composite: what a part is called → the entity it is."""
    personal: bool | None = None
    """Whether its values are sealed and go by reference. Unless given, as `PERSONAL` says."""
    roles: dict[Name, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = field(default_factory=dict)
    """Slot → the words in front of a value that is meant for it: `from_account: [from, out of]`."""
    exact: bool = False
    """Of options: misspelt or misheard ones do not count."""
    prefer: Literal["future", "past"] = "future"
    """Which of two days or times is meant where neither was said: `Friday`, `the third of May`, `at three`."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """Of money without a currency said. Unless given, the locale's."""
    min: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    max: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    """Of money and numbers: what lies outside is not taken."""

    @property
    def kind(self) -> str:
        """Its type, or which of the other keys it has."""
        others = ("options", self.options), ("digits", self.digits), ("pattern", self.pattern), ("parts", self.parts)
        return self.type or next((name for name, given in others if given), "nothing")

    @property
    def plain(self) -> bool:
        """Whether it is options or digits and no more."""
        return self in (Entity(options=self.options), Entity(digits=self.digits))

    @property
    def sealed(self) -> bool:
        """Whether a value of it goes by reference. A composite is asked by its parts as well."""
        return self.kind in PERSONAL if self.personal is None else self.personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Secure:
    """Digits that go encrypted from the phone or the widget to the connectors, past everything else."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    min_digits: Annotated[int, Field(ge=1, le=32)]
    max_digits: Annotated[int, Field(ge=1, le=32)]
    label: Name = "pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """`entity` says what fits in, `secure` that it is collected securely, `holds` that only `remember` steps fill it.
    `keep`: known until the conversation ends, not just until its flow is done."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    entity: Name | None = None
    secure: Secure | None = None
    holds: Literal["number", "flag", "date"] | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """`afterwards` is said once it is done and nothing else waits: `anything_else` unless given; may be empty."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text
    steps: Annotated[
        tuple[AnyStep, ...],
        Field(min_length=1, max_length=200),
        BeforeValidator(named, json_schema_input_type=tuple[AnyStep, ...]),
    ]
    afterwards: Annotated[str, Field(max_length=1000)] | None = None

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def after(self, name: str) -> str:
        """Name of the step that follows in order, or `finish`."""
        names = [step.name for step in self.steps]
        place = names.index(name) + 1
        return names[place] if place < len(names) else FINISH


ArgumentKind = Literal["option", "digits", "secret", "value"]
"""`value`: whatever a slot may hold but secrets: a typed value as a literal or by reference, an option's name."""
ValueKind = Literal["money", "digits", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a connector's operation takes, and for each outcome the values that come with it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    arguments: dict[Name, ArgumentKind] = field(default_factory=dict)
    outcomes: Annotated[dict[Name, dict[Name, ValueKind]], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    operations: Annotated[dict[Name, Operation], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTarget:
    """Whom to put the party through to; `number` as the PBX dials it, where there is one."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text
    number: Annotated[str, Field(pattern=r"^\+?[0-9*#]{1,32}$")] | None = None


Pair = Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the agent says outside its flows. `{{ offers }}` lists what it can do."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    not_understood: Pair
    """The first time, and the second time in a row; the third leads to a person."""
    to_person: Text
    silence: Pair
    """The first time nothing is said, and the second in a row; the third ends the conversation."""
    silence_goodbye: Text
    anything_else: Text
    resume: Text
    """On the way back from something else; the question that waits follows."""
    cancelled: Text
    one_moment: Text
    """Where something is said while a connector works."""
    trouble: Text
    """Where something of ours does not work."""
    continued: Text
    """To a party that came over from another channel or whose call broke off; the question that waits follows."""
    code_refused: Text
    ended: Text
    """Where something is said after the end."""
    parked: Text
    """Where the conversation cannot go on and a person is offered."""
    corrected: Annotated[str, Field(max_length=1000)] = ""
    """Where something that was known already is changed; empty: the question comes again and nothing else."""
    slower: Text = "All right, more slowly."
    no_way_back: Text = "There is nothing before this that I could go back to."
    help: Text = "You can say: {{ offers }}."
    person: Text = "Of course. I will put you through to a colleague."
    likeliest: Text = "Did you mean: {{ first }}? Or: {{ second }}?"
    """The two intents' titles."""
    answer: Text = "{{ answer }} This is from: {{ source }}."
    """An answer from knowledge with its source."""
    one_by_one: Annotated[str, Field(max_length=1000)] = ""
    """Said before the second of several wishes of one sentence is taken up."""


Rung = Literal["again", "offers", "likeliest", "knowledge", "model", "person"]
"""What is tried in turn where nothing was understood: ask again in other words, say what can be said, offer the two
likeliest wishes, answer from knowledge, ask the language model, give the party to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """A knowledge base that answers may come from."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    title: Text
    """As it is named where an answer's document has no title."""
    generation: Annotated[str | None, Field(pattern=r"^[0-9a-f]{16}$")] = None
    """Of the documents in the agent's folder `knowledge/`: set when it is read from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryBudget:
    """By how much a candidate that has a share of new conversations may be worse before it is taken back by itself."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    containment: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of conversations that need no person may be lower by so much."""
    errors: Annotated[float, Field(ge=0, le=1)] = 0.02
    """The share of conversations in which a connector's call fails may be higher by so much."""
    slow: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of conversations with a turn above `slow_ms` may be higher by so much."""
    slow_ms: Annotated[float, Field(gt=0, le=60_000)] = 400
    """A turn that takes longer, from what was said to what is decided, is slow."""
    least: Annotated[int, Field(ge=5, le=100_000)] = 20
    """Nothing is judged before so many conversations of each version have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishBudget:
    """By how much a version may be understood worse than the published one that it follows."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    accuracy: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Of the examples left out of training, the share that is understood as its intent may be lower by so much."""
    out_of_scope: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share that is refused of what is none of its business may be lower by so much."""
    least: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Where none was published before, the least share of its own examples that is understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPolicy:
    """What a language model may do besides the rung `model` of the ladder, on a box that has one."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    phrases: bool = False
    """Word replies anew, where references, numbers and conditions stay as they are."""
    answers: bool = False
    """Answer from knowledge in sentences that the passages carry, in place of a quotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    person: Name = "person"
    """The transfer that the third misunderstanding in a row leads to."""
    idle_minutes: Annotated[float, Field(gt=0, le=10_080)] = 30
    """Nothing for so long ends the conversation; later contact is a new one."""
    resume_minutes: Annotated[float, Field(ge=0, le=60)] = 0
    """A call that broke off is gone on with by a new one from the same number within so long: in the same flow, with
    what was chosen from options, and nothing else. A number is no proof, so that the next caller from it learns that
    this flow was under way: 0, where that alone is private, begins anew."""
    silence_ms: Annotated[int, Field(ge=1000, le=120_000)] = 8000
    understood_at: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Below this confidence an intent counts as not understood."""
    switch_at: Annotated[float, Field(ge=0, le=1)] = 0.7
    """From this confidence on, an intent wins over an answer to the question that waits, and may end the conversation
    or put the party through to a person."""
    fallback: Annotated[tuple[Rung, ...], Field(min_length=1, max_length=8)] = ("again", "offers", "person")
    """What is tried, in order, where nothing was understood. A rung that has nothing to say is passed over."""
    likely_at: Annotated[float, Field(ge=0, le=1)] = 0.1
    """From this confidence on, an intent may be offered as one of the two likeliest."""
    anger_at: Annotated[float, Field(ge=0, le=1)] | None = None
    """Whoever is angry with more than this likelihood is put through to `person` at once; unless given, nobody is."""
    regression: Annotated[float, Field(ge=0, le=1)] = 0.02
    """By so much may the shares that scenarios reach fall from the version in use to one that is published."""
    publish: PublishBudget = field(default_factory=PublishBudget)
    """The same of how well it is understood."""
    canary: CanaryBudget = field(default_factory=CanaryBudget)
    model: ModelPolicy = field(default_factory=ModelPolicy)


LearningEngine = Literal["linear", "setfit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """How what parties want is learnt from the examples when the agent is published."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    engine: LearningEngine = "linear"
    """`linear` takes seconds. `setfit` tunes the embedding model to the examples first: minutes, and the extra `train`
    has to be installed on the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A whole definition. Nothing in it may be changed; a change is another version."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Name
    title: Text
    locales: Annotated[tuple[Locale, ...], Field(min_length=1)]
    """The first is the one it is written in; those with a translation are answered in their own words."""
    greeting: Text
    texts: Texts
    intents: Annotated[dict[Name, Intent], Field(min_length=1)]
    flows: Annotated[dict[Name, Flow], Field(min_length=1)]
    transfers: Annotated[dict[Name, TransferTarget], Field(min_length=1)]
    entities: dict[Name, Entity] = field(default_factory=dict)
    slots: dict[Name, Slot] = field(default_factory=dict)
    connectors: dict[Name, Connector] = field(default_factory=dict)
    knowledge: dict[Name, Knowledge] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)
    understanding: Learning = field(default_factory=Learning)
    translations: dict[Locale, Translation] = field(default_factory=dict)
    """Each a file `locales/LOCALE.yaml` of the agent's folder."""
    policies: Policies = field(default_factory=Policies)

    def operation(self, called: str) -> Operation | None:
        connector, _, operation = called.partition(".")
        found = self.connectors.get(connector)
        return found.operations.get(operation) if found else None

    def entity_of(self, slot: str) -> Entity | None:
        name = self.slots[slot].entity if slot in self.slots else None
        return self.entities.get(name) if name else None

    @property
    def offers(self) -> str:
        return "; ".join(intent.offer for intent in self.intents.values() if intent.offer)
