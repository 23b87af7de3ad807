"""Scenarios said aloud: each turn spoken by the box's voice, through a telephone's band, and taken as it is heard.

Keys, secrets and silence stay what they are. What has to come of it is what comes of the same scenario in text on the
phone: the same calls, the same end. Whoever is not understood says it again, a little more slowly, then in another
voice; a row of digits is keyed instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from appliance.adapters.aloud import SayAloud, Way, said_aloud
from appliance.agents.aloud import aloud, words
from appliance.agents.definition import OUT_OF_SCOPE
from appliance.agents.phrases import phrases
from appliance.agents.scenarios import Turn, Written
from appliance.cli.trying.connectors import Made, connectors
from appliance.cli.trying.engines import Engines
from appliance.cli.trying.judging import Failure
from appliance.cli.trying.playing import Misheard, Played, acted
from appliance.cli.trying.stage import Came, Cast, Stage
from appliance.conversation.state import State
from appliance.errors import B2TError
from appliance.events import FlowFinished

WAYS: Final = (Way(), Way("en-us", 0.9), Way("en-us-nyc"))
TOLD_EVERY: Final = 10


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation is, as far as two of them can be compared."""

    at: tuple[tuple[str, str | None], ...]
    transferred: str | None
    ended: bool

    @classmethod
    def of(cls, state: State) -> Position:
        return cls(tuple((one.flow, one.step) for one in state.stack), state.transferred, state.ended is not None)


@dataclass(slots=True)
class _Model:
    """The scenario in text on the phone: where it was after each turn, and what it led to."""

    positions: list[Position] = field(default_factory=list)
    values: list[dict[str, str]] = field(default_factory=list)
    calls: list[Made] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)


async def speak_all(given: Cast, engines: Engines, scenarios: Sequence[Written], at_most: int) -> AsyncIterator[Played]:
    """At most so many of those with something to say in English, evenly chosen; progress goes to standard error."""
    fit = [one for one in scenarios if _english(given, one) and any(turn.say for turn in one.scenario.turns)]
    chosen = [fit[number * len(fit) // at_most] for number in range(at_most)] if len(fit) > at_most else fit
    for number, written in enumerate(chosen, 1):
        model = await _model(given, written)
        if model is not None:
            yield await _Spoken(given, engines, written, model).play()
        if number % TOLD_EVERY == 0 or number == len(chosen):
            sys.stderr.write(f"spoken: {number} of {len(chosen)}\n")
            sys.stderr.flush()


def _english(given: Cast, written: Written) -> bool:
    return (written.scenario.locale or given.version.agent.locales[0]).startswith("en")


async def _model(given: Cast, written: Written) -> _Model | None:
    """None where it cannot be held on the phone at all."""
    model = _Model()
    async with _staged(given, written, "text") as (stage, _):
        try:
            events = (await _start(given, stage, written)).events
            for turn in written.scenario.turns:
                came = await acted(stage, turn)
                events += came.events
                model.calls += came.calls
                model.positions.append(Position.of(stage.state))
                model.values.append(_known(stage.state))
        except B2TError:
            return None
    model.finished = _finished(events)
    return model


class _Spoken:
    """One scenario aloud."""

    def __init__(self, given: Cast, engines: Engines, written: Written, model: _Model) -> None:
        self._given, self._engines, self._written, self._model = given, engines, written, model
        self._played = Played(replace(written, variant="spoken"), kind="spoken")

    async def play(self) -> Played:
        started, played = time.perf_counter(), self._played
        async with _staged(self._given, self._written, "aloud") as (stage, _):
            try:
                played.take("", await _start(self._given, stage, self._written))
                for number, turn in enumerate(self._written.scenario.turns):
                    await self._turn(stage, number, turn)
            except B2TError as error:
                self._fail("it could not go on", "the next turn of the scenario", error.title)
            else:
                self._judge(stage.state)
        played.took_s = time.perf_counter() - started
        return played

    async def _turn(self, stage: Stage, number: int, turn: Turn) -> None:
        if turn.say is None:
            self._played.take(turn.shown, await acted(stage, turn))
            return
        for attempt, way in enumerate(WAYS, 1):
            before = Position.of(stage.state)
            heard = await self._heard(stage, turn.say, way)
            came = await stage.say(heard)
            self._played.take(f'"{turn.say}", heard as "{heard}"', came)
            lost = Position.of(stage.state) != self._model.positions[number] and (
                bool(stage.state.misunderstood) or Position.of(stage.state) == before
            )
            if words(heard) != words(aloud(turn.say)):
                then = self._then(stage.state, came, number, lost)
                self._played.misheard.append(Misheard(number + 1, turn.say, heard, then))
            if attempt > 1 and not lost:
                self._played.notes.append(f"turn {number + 1} was said {attempt} times: {turn.shown}")
            if not lost or stage.state.ended is not None or stage.state.transferred is not None:
                return
            if turn.say.isdigit():
                self._played.notes.append(f"turn {number + 1} was keyed in the end: {turn.shown}")
                self._played.take(f"keys {turn.say}", await stage.keys(turn.say))
                return

    def _then(self, state: State, came: Came, number: int, lost: bool) -> str:
        if lost:
            return "asked again"
        if Position.of(state) != self._model.positions[number]:
            understood = came.understanding
            return f"took it for {(understood.intent if understood else None) or OUT_OF_SCOPE}"
        known, meant = _known(state), self._model.values[number]
        other = [f"{slot} {known[slot]}" for slot in known if slot in meant and known[slot] != meant[slot]]
        return f"took another value: {', '.join(other)}" if other else "went on as if heard rightly"

    async def _heard(self, stage: Stage, text: str, way: Way) -> str:
        expected = stage.state.reply.expectation if stage.state.reply else None
        hints = phrases(self._given.version.spoken(stage.state.locale).agent, expected.hints if expected else None)
        say = SayAloud(
            text=aloud(text),
            way=way,
            phrases=hints,
            digits=bool(expected and expected.digits),
            amounts=bool(expected and expected.amounts),
        )
        return (await said_aloud(self._engines, say)).heard

    def _judge(self, state: State) -> None:
        wanted, got = [_shown(one) for one in self._model.calls], [_shown(one) for one in self._played.calls]
        if wanted != got:
            self._fail("connector calls", ", ".join(wanted) or "none", ", ".join(got) or "none")
        end = self._model.positions[-1]
        position = Position.of(state)
        if end.transferred != position.transferred:
            self._fail("transfer", end.transferred or "none", position.transferred or "none")
        if end.ended != position.ended:
            self._fail("end", "ended" if end.ended else "not ended", "ended" if position.ended else "not ended")
        missing = [flow for flow in self._model.finished if flow not in _finished(self._played.events)]
        if missing:
            self._fail(
                "flows that are finished", ", ".join(missing), ", ".join(_finished(self._played.events)) or "none"
            )

    def _fail(self, what: str, expected: str, got: str) -> None:
        last = f" ({'; '.join(f'{one.said!r} was heard as {one.heard!r}' for one in self._played.misheard[-2:])})"
        told = got + (last if self._played.misheard else "")
        place = self._written.place(self._played.misheard[-1].turn - 1 if self._played.misheard else None)
        self._played.failures.append(Failure(place, len(self._played.transcript) - 1, what, expected, told))


class _staged:
    """A stage with its connectors, closed in the end."""

    def __init__(self, given: Cast, written: Written, named: str) -> None:
        scenario, made = written.scenario, list[Made]()
        folder = given.folder / f"{named}-{scenario.name}-{time.perf_counter_ns()}"
        folder.mkdir()
        scripted = None if scenario.connectors == "demo" else scenario.connectors
        self._others = connectors(given.version.agent, scripted, folder, made.append)
        self._stage, self._made = Stage(given, f"{named}-{scenario.name}", self._others, made), made

    async def __aenter__(self) -> tuple[Stage, list[Made]]:
        return self._stage, self._made

    async def __aexit__(self, *_: object) -> None:
        for connector in self._others.values():
            await connector.close()


async def _start(given: Cast, stage: Stage, written: Written) -> Came:
    return await stage.start("phone", written.scenario.locale or given.version.agent.locales[0])


def _known(state: State) -> dict[str, str]:
    """Slot → value, those by reference and secrets left out."""
    values = [state.slots, *(frame.values for frame in state.stack)]
    return {
        slot: held
        for one in values
        for slot, held in one.items()
        if held not in state.references and not held.startswith("capture_")
    }


def _finished(events: Sequence[object]) -> list[str]:
    return [event.flow for event in events if isinstance(event, FlowFinished) and event.outcome == "done"]


def _shown(made: Made) -> str:
    return f"{made.operation}({', '.join(f'{name}: {value}' for name, value in sorted(made.arguments.items()))})"
