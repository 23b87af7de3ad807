"""Whether what came of a turn is what its scenario expects; every difference with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from appliance import events as e
from appliance.agents.definition import OUT_OF_SCOPE
from appliance.agents.document import Place
from appliance.agents.scenarios import Expect, Reply, Value, Values
from appliance.cli.trying.stage import Came
from appliance.conversation.state import State
from appliance.privacy.values import Digits, Text, from_literal, literal, show
from appliance.privacy.values import Value as Held

TELLING: Final = 4
"""Shorter digits and texts behind references may stand anywhere by chance."""


@dataclass(frozen=True, slots=True)
class Failure:
    place: Place
    turn: int | None
    """From 1; None for the greeting."""
    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        turn = "the greeting" if self.turn is None else f"turn {self.turn}"
        return f"{self.place}: {turn}: {self.what}\n    expected: {self.expected}\n    got:      {self.got}"


class _Wrong(Protocol):
    def __call__(self, what: str, expected: object, got: object, *keys: str | int) -> Failure: ...


class Placed(Protocol):
    """What is played, and where it stands: a scenario, or a simulated user."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str | None: ...
    @property
    def title(self) -> str: ...
    def place(self, turn: int | None = None, /, *keys: str | int) -> Place: ...


class Judge:
    """Of one conversation."""

    def __init__(self, written: Placed) -> None:
        self._written = written

    def turn(self, number: int | None, expect: Expect, came: Came, secrets: tuple[str, ...] = ()) -> Iterator[Failure]:
        """`secrets`: digits that were given securely so far."""

        def wrong(what: str, expected: object, got: object, *keys: str | int) -> Failure:
            shown = number + 1 if number is not None else None
            return Failure(self._written.place(number, *keys), shown, what, str(expected), str(got))

        if expect.intent is not None and _intent(came) != expect.intent:
            yield wrong("intent", expect.intent, _candidates(came), "intent")
        for slot, value in expect.slots.items():
            held = _slot(came.state, slot)
            if not _same(value, held, came):
                yield wrong(f"slot {slot}", value, _held(held, came), "slots", slot)
        yield from self._where(expect, came, wrong)
        if expect.calls is not None:
            yield from self._calls(expect.calls, came, wrong)
        if expect.reply is not None:
            yield from _reply(expect.reply, came.reply, wrong, "reply")
        ended = came.state.ended is not None
        if expect.ended is not None and ended != expect.ended:
            yield wrong("end", "ended" if expect.ended else "not ended", "ended" if ended else "not ended", "ended")
        if expect.transfer is not None and came.state.transferred != expect.transfer:
            yield wrong("transfer", expect.transfer, came.state.transferred or "none", "transfer")
        telling = (secret for secret in secrets if len(secret) >= TELLING)
        for hidden in (*expect.hidden, *telling, *_behind(came)):
            for stored in came.stored:
                if _stands_in(hidden, stored):
                    yield wrong("privacy: a personal value is in clear", f'"{hidden}" nowhere', f'"{stored}"', "hidden")
                    break

    def greeting(self, reply: Reply, came: Came) -> Iterator[Failure]:
        def wrong(what: str, expected: object, got: object, *keys: str | int) -> Failure:
            return Failure(self._written.place(None, *keys), None, what, str(expected), str(got))

        yield from _reply(reply, came.reply, wrong, "greeting")

    def _where(self, expect: Expect, came: Came, wrong: _Wrong) -> Iterator[Failure]:
        top = came.state.top
        flow, step = (top.flow, top.step) if top else ("none", None)
        if expect.flow is not None and flow != expect.flow:
            yield wrong("flow", expect.flow, f"{flow}/{step}" if step else flow, "flow")
        if expect.step is not None and step != expect.step:
            yield wrong("step", expect.step, f"{flow}/{step}" if step else "none", "step")

    def _calls(self, calls: Mapping[str, Values], came: Came, wrong: _Wrong) -> Iterator[Failure]:
        made = {one.operation: one for one in came.calls}
        for called in made.keys() - calls.keys():
            yield wrong("connector calls", f"no {called}", f"{called} {dict(made[called].arguments)}", "calls")
        for called, arguments in calls.items():
            if called not in made:
                yield wrong("connector calls", called, ", ".join(made) or "none", "calls", called)
                continue
            for name, value in arguments.items():
                got = made[called].arguments.get(name)
                if not is_value(value, got):
                    yield wrong(f"{called}, argument {name}", value, got, "calls", called, name)


def _reply(reply: Reply, got: str, wrong: _Wrong, key: str) -> Iterator[Failure]:
    for number, text in enumerate(reply.contains):
        if text.casefold() not in got.casefold():
            yield wrong("reply", f'contains "{text}"', f'"{got}"', key, "contains", number)
    for number, text in enumerate(reply.lacks):
        if text.casefold() in got.casefold():
            yield wrong("reply", f'lacks "{text}"', f'"{got}"', key, "lacks", number)
    if reply.equals is not None and reply.equals != got:
        yield wrong("reply", f'"{reply.equals}"', f'"{got}"', key, "equals")
    if reply.matches is not None and not re.search(reply.matches, got):
        yield wrong("reply", f"matches {reply.matches}", f'"{got}"', key, "matches")


def _intent(came: Came) -> str | None:
    if came.understanding is None:
        return None
    return came.understanding.intent or OUT_OF_SCOPE


def _candidates(came: Came) -> str:
    if came.understanding is None:
        return "nothing was said"
    found: e.Understanding = came.understanding
    several = ", ".join(f"{intent} {share:.2f}" for intent, share in found.candidates[:3])
    return f"{found.intent or OUT_OF_SCOPE} ({several})"


def _slot(state: State, slot: str) -> str | None:
    """In the running flow or kept; else in the flow beneath it that has it."""
    value = state.value(slot)
    if value is not None:
        return value
    return next((frame.values[slot] for frame in reversed(state.stack) if slot in frame.values), None)


def _same(expected: Value, held: str | None, came: Came) -> bool:
    if held is None:
        return False
    behind = came.values.get(held)
    forms = {held}
    if behind is not None:
        forms |= _forms(behind)
    meant = from_literal(held)
    if meant is not None:
        forms |= _forms(meant)
    return any(is_value(expected, form) for form in forms)


def _forms(value: Held) -> set[str]:
    forms = {show(value, "written"), show(value, "spoken")}
    if (word := literal(value)) is not None:
        forms |= {word, word.partition(":")[2]}
    return forms


def is_value(expected: Value, got: str | None) -> bool:
    """Whether an argument or slot is what a scenario writes for it."""
    if got is None:
        return False
    if isinstance(expected, bool):
        return got == ("true" if expected else "false")
    if isinstance(expected, float | int):
        plain = got.partition(":")[2].partition(":")[0] if ":" in got else got
        try:
            return float(plain) == float(expected)
        except ValueError:
            return False
    return got == expected or got.partition(":")[2] == expected


def _held(held: str | None, came: Came) -> str:
    if held is None:
        return "nothing"
    behind = came.values.get(held)
    return f"{show(behind, 'written')} (<{held}>)" if behind is not None else held


def _behind(came: Came) -> Iterator[str]:
    """What references stand for, as it would be read in clear."""
    for value in came.values.values():
        match value:
            case Digits() if len(value.digits) >= TELLING:
                yield value.digits
            case Text() if len(value.text) >= TELLING:
                yield value.text
            case _:
                if value.type == "money":
                    yield show(value, "written")


def _stands_in(value: str, stored: str) -> bool:
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", stored, re.IGNORECASE) is not None
