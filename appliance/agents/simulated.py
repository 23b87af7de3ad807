"""Simulated users: who they are, what they want and when they have it. They talk to an agent by rules, not by a script.

They lie in `scenarios/simulated*.yaml` of an agent's folder and are no part of its version. `simulated_user.py` is how
they talk; `b2t agents test` lets them talk to what a box runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from appliance.agents import definition as d
from appliance.agents.document import Document, Mistake, Path_, Place
from appliance.agents.naming import Found, named_as
from appliance.agents.scenarios import (
    FOLDER,
    SIMULATED,
    Results,
    ScenarioMistakes,
    Several,
    Values,
    checked,
    checked_answers,
    read_each,
)
from appliance.agents.steps import STRICT, Name, Operated

Style = Literal[
    "plain", "terse", "chatty", "corrects_itself", "digresses", "angry", "changes_mind", "answers_two"
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """When the user has what they want: all that is named, in the course of the conversation."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    calls: dict[Operated, Values] = field(default_factory=dict)
    """Operations that were asked for, with those of their arguments that matter."""
    flow: Name | None = None
    """That was finished."""
    reply: Several = ()
    """What the agent has said; letters may be small or capital."""
    transfer: Name | None = None
    ended: Literal[True] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`wants` is an intent. `values`: slot → how the user says it, one way or several; an option is said in any of its
    ways, a secret given securely. Where `opening` is not given, the intent's examples are what is said first."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    wants: Name
    values: dict[Name, Several] = field(default_factory=dict)
    opening: Several = ()
    confirms: bool = True
    """The answer to a question for yes or no."""
    reached: Reached


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`patience`: how often in a row they put up with not being understood. `seeds`: played so many times, each time
    with other words."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Name
    goal: Goal
    style: Style = "plain"
    instead_of: Name | None = None
    """What somebody who changes their mind wants first; another intent that asks something, unless given."""
    channel: Literal["chat", "phone"] = "chat"
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] | None = None
    connectors: Literal["demo"] | dict[Operated, Results] = "demo"
    patience: Annotated[int, Field(ge=1, le=10)] = 2
    turns: Annotated[int, Field(ge=2, le=60)] = 20
    """At most so many; then the goal is not reached."""
    seeds: Annotated[int, Field(ge=1, le=20)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFile:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    users: Annotated[tuple[User, ...], Field(min_length=1, max_length=500)]


_FILE: TypeAdapter[UserFile] = TypeAdapter(UserFile)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A user, where they are written, and which seed of theirs is played (from 1)."""

    user: User
    document: Document
    number: int
    seed: int = 1

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def variant(self) -> str | None:
        return f"{self.user.style}, seed {self.seed}" if self.user.seeds > 1 else self.user.style

    @property
    def title(self) -> str:
        return f"{self.name} [{self.variant}]"

    def place(self, _turn: int | None = None, /, *keys: str | int) -> Place:
        return self.document.place_of(("users", self.number, *keys))


def load_users(folder: Path, agent: d.Agent) -> tuple[Simulated, ...]:
    """All of an agent's folder, each with every seed. Raises ScenarioMistakes; nothing where there are none."""
    files = (folder / FOLDER).glob(SIMULATED)
    found, wrong = read_each(folder, files, lambda name, text: read_users(name, text, agent))
    seen: dict[str, Simulated] = {}
    for one in found:
        if (before := seen.setdefault(one.name, one)).document is not one.document or before.number != one.number:
            problem = f'"{one.name}" is in {before.place()} already'
            wrong.append(Mistake(one.place(None, "name"), "name", problem))
    if wrong:
        raise ScenarioMistakes(tuple(dict.fromkeys(wrong)))
    return tuple(found)


def read_users(name: str, text: str, agent: d.Agent) -> tuple[Simulated, ...]:
    """One file. Raises NotYaml, ScenarioMistakes."""

    def check(file: UserFile) -> Iterator[Found]:
        for number, user in enumerate(file.users):
            yield from _check(agent, ("users", number), user)

    file, document = checked(name, text, _FILE, check)
    return tuple(
        Simulated(user, document, number, seed)
        for number, user in enumerate(file.users)
        for seed in range(1, user.seeds + 1)
    )


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a file of simulated users."""
    schema = _FILE.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "B2T Voice simulated users", **schema}


def _check(agent: d.Agent, path: Path_, user: User) -> Iterator[Found]:
    goal, reached = user.goal, user.goal.reached
    if user.connectors != "demo":
        yield from checked_answers(agent, (*path, "connectors"), user.connectors)
    yield from named_as((*path, "goal", "wants"), goal.wants, agent.intents, "intent")
    if user.instead_of is not None:
        yield from named_as((*path, "instead_of"), user.instead_of, agent.intents, "intent")
        if user.style != "changes_mind":
            yield (*path, "instead_of"), "is for the style changes_mind only", None
    for slot in goal.values:
        yield from named_as((*path, "goal", "values", slot), slot, agent.slots, "slot")
    place: Path_ = (*path, "goal", "reached")
    operations = [f"{name}.{one}" for name, connector in agent.connectors.items() for one in connector.operations]
    for called, given in reached.calls.items():
        yield from named_as((*place, "calls", called), called, operations, "operation")
        operation = agent.operation(called)
        for argument in given if operation else ():
            known = list(operation.arguments) if operation else []
            yield from named_as((*place, "calls", called, argument), argument, known, "argument")
    if reached.flow is not None:
        yield from named_as((*place, "flow"), reached.flow, agent.flows, "flow")
    if reached.transfer is not None:
        yield from named_as((*place, "transfer"), reached.transfer, agent.transfers, "transfer")
    if reached == Reached():
        yield place, "names nothing by which the goal is reached", None
