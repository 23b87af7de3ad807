"""A call that broke off is gone on with by the next one from the same number, and nothing private comes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from appliance import events as e
from appliance.conversation.deciding import decide
from appliance.conversation.drafting import Context, Ids
from appliance.conversation.state import State
from tests.fakes.talk import START, OpenSealer, Talk

GREETING = "Welcome to Example Bank. How can I help you?"


@pytest.fixture
def broken() -> Talk:
    """A call that broke off where the PIN was to be keyed."""
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    talk.leaves(reason="failed")
    assert talk.state.ended is not None
    return talk


def call(talk: Talk, earlier: State | None, minutes: float = 1, agent: Any = None) -> tuple[str, State]:
    """What a new call hears first."""
    given = e.Start(
        input_id="i", conversation="c2", leg="leg2", channel=e.Channel.PHONE, number="1000", continued_from="c1"
    )
    now = START + timedelta(minutes=minutes)
    context = Context(agent or talk.agent, "v", Ids("c2", 1), OpenSealer(), now, earlier=earlier)
    decision = decide(State("c2"), e.Stored(input=given), context)
    [made] = [event for event in decision.events if isinstance(event, e.ReplyMade)]
    return made.text.box.partition("|")[2], decision.state


def test_it_goes_on_in_the_same_flow_with_what_was_chosen(broken: Talk) -> None:
    heard, state = call(broken, broken.state)
    assert heard.startswith("Welcome back. Let us go on where we were. What is your customer number?")
    assert state.value("account") == "savings"


def test_who_it_is_has_to_be_shown_anew(broken: Talk) -> None:
    assert broken.state.slots == {"customer": "NUMBER_1"}
    _, state = call(broken, broken.state)
    assert state.value("customer") is None
    assert state.references == {}
    assert state.top is not None
    assert state.top.capture is None


def test_nothing_that_was_told_is_told_again(broken: Talk) -> None:
    heard, state = call(broken, broken.state)
    assert state.reply is not None
    assert "PIN" not in heard
    assert state.calls == {}
    assert state.replies == (state.reply.reply,)


def test_only_within_the_agents_time(broken: Talk) -> None:
    assert call(broken, broken.state, minutes=9.9)[0] != GREETING
    assert call(broken, broken.state, minutes=10.1)[0] == GREETING
    never = replace(broken.agent, policies=replace(broken.agent.policies, resume_minutes=0))
    assert call(broken, broken.state, agent=never)[0] == GREETING


def test_not_with_another_agent(broken: Talk) -> None:
    assert call(broken, replace(broken.state, agent="sales"))[0] == GREETING


def test_not_where_the_flow_is_gone(broken: Talk) -> None:
    flows = {name: flow for name, flow in broken.agent.flows.items() if name != "balance"}
    assert call(broken, broken.state, agent=replace(broken.agent, flows=flows))[0] == GREETING


def test_not_what_is_no_option_any_more(broken: Talk) -> None:
    options = {"checking": ("checking",)}
    entities = {**broken.agent.entities, "account": replace(broken.agent.entities["account"], options=options)}
    heard, state = call(broken, broken.state, agent=replace(broken.agent, entities=entities))
    assert "For which account" in heard
    assert state.value("account") is None


def test_not_after_a_call_that_was_hung_up() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.say("balance please")
    talk.leaves(reason="hangup")
    assert call(talk, talk.state)[0] == GREETING


def test_not_while_the_other_call_goes_on() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.say("balance please")
    assert call(talk, talk.state)[0] == GREETING


def test_nothing_was_under_way() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.leaves(reason="failed")
    assert call(talk, talk.state)[0] == GREETING
    assert call(talk, None)[0] == GREETING
