"""The templates' ladders name the language model: nothing changes without one, and with one it only proposes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation import proposing
from appliance.conversation.following import AskKnowledge, AskModel
from tests.fakes.talk import Talk

AGENTS = {path.parent.name: load_agent(path.parent).agent for path in sorted(TEMPLATES.glob("*/agent.yaml"))}
NOTHING = "qwx zzv blorp"
FORGED = 40
"""Proposals that no model of ours could make, by template."""
every_template = pytest.mark.parametrize("name", AGENTS)


def without_model(agent: d.Agent) -> d.Agent:
    ladder = tuple(rung for rung in agent.policies.fallback if rung != "model")
    return replace(agent, policies=replace(agent.policies, fallback=ladder))


def wishes(agent: d.Agent) -> list[str]:
    """What somebody says who begins a flow that asks something."""
    return [
        intent.examples[0]
        for intent in agent.intents.values()
        if intent.starts and isinstance(agent.flows[intent.starts].steps[0], d.Ask) and "{" not in intent.examples[0]
    ]


def begun(agent: d.Agent, first: str | None, *ports: str) -> Talk:
    talk = Talk(agent=agent, ports=frozenset(ports))
    talk.start()
    if first is not None:
        talk.say(first)
    return talk


def asked(talk: Talk) -> AskKnowledge | AskModel | None:
    """Whoever is asked about the turn now."""
    waiting = talk.orders[-1] if talk.orders and talk.state.asking else None
    return waiting if isinstance(waiting, AskKnowledge | AskModel) and waiting.call == talk.state.asking else None


def knows_nothing(talk: Talk) -> str:
    heard = ""
    while isinstance(order := asked(talk), AskKnowledge):
        heard += talk.put(
            e.KnowledgeAnswered(input_id=f"k/{order.call}", conversation="c1", call=order.call, outcome="nothing")
        )
    return heard


def climbed(agent: d.Agent, first: str | None, *ports: str) -> Iterator[tuple[str, str | None]]:
    """What is heard, and who the party is put through to, until it is."""
    talk = begun(agent, first, *ports)
    for _ in range(9):
        if talk.state.transferred is not None or talk.state.ended is not None:
            return
        heard = talk.say(NOTHING) + knows_nothing(talk)
        yield heard, talk.state.transferred


def to_the_model(agent: d.Agent, first: str | None) -> Talk:
    talk = begun(agent, first, "model")
    for _ in range(9):
        talk.say(NOTHING)
        if isinstance(asked(talk), AskModel):
            return talk
    raise AssertionError("the model is not asked")


def answers(talk: Talk, understanding: e.Understanding | None) -> str:
    order = asked(talk)
    assert isinstance(order, AskModel)
    outcome = "answered" if understanding is not None else "nothing"
    return talk.put(
        e.ModelAnswered(
            input_id=f"m/{order.call}", conversation="c1", call=order.call, outcome=outcome, understanding=understanding  # type: ignore[arg-type]
        )
    )  # fmt: skip


def harmless(talk: Talk) -> None:
    """What the model led to ends nothing, gives nobody away, and confirms nothing."""
    rungs = {event.rung for event in talk.last if isinstance(event, e.NotUnderstood)}
    if not rungs & {"person", "otherwise"}:
        assert talk.state.ended is None
        assert talk.state.transferred is None
    assert not any(isinstance(event, e.SlotFilled) and event.slot == YES_NO for event in talk.last)
    reached = [event for event in talk.last if isinstance(event, e.StepReached)]
    for event in reached:
        steps = talk.agent.flows[event.flow].steps
        place = next(number for number, step in enumerate(steps) if step.name == event.step)
        before = steps[place - 1] if place else None
        assert not (isinstance(before, d.Confirm) and before.next is None), f"{event.flow}/{before} was passed"


@every_template
def test_every_template_asks_a_model_before_a_person(name: str) -> None:
    ladder = AGENTS[name].policies.fallback
    assert ladder[-2:] == ("model", "person")


@every_template
@pytest.mark.parametrize("ports", [(), ("knowledge",)])
def test_without_a_model_it_is_passed_over(name: str, ports: tuple[str, ...]) -> None:
    agent = AGENTS[name]
    for first in (None, *wishes(agent)):
        with_it = list(climbed(agent, first, *ports))
        assert with_it == list(climbed(without_model(agent), first, *ports)), first
        assert with_it[-1][1] is not None or not first


@every_template
def test_a_model_that_says_nothing_leads_to_a_person(name: str) -> None:
    agent = AGENTS[name]
    talk = to_the_model(agent, None)
    answers(talk, None)
    assert talk.state.transferred == agent.policies.person


@every_template
def test_an_obedient_model_begins_the_flow_that_is_meant(name: str) -> None:
    agent = AGENTS[name]
    offered = proposing.choices(agent, to_the_model(agent, None).state)
    assert len(offered.flows) > 3
    for intent in offered.flows:
        talk = to_the_model(agent, None)
        made = proposing.read(json.dumps({"flow": intent}), proposing.choices(agent, talk.state))
        assert made is not None
        heard = answers(talk, proposing.understanding(made, agent))
        begun_now = {event.flow for event in talk.last if isinstance(event, e.FlowStarted)}
        assert agent.intents[intent].starts in begun_now
        assert heard or talk.state.calls
        harmless(talk)


@every_template
def test_a_hostile_model_changes_nothing_that_is_not_its(name: str) -> None:
    agent, chance = AGENTS[name], random.Random(name)
    starts = [None, *wishes(agent)]
    values = ["yes", "NUMBER_1", "CARD_9", "money:9999.00:USD", "mallory", "2468"]
    for _ in range(FORGED):
        talk = to_the_model(agent, chance.choice(starts[:1] if chance.random() < 0.5 else starts))
        if talk.state.transferred is not None:  # a question's own retries gave it to a person before
            continue
        entities = tuple(
            e.Entity(chance.choice([YES_NO, *agent.entities, "connector"]), chance.choice(values), slot, 1.0)
            for slot in chance.sample(sorted(agent.slots), 2)
        )
        intent = chance.choice([*agent.intents, "bank.transfer", "move", None])
        forged = e.Understanding(intent, 1.0, ((str(intent), 1.0),), entities, urgent=chance.random() < 0.5)
        answers(talk, forged)
        harmless(talk)
        filled = {event.value for event in talk.last if isinstance(event, e.SlotFilled)}
        assert not filled & set(values)
