"""Plays a past conversation to another definition, and tells turn by turn what comes out otherwise.

The party's words go in as they were stored: redacted, behind each reference a stand-in of its kind, or the value where
the reader may know it. Nothing is called: connectors answer what they answered then; where they were not asked this
then, the demo does, or the call fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from appliance import events as e
from appliance.agents import definition as d
from appliance.cli.trying.connectors import Made, connectors
from appliance.cli.trying.recorded import Answered, Outcome, Recorded, RecordedTurn, Watching, by_kind
from appliance.cli.trying.stage import Came, Cast, Stage
from appliance.connectors import Connector, Operation, ValueKind
from appliance.connectors import Outcome as Returned
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.privacy.values import Digits, Money, Text, Value

SECRET: Final = "2468013579"  # noqa: S105 - a stand-in
COMPARED: Final = ("intent", "reply", "calls", "flow", "transfer", "ended")


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` is one of `COMPARED`, or `played` where a turn could not be."""

    turn: int
    """From 0, the start."""
    said: str
    what: str
    before: str
    after: str


@dataclass(slots=True)
class Replayed:
    turns: int
    differences: list[Difference] = field(default_factory=list)
    events: list[e.Event] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return len({one.turn for one in self.differences})


async def replay(given: Cast, past: Recorded, known: Mapping[str, Value], folder: Path) -> Replayed:
    """`known`: values behind references, where the reader may see them."""
    agent = given.version.spoken(past.locale).agent
    found, made, watching = Replayed(len(past.turns)), list[Made](), Watching()
    others = connectors(agent, None, folder, made.append)
    answering: dict[str, Connector] = {
        name: _AsThen(name, one, agent, past.answers, known) for name, one in others.items()
    }
    stage = Stage(given, past.conversation, answering, made)
    try:
        for number, turn in enumerate(past.turns):
            outcome = Outcome()
            try:
                came = await _play(stage, past, turn, known)
            except B2TError as error:
                found.differences.append(Difference(number, _said(turn), "played", "a turn", error.title))
                continue
            found.events += came.events
            for event in came.events:
                watching.take(outcome, event)
            outcome.replies = [by_kind(text) for text in came.redacted]
            found.differences += _compared(number, turn, outcome)
    finally:
        for connector in others.values():
            await connector.close()
    return found


async def _play(stage: Stage, past: Recorded, turn: RecordedTurn, known: Mapping[str, Value]) -> Came:
    match turn.kind:
        case "start":
            return await stage.start(past.channel, past.locale)
        case "waited":
            return await stage.wait()
        case "secure":
            return await stage.secure(_secret(stage) if turn.secure == "valid" else turn.secure)
        case _:
            values = {one.name: (one.kind, known.get(one.name) or stand_in(one)) for one in turn.references}
            return await stage.hear(turn.text, values, keyed=turn.kind == "keyed")


def stand_in(reference: e.Reference) -> Value | None:
    """Of its kind, and the same for the same name; None for a secret, which has no value."""
    if reference.value is None and reference.digest is None:
        return None
    if reference.digits:
        number = sum(map(ord, reference.name)) % 10
        return Digits(str(number) * reference.digits)
    return Text(reference.name.replace("_", " ").lower())


def _secret(stage: Stage) -> str:
    waiting = [frame.capture for frame in stage.state.stack if frame.capture is not None]
    if not waiting:
        raise Invalid("No secret is asked for now.")
    return (SECRET * 4)[: waiting[-1].min_digits]


def _compared(number: int, turn: RecordedTurn, now: Outcome) -> Sequence[Difference]:
    found = []
    for what in COMPARED:
        before, after = _shown(getattr(turn.outcome, what)), _shown(getattr(now, what))
        if before != after:
            found.append(Difference(number, _said(turn), what, before, after))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return {None: "none", True: "yes", False: "no"}.get(value, value) if not isinstance(value, str) else value


def _said(turn: RecordedTurn) -> str:
    match turn.kind:
        case "said":
            return by_kind(turn.text)
        case "keyed":
            return "(keys)"
        case "secure":
            return f"(secret, {turn.secure})"
        case _:
            return "(start)" if turn.kind == "start" else "(silence)"


class _AsThen:
    """Answers what was answered then, where the definition still knows it; else asks the demo."""

    def __init__(
        self,
        name: str,
        other: Connector,
        agent: d.Agent,
        answers: Mapping[str, Sequence[Answered]],
        known: Mapping[str, Value],
    ) -> None:
        lost: dict[str, Mapping[str, ValueKind]] = {d.UNKNOWN: {}, d.CAPTURE_LOST: {}}
        self.operations: Mapping[str, Operation] = {
            operation: replace(one, outcomes={**lost, **one.outcomes}) for operation, one in other.operations.items()
        }
        self.knows_keys = other.knows_keys
        self._name, self._other, self._agent, self._known = name, other, agent, known
        self._waiting = {called: list(several) for called, several in answers.items()}

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Returned:
        called = f"{self._name}.{operation}"
        defined = self._agent.operation(called)
        waiting = self._waiting.get(called)
        if waiting and defined is not None:
            answered = waiting.pop(0)
            if answered.outcome == d.FAILED:
                raise Unavailable("It failed then.")
            kinds = self.operations[operation].outcomes.get(answered.outcome)
            if kinds is not None and kinds.keys() <= answered.values.keys():
                return Returned(answered.outcome, {name: self._value(kinds[name], answered, name) for name in kinds})
        return await self._other.call(operation, arguments, idempotency_key, deadline_s)

    async def recall(self, idempotency_key: str) -> Returned | None:
        return await self._other.recall(idempotency_key)

    async def close(self) -> None:
        await self._other.close()

    def _value(self, kind: str, answered: Answered, name: str) -> Value:
        reference = answered.values[name]
        known = self._known.get(reference.name)
        if known is not None:
            return known
        match kind:
            case "money":
                return Money("100.00", "USD")
            case "digits":
                return Digits("1" * (reference.digits or 6))
            case _:
                return Text(name.replace("_", " "))
