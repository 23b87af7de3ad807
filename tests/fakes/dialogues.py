"""Plays scripted conversations (`tests/appliance/conversation/dialogues/`) and says what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from appliance import events as e
from appliance.agents.definition import Agent
from appliance.conversation.following import CallConnector
from appliance.conversation.parts import answering, combined, parts
from services.dialogue.hearing import expected_entity
from tests.fakes.house_bank import HOUSE_BANK, HouseTalk, entities
from tests.fakes.talk import MONEY

FOLDER = Path(__file__).parents[1] / "appliance/conversation/dialogues"
Dialogue = dict[str, Any]
Understander = Callable[[str, list[str], tuple[str, ...]], e.Understanding]
"""Text, the intents that the script gives for it, and the entities that are expected → understanding."""


@dataclass
class Played:
    name: str
    missed: list[str] = field(default_factory=list)
    """What of the goal was not reached."""
    surprises: list[str] = field(default_factory=list)
    """Turns that were answered otherwise than the script says."""
    digressions: int = 0
    returns: int = 0

    @property
    def succeeded(self) -> bool:
        return not self.missed


def dialogues(name: str) -> list[Dialogue]:
    found: list[Dialogue] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


def given(agent: Agent, text: str, intents: list[str], expected: tuple[str, ...]) -> e.Understanding:
    """As if understanding made no mistakes."""

    def one(said: str, intent: str | None) -> e.Understanding:
        sure = 0.95 if intent else 0.1
        scores = ((intent, sure),) if intent else ()
        found = e.Understanding(intent, sure, scores, entities(agent, said), "en")
        return answering(found, said, agent, expected)

    if len(intents) < 2:
        return one(text, intents[0] if intents else None)
    cut = parts(text, "en")
    return combined(one(text, intents[0]), list(map(one, cut, intents)), 0.7, expected)


def play(dialogue: Dialogue, understand: Understander) -> Played:
    talk = HouseTalk(conversation=dialogue["name"])
    talk.start()
    played = Played(dialogue["name"])
    for number, turn in enumerate(dialogue["turns"], 1):
        before = talk.at()
        heard = _turn(talk, turn, understand)
        if turn.get("hears") and turn["hears"] not in heard:
            played.surprises.append(f"turn {number}: {heard!r} instead of {turn['hears']!r}")
        if turn.get("digresses"):
            played.digressions += 1
            back = talk.at().endswith(turn["returns_to"]) if "returns_to" in turn else talk.at() == before
            played.returns += back and turn["hears"] in heard
    played.missed = list(_missed(talk, dialogue["goal"]))
    return played


def _turn(talk: HouseTalk, turn: dict[str, Any], understand: Understander) -> str:
    if "say" in turn:
        intents = turn.get("intent", [])
        intents = [intents] if isinstance(intents, str) else intents
        expected = expected_entity(talk.state, HOUSE_BANK)
        return talk.say(turn["say"], understanding=understand(turn["say"], intents, expected))
    if not talk.state.calls:
        return "(no connector is asked)"
    values = {turn["value"]: MONEY} if "value" in turn else {}
    return talk.returns(turn["returns"], next(reversed(talk.state.calls)), **values)


def _same(made: str | None, wanted: str) -> bool:
    """An amount is the same with and without its hundredths."""
    return made is not None and (made == wanted or made.replace(":USD", ".00:USD") == wanted)


def _missed(talk: HouseTalk, goal: dict[str, Any]) -> Iterator[str]:
    events = [event for batch in talk.batches for event in batch.events]
    done = [event.flow for event in events if isinstance(event, e.FlowFinished) and event.outcome == "done"]
    for flow in goal.get("done", ()):
        if flow not in done:
            yield f"{flow} was not done"
        else:
            done.remove(flow)
    calls = {
        f"{one.call.connector}.{one.call.operation}": one.call for one in talk.orders if isinstance(one, CallConnector)
    }
    for operation, arguments in goal.get("calls", {}).items():
        made = calls[operation].arguments if operation in calls else {}
        wrong = {name: value for name, value in arguments.items() if not _same(made.get(name), value)}
        if wrong:
            yield f"{operation} was not called with {wrong} but with {dict(made)}"
    for operation in goal.get("never", ()):
        if operation in calls:
            yield f"{operation} was called"
    if goal.get("transferred") != talk.state.transferred:
        yield f"transferred to {talk.state.transferred}"
    if "ended" in goal and (talk.state.ended is None or talk.state.ended.outcome != goal["ended"]):
        yield "not ended as it should"
