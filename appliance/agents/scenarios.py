"""Scenarios: conversations an agent has to hold as written, with what has to come of every turn.

They lie in `scenarios/*.yaml` of an agent's folder and are no part of its version. `variants.py` makes more of each;
`b2t agents test` plays them by what a box runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from appliance.agents import definition as d
from appliance.agents.document import Document, Mistake, NotYaml, Path_, Place, dotted, read_document, texts_of
from appliance.agents.mistakes import mistakes
from appliance.agents.naming import Found, named_as
from appliance.agents.steps import STRICT, Name, Operated, Phrase

T = TypeVar("T")

FOLDER = "scenarios"
SIMULATED = "simulated*.yaml"
"""Files of the folder that are no scenarios: see `simulated.py`."""
Variation = Literal["paraphrase", "typos", "recogniser", "interruption", "digression"]
VARIATIONS: tuple[Variation, ...] = ("paraphrase", "typos", "recogniser", "interruption", "digression")


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _contained(value: Any) -> Any:
    return {"contains": [value]} if isinstance(value, str) else value


Several = Annotated[tuple[Phrase, ...], BeforeValidator(_several, json_schema_input_type=tuple[Phrase, ...] | Phrase)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """All that the agent says to a turn, as the party hears or reads it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    contains: Several = ()
    lacks: Several = ()
    equals: str | None = None
    matches: Phrase | None = None
    """A regular expression that is found in it."""


Value = str | bool | float
Values = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What has to come of a turn; what is not named may be anything."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    intent: str | None = None
    """`out_of_scope` for none of the agent's."""
    slots: Values = field(default_factory=dict)
    """Slot → what it holds: an option's name, digits, or a value as it is written (`$50.00`)."""
    flow: str | None = None
    """That runs now; `none` where none does."""
    step: str | None = None
    """That it waits at."""
    calls: dict[Operated, Values] | None = None
    """Which operations were asked for, with those of their arguments that matter; `{}` for none."""
    reply: Annotated[Reply, BeforeValidator(_contained, json_schema_input_type=Reply | Phrase)] | None = None
    hidden: Several = ()
    """What may stand nowhere in clear: not in stored text, not in slots. Values behind references never may."""
    transfer: Name | None = None
    ended: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Exactly one of `say`, `keys`, `secure`, `wait`. `or` are other ways to say it, each another variant."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    say: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,64}$")] | None = None
    secure: Annotated[str, Field(pattern=r"^([0-9]{1,32}|cancelled|timeout|invalid)$")] | None = None
    wait: Literal[True] | None = None
    """Nothing is said for as long as the agent waits."""
    ways: Several = ()
    expect: Expect = field(default_factory=Expect)

    @property
    def shown(self) -> str:
        if self.say is not None:
            return f'"{self.say}"'
        return f"keys {self.keys}" if self.keys else f"secure {self.secure}" if self.secure else "silence"


Results = Annotated[tuple[Values, ...], BeforeValidator(lambda given: [given] if isinstance(given, dict) else given)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`connectors`: `demo`, or operation → what it answers, in turn; the last answer stays."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Name
    turns: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=60)]
    channel: Literal["chat", "phone"] = "chat"
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] | None = None
    greeting: Annotated[Reply, BeforeValidator(_contained, json_schema_input_type=Reply | Phrase)] | None = None
    connectors: Literal["demo"] | dict[Operated, Results] = field(default_factory=dict)
    vary: tuple[Variation, ...] = VARIATIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=2000)]


_FILE: TypeAdapter[File] = TypeAdapter(File)


@dataclass(frozen=True, slots=True)
class Written:
    """A scenario and where it stands; `variant` says what was made of it, where it is not as written."""

    scenario: Scenario
    document: Document
    number: int
    """Of the scenario in its file, from 0."""
    variant: str | None = None
    origin: tuple[int | None, ...] = ()
    """Of a variant: for each turn, the written turn it comes from; None for one that was put in."""
    again: Mapping[int, str] = field(default_factory=dict)
    """Turn → what is said again, once, where the turn was not understood."""

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def title(self) -> str:
        return self.scenario.name + (f" [{self.variant}]" if self.variant else "")

    def place(self, turn: int | None = None, /, *keys: str | int) -> Place:
        """Of the scenario, a turn of it, or what a turn expects."""
        written = turn if turn is None or not self.origin else self.origin[turn]
        path: Path_ = ("scenarios", self.number)
        if written is not None:
            path = (*path, "turns", written, *(("expect", *keys) if keys else ()))
        elif turn is None and keys:
            path = (*path, *keys)
        return self.document.place_of(path)


class ScenarioMistakes(Exception):
    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in found))
        self.mistakes = found


def load_scenarios(folder: Path, agent: d.Agent) -> tuple[Written, ...]:
    """All of an agent's folder, in order. Raises ScenarioMistakes; nothing where there are none."""
    files = set((folder / FOLDER).glob("*.yaml")) - set((folder / FOLDER).glob(SIMULATED))
    found, wrong = read_each(folder, files, lambda name, text: read_scenarios(name, text, agent))
    seen: dict[str, Written] = {}
    for one in found:
        if (before := seen.setdefault(one.scenario.name, one)) is not one:
            place = one.place(None, "name")
            wrong.append(Mistake(place, "name", f'"{one.scenario.name}" is in {before.place()} already'))
    if wrong:
        raise ScenarioMistakes(tuple(wrong))
    return tuple(found)


def read_each(
    folder: Path, files: Iterable[Path], read: Callable[[str, str], tuple[T, ...]]
) -> tuple[list[T], list[Mistake]]:
    """What is in files of an agent's folder `scenarios/`, by name, and what is wrong in any of them."""
    found: list[T] = []
    wrong: list[Mistake] = []
    for file in sorted(files):
        name = f"{folder.name}/{FOLDER}/{file.name}"
        try:
            found += read(name, texts_of({name: file})[name])
        except NotYaml as error:
            wrong.append(error.mistake)
        except ScenarioMistakes as error:
            wrong += error.mistakes
    return found, wrong


def checked(name: str, text: str, form: TypeAdapter[T], check: Callable[[T], Iterator[Found]]) -> tuple[T, Document]:
    """One file of this form, and where all of it stands. Raises NotYaml, ScenarioMistakes."""
    document = read_document({name: text})
    try:
        file = form.validate_python(document.value)
    except ValidationError as error:
        found = tuple(mistakes(document, error.errors(include_url=False), form.json_schema()))
        raise ScenarioMistakes(found) from None
    wrong = tuple(
        Mistake(document.place_of(path), dotted(path), problem, suggestion) for path, problem, suggestion in check(file)
    )
    if wrong:
        raise ScenarioMistakes(wrong)
    return file, document


def read_scenarios(name: str, text: str, agent: d.Agent) -> tuple[Written, ...]:
    """One file. Raises NotYaml, ScenarioMistakes."""

    def check(file: File) -> Iterator[Found]:
        for number, scenario in enumerate(file.scenarios):
            yield from _check(agent, ("scenarios", number), scenario)

    file, document = checked(name, text, _FILE, check)
    return tuple(Written(scenario, document, number) for number, scenario in enumerate(file.scenarios))


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a file of scenarios."""
    schema = _FILE.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "B2T Voice scenarios", **schema}


# ---- names that lead nowhere ---------------------------------------------------------------------------------------


def _check(agent: d.Agent, path: Path_, scenario: Scenario) -> Iterator[Found]:
    operations = [f"{name}.{one}" for name, connector in agent.connectors.items() for one in connector.operations]
    if scenario.connectors != "demo":
        yield from checked_answers(agent, (*path, "connectors"), scenario.connectors)
    for number, turn in enumerate(scenario.turns):
        place: Path_ = (*path, "turns", number)
        if [turn.say, turn.keys, turn.secure, turn.wait].count(None) != 3:
            yield place, "has exactly one of the keys say, keys, secure, wait", None
        if turn.ways and turn.say is None:
            yield (*place, "ways"), "is for say only", None
        yield from _expect(agent, (*place, "expect"), turn.expect, operations)


def checked_answers(agent: d.Agent, path: Path_, scripted: Mapping[str, tuple[Values, ...]]) -> Iterator[Found]:
    """Whether what connectors are to answer is something that the operations can answer."""
    operations = [f"{name}.{one}" for name, connector in agent.connectors.items() for one in connector.operations]
    for called, results in scripted.items():
        yield from named_as((*path, called), called, operations, "operation")
        for result in results:
            yield from _result(agent, (*path, called), called, result)


def _result(agent: d.Agent, path: Path_, called: str, result: Values) -> Iterator[Found]:
    operation = agent.operation(called)
    if operation is None:
        return
    outcome = str(result.get("outcome", ""))
    always = (d.FAILED, d.UNKNOWN, d.CAPTURE_LOST)
    yield from named_as(path, outcome, [*operation.outcomes, *always], "outcome")
    declared = operation.outcomes.get(outcome, {})
    for value in result:
        if value != "outcome" and outcome in operation.outcomes:
            yield from named_as(path, value, declared, "value")
    for value in declared:
        if value not in result:
            yield path, f'the value "{value}" of {outcome} is missing', None


def _expect(agent: d.Agent, path: Path_, expect: Expect, operations: list[str]) -> Iterator[Found]:
    if expect.intent is not None:
        yield from named_as((*path, "intent"), expect.intent, [*agent.intents, d.OUT_OF_SCOPE], "intent")
    for slot in expect.slots:
        yield from named_as((*path, "slots", slot), slot, agent.slots, "slot")
    if expect.flow is not None:
        yield from named_as((*path, "flow"), expect.flow, [*agent.flows, "none"], "flow")
    if expect.step is not None:
        flows = [agent.flows[expect.flow]] if expect.flow in agent.flows else list(agent.flows.values())
        known = [step.name for flow in flows for step in flow.steps]
        yield from named_as((*path, "step"), expect.step, known, "step")
    for called, given in (expect.calls or {}).items():
        yield from named_as((*path, "calls", called), called, operations, "operation")
        operation = agent.operation(called)
        for argument in given:
            known = list(operation.arguments) if operation else []
            yield from named_as((*path, "calls", called, argument), argument, known, "argument")
    if expect.transfer is not None:
        yield from named_as((*path, "transfer"), expect.transfer, agent.transfers, "transfer")
    if expect.reply is not None and expect.reply.matches is not None:
        try:
            re.compile(expect.reply.matches)
        except re.error as error:
            yield (*path, "reply", "matches"), f"is not a regular expression: {error.msg}", None
