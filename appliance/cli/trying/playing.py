"""Plays scenarios and their variants on the stage, and tells what came of each."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from appliance import events as e
from appliance.adapters.inference import InferenceClient
from appliance.agents import definition as d
from appliance.agents.loading import Version
from appliance.agents.phrases import lesson
from appliance.agents.scenarios import Turn, Written
from appliance.agents.variants import variants
from appliance.cli.trying.connectors import Made, connectors
from appliance.cli.trying.engines import trained_as
from appliance.cli.trying.judging import Failure, Judge, Placed
from appliance.cli.trying.stage import Came, Cast, Stage
from appliance.errors import B2TError

Kind = Literal["written", "variant", "spoken", "simulated"]


@dataclass(frozen=True, slots=True)
class Misheard:
    """A turn that the recogniser heard otherwise than it was said."""

    turn: int
    """From 1."""
    said: str
    heard: str
    then: str
    """What the agent made of it."""


@dataclass(slots=True)
class Played:
    written: Placed
    kind: Kind = "written"
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was unusual, also where it passed: what had to be said again."""
    misheard: list[Misheard] = field(default_factory=list)
    events: list[e.Event] = field(default_factory=list)
    calls: list[Made] = field(default_factory=list)
    asked: list[bool] = field(default_factory=list)
    """For each turn, whether a flow's question waited for it."""
    took_s: float = 0.0
    transcript: list[tuple[str, str]] = field(default_factory=list)

    def take(self, said: str, came: Came) -> None:
        self.events += came.events
        self.calls += came.calls
        self.transcript.append((said, came.reply))

    def document(self) -> dict[str, Any]:
        place = self.written.place()
        return {
            "name": self.written.name,
            "kind": self.kind,
            "variant": self.written.variant,
            "file": place.file,
            "line": place.line,
            "passed": not self.failures,
            "seconds": round(self.took_s, 3),
            "notes": self.notes,
            "failures": [
                {
                    "file": one.place.file,
                    "line": one.place.line,
                    "turn": one.turn,
                    "what": one.what,
                    "expected": one.expected,
                    "got": one.got,
                }
                for one in self.failures
            ],
        }


async def ready(version: Version, inference: InferenceClient) -> Version:
    """The version under the name its head is trained by; trained now, where it was not."""
    named = replace(version, version=trained_as(version))
    for spoken in named.translated:
        await inference.train(spoken.understood_as, *lesson(spoken.agent))
    return named


async def play_all(given: Cast, scenarios: Sequence[Written], *, vary: bool) -> AsyncIterator[Played]:
    """Each scenario, and then its variants: only where it passed itself, since they have to end as it does."""
    for written in scenarios:
        played = await play(given, written)
        yield played
        if vary and not played.failures:
            for variant in variants(written, _spoken(given.version, written).agent, played.asked):
                yield await play(given, variant)


def _spoken(version: Version, written: Written) -> Version:
    return version.spoken(written.scenario.locale or version.locales[0])


async def play(given: Cast, written: Written) -> Played:
    started = time.perf_counter()
    played = Played(written, kind="variant" if written.variant else "written")
    scenario, made = written.scenario, list[Made]()
    conversation = f"scenario-{scenario.name}"
    folder = given.folder / f"{conversation}-{time.perf_counter_ns()}"
    folder.mkdir()
    scripted = None if scenario.connectors == "demo" else scenario.connectors
    others = connectors(given.version.agent, scripted, folder, made.append)
    stage = Stage(given, conversation, others, made)
    judge = Judge(written)
    try:
        came = await stage.start(scenario.channel, scenario.locale or given.version.agent.locales[0])
        played.take("", came)
        if scenario.greeting is not None:
            played.failures += judge.greeting(scenario.greeting, came)
        await _turns(stage, judge, played, written, given.version.agent)
    except B2TError as error:
        place = written.place(min(len(played.transcript) - 1, len(scenario.turns) - 1))
        played.failures.append(Failure(place, len(played.transcript), "could not be played", "a reply", error.title))
    finally:
        for connector in others.values():
            await connector.close()
    played.took_s = time.perf_counter() - started
    return played


async def _turns(stage: Stage, judge: Judge, played: Played, written: Written, agent: d.Agent) -> None:
    secrets: tuple[str, ...] = ()
    for number, turn in enumerate(written.scenario.turns):
        played.asked.append(_asks(stage, agent))
        if turn.secure is not None and turn.secure.isdigit():
            secrets = (*secrets, turn.secure)
        came = await acted(stage, turn)
        played.take(turn.shown, came)
        if number in written.again and came.state.misunderstood:
            played.notes.append(f"turn {number + 1} had to be said again: {turn.shown} was not understood")
            turn = replace(turn, say=written.again[number])
            came = await acted(stage, turn)
            played.take(turn.shown, came)
        failures = list(judge.turn(number, turn.expect, came, secrets))
        played.failures += failures
        if failures:
            return  # what comes after it follows from it


async def acted(stage: Stage, turn: Turn) -> Came:
    if turn.say is not None:
        return await stage.say(turn.say)
    if turn.keys is not None:
        return await stage.keys(turn.keys)
    return await stage.secure(turn.secure) if turn.secure is not None else await stage.wait()


def _asks(stage: Stage, agent: d.Agent) -> bool:
    top = stage.state.top
    step = agent.flows[top.flow].step(top.step) if top and top.step and top.flow in agent.flows else None
    return isinstance(step, d.Ask | d.Confirm | d.Collect) and stage.state.misunderstood == 0
