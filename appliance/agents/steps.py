"""What flows are made of: the types of their steps. `definition.py` has the rest of an agent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Field(min_length=1, max_length=1000)]
"""What is said: a template over slots and returned values, such as `Your balance is {{ balance }}.`"""
Phrase = Annotated[str, Field(min_length=1, max_length=200)]
Condition = Annotated[str, Field(min_length=1, max_length=400)]
"""CEL over slots, `known.SLOT`, `outcome.STEP` and what else `conditions.py` names: `amount > 500.0 && spoken`."""
Operated = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}\.[a-z][a-z0-9_]{0,47}$")]
STRICT = ConfigDict(extra="forbid")

FINISH = "finish"
"""As the name of a next step: the flow is done."""


def _route(value: Any) -> Any:
    return {"next": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where to go on; from the (`at_most` + 1)th time within the conversation, `then` instead."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    next: Name
    at_most: Annotated[int, Field(ge=1, le=20)] | None = None
    then: Name | None = None


Routed = Annotated[Route, BeforeValidator(_route, json_schema_input_type=Route | Name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Says something and goes on."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    say: Text
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Asks until slot `ask` is filled. Passed over where it is filled already, but asked anew where a step or an
    outcome leads here by name. `check` is a condition that an answer has to fulfil, `wrong` is said where it does not.
    After `retries` vain answers on end the flow goes on at `otherwise`, or with a person; without `retries` the
    agent's ladder decides. `skip` is another slot, of options: whoever says one of them instead passes the question
    over. `hints` are phrases that the recogniser should expect besides the entity's own."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    ask: Name
    text: Text
    again: Text | None = None
    check: Condition | None = None
    wrong: Text | None = None
    retries: Annotated[int, Field(ge=1, le=10)] | None = None
    otherwise: Name | None = None
    skip: Name | None = None
    hints: Annotated[tuple[Phrase, ...], Field(max_length=200)] = ()
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Asks `confirm` and goes on where the party says yes; where it says no, at the step `no`, or the flow is
    cancelled. A slot of the flow that is said anew is corrected, and the question comes again."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    confirm: Text
    again: Text | None = None
    no: Name | None = None
    retries: Annotated[int, Field(ge=1, le=10)] | None = None
    otherwise: Name | None = None
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Collects the secure slot `collect` past everything but the connectors. Always anew."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    collect: Name
    text: Text
    again: Text | None = None
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What takes a call back: asked for where its flow is cancelled or fails after one of the outcomes `after`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    call: Operated
    arguments: dict[Name, Name] = field(default_factory=dict)
    after: Annotated[tuple[Name, ...], Field(min_length=1)] = ("ok", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Asks a connector (`connector.operation`). `arguments`: its argument to the slot that fills it; `say` is said
    while it works; `outcomes`: where to go on. `retries`: how often it is asked again, as another call, where it
    `failed`; never where its outcome is unknown."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    call: Operated
    outcomes: Annotated[dict[Name, Routed], Field(min_length=1)]
    arguments: dict[Name, Name] = field(default_factory=dict)
    say: Text | None = None
    timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = 5000
    retries: Annotated[int, Field(ge=0, le=5)] = 0
    undo: Undo | None = None
    name: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Goes on by the option in the slot `branch`, or by the outcome of the call step of that name."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    branch: Name
    cases: Annotated[dict[Name, Name], Field(min_length=1)]
    otherwise: Name
    name: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Goes on at `then` where the condition holds, else at `otherwise` or in order. A condition over something that is
    not known does not hold."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    when: Condition
    then: Name
    otherwise: Name | None = None
    name: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Fills slot `remember` with a `value` of the definition, what a CEL `expression` gives, or what another slot or
    returned value (`same_as`) holds; an expression that gives nothing leaves it as it is."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    remember: Name
    value: bool | float | Phrase | None = None
    expression: Condition | None = None
    same_as: Name | None = None
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answers what was said last from the knowledge base `answer`, with its source; where it has none, goes on at
    `otherwise`. `say` is said while it is looked up."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    answer: Name
    otherwise: Name
    say: Text | None = None
    timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = 5000
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Runs another flow as part of this one: it knows this flow's slots, and what it fills is known afterwards."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    run: Name
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Puts the party through to a person: one of the agent's `transfers`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    transfer: Name
    say: Text
    name: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Puts the party through to a person, who is told `summary` besides what is always told: the flow, its slots and
    the last words, redacted."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    hand_over: Name
    say: Text
    summary: Text
    name: Name = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """Has a call-back scheduled by the operation `call_back` (`connector.operation`), which takes the arguments `at`
    and `number`, filled by the slots of these keys, and has the outcome `ok`; any other leads to `otherwise`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    call_back: Operated
    at: Name
    number: Name
    otherwise: Name
    say: Text | None = None
    timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = 5000
    name: Name = ""
    next: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Says its last words and ends the conversation."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    end: Literal["goodbye"]
    say: Text
    name: Name = ""


Step = (
    Say | Ask | Collect | Call | Branch | Transfer | End
    | Confirm | When | Remember | Answer | Run | HandOver | CallBack
)  # fmt: skip
KINDS = (
    "say", "ask", "collect", "call", "branch", "transfer", "end",
    "confirm", "when", "remember", "answer", "run", "hand_over", "call_back",
)  # fmt: skip
"""A step is of the kind whose key it has. Some may have a `say` beside their own key."""
_KIND_OF = dict(zip(get_args(Step), KINDS, strict=True))
CLASS_OF = {kind: step.__name__ for step, kind in _KIND_OF.items()}


def kind_of_step(value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"#{_KIND_OF[type(value)]}" if type(value) in _KIND_OF else None
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) > 1 and "say" in kinds:
        kinds.remove("say")
    return f"#{kinds[0]}" if len(kinds) == 1 else None


AnyStep = Annotated[
    Annotated[Say, Tag("#say")]
    | Annotated[Ask, Tag("#ask")]
    | Annotated[Collect, Tag("#collect")]
    | Annotated[Call, Tag("#call")]
    | Annotated[Branch, Tag("#branch")]
    | Annotated[Transfer, Tag("#transfer")]
    | Annotated[End, Tag("#end")]
    | Annotated[Confirm, Tag("#confirm")]
    | Annotated[When, Tag("#when")]
    | Annotated[Remember, Tag("#remember")]
    | Annotated[Answer, Tag("#answer")]
    | Annotated[Run, Tag("#run")]
    | Annotated[HandOver, Tag("#hand_over")]
    | Annotated[CallBack, Tag("#call_back")],
    Discriminator(
        kind_of_step,
        custom_error_type="step_kind",
        custom_error_message=f"a step has exactly one of these keys: {', '.join(KINDS)}",
    ),
]


def named(steps: Any) -> Any:
    """Give every step without a name one: its kind and place, such as `say_2`."""
    if not isinstance(steps, list | tuple):
        return steps
    return [
        {**step, "name": f"{(kind_of_step(step) or '#step')[1:]}_{number}"}
        if isinstance(step, dict) and "name" not in step
        else step
        for number, step in enumerate(steps, 1)
    ]
