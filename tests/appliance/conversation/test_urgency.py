"""Urgent words go before everything else, wherever a conversation is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation.urgency import in_words
from tests.fakes.talk import BANKING, Talk
from tests.fakes.understanding import understand

SAYS = "Dial 911 now. I put you through."
DANGER = d.Intent(
    title="Danger",
    starts="danger",
    examples=("danger",),
    urgent=d.Urgent(words=("fire",), unless=("camp fire",), at=0.3),
)
STEPS = (d.Say(say="Dial 911 now.", name="say"), d.Transfer(transfer="person", say="I put you through.", name="go"))
FLOW = d.Flow(title="Danger", steps=STEPS)
AGENT = replace(
    BANKING.agent,
    intents={**BANKING.agent.intents, "danger": DANGER},
    flows={**BANKING.agent.flows, "danger": FLOW},
)


@pytest.fixture
def talk() -> Talk:
    talk = Talk(agent=AGENT)
    talk.start()
    return talk


def shouts(talk: Talk, text: str = "there is a fire") -> str:
    return talk.say(text, understanding=in_words(AGENT, text))


def to_a_question(talk: Talk) -> None:
    talk.say("balance please")


def to_a_capture(talk: Talk) -> None:
    for said in ("balance please", "savings", "<NUMBER_1>"):
        talk.say(said)


def to_a_connector(talk: Talk) -> None:
    to_a_capture(talk)
    talk.capture()
    talk.say("block my card")  # waits its turn


def to_a_digression(talk: Talk) -> None:
    talk.say("balance please")
    talk.say("block my card")


def to_a_person(talk: Talk) -> None:
    talk.say("I want to talk to a person")


@pytest.mark.parametrize(
    "somewhere", [lambda _: None, to_a_question, to_a_capture, to_a_connector, to_a_digression, to_a_person]
)
def test_wherever_the_conversation_is(talk: Talk, somewhere) -> None:
    somewhere(talk)
    assert shouts(talk) == SAYS
    assert talk.state.transferred == "person"
    assert (talk.state.stack, talk.state.postponed, talk.state.queue) == ((), (), ())
    decided = talk.event("reply_made").decided
    assert (decided.rule, decided.about["by"]) == ("urgent", "words")
    assert talk.event("turn_understood").understanding.urgent


def test_what_a_connector_answers_later_says_nothing_more(talk: Talk) -> None:
    to_a_connector(talk)
    call = talk.calling().call
    shouts(talk)
    assert talk.returns("ok", call=call) == ""


def test_it_is_said_again_and_even_after_the_end(talk: Talk) -> None:
    assert shouts(talk) == SAYS
    assert shouts(talk) == SAYS
    talk.say("goodbye")
    assert shouts(talk) == SAYS
    assert talk.kinds().count("conversation_ended") <= 1


def test_a_likelihood_that_is_enough_will_do_also_for_a_part_of_what_was_said(talk: Talk) -> None:
    to_a_question(talk)
    likely = e.Understanding("balance", 0.6, candidates=(("balance", 0.6), ("danger", 0.3)))
    assert talk.say("something smells", understanding=likely) == SAYS
    parts = e.Understanding("balance", 0.9, also=(e.Wish("danger", 0.5),))
    assert talk.say("my balance and something smells", understanding=parts) == SAYS
    unlikely = e.Understanding("balance", 0.7, candidates=(("balance", 0.7), ("danger", 0.29)))
    assert SAYS not in talk.say("balance", understanding=unlikely)


def test_an_exception_is_not_urgent() -> None:
    assert in_words(AGENT, "a fire") is not None
    assert in_words(AGENT, "the camp fire account") is None
    assert in_words(BANKING.agent, "a fire") is None
    assert understand(AGENT, "balance please").urgent is False
