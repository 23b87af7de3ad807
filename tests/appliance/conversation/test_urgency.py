"""Urgent words go before everything else, wherever a conversation is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.translation import IntentSaid, Translation, UrgentSaid
from appliance.conversation.proposing import choices, fitting
from appliance.conversation.urgency import in_words, meant
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


def speaking(**said: object) -> d.Agent:
    """The agent with urgent words in German too."""
    german = Translation(intents={"danger": IntentSaid(urgent=UrgentSaid(**said))})  # type: ignore[arg-type]
    return replace(AGENT, locales=("en-US", "de-DE"), translations={"de-DE": german})


def test_who_is_in_danger_may_say_so_in_any_of_the_agents_languages() -> None:
    agent = speaking(words=("es brennt", "feuer"), unless=("feuer und flamme", "fire"))
    assert in_words(AGENT, "Hilfe, es brennt") is None
    for text in ("Hilfe, es brennt", "there is a fire", "hier ist ein Feuer"):
        found = in_words(agent, text)
        assert found is not None, text
        assert (found.intent, found.urgent) == ("danger", True)
    assert in_words(agent, "ich bin Feuer und Flamme") is None
    assert in_words(agent, "camp fire") is None


def asks_a_model() -> Talk:
    """A turn that the ladder gives to the language model."""
    ladder = replace(AGENT.policies, fallback=("model", "again", "person"))
    talk = Talk(agent=replace(AGENT, policies=ladder), ports=frozenset({"model"}))
    talk.start()
    talk.say("blah blah")
    assert talk.state.asking is not None
    return talk


@pytest.mark.parametrize("confidence", [0.2, 1.0])
@pytest.mark.parametrize("intent", ["danger", "balance", None])
def test_a_model_declares_nothing_urgent(intent: str | None, confidence: float) -> None:
    talk = asks_a_model()
    assert talk.state.asking is not None
    assert "danger" not in choices(talk.agent, talk.state).flows
    proposed = e.Understanding(intent, confidence, candidates=(("danger", 1.0),), urgent=True)
    answered = e.ModelAnswered(
        input_id="m1", conversation="c1", call=talk.state.asking, outcome="answered", understanding=proposed
    )
    heard = talk.put(answered)
    assert "911" not in heard
    assert talk.state.transferred is None
    assert not any(frame.flow == "danger" for frame in talk.state.stack)
    understood = [event for event in talk.batches[-1].events if isinstance(event, e.TurnUnderstood)]
    assert not any(event.understanding.urgent or event.understanding.intent == "danger" for event in understood)


@given(st.builds(
    e.Understanding,
    st.sampled_from([*AGENT.intents, "nonsense", None]),
    st.floats(0, 1),
    urgent=st.booleans(),
))  # fmt: skip
def test_nothing_of_a_proposal_is_urgent(proposed: e.Understanding) -> None:
    fitted = fitting(proposed, AGENT, Talk(agent=AGENT).state)
    assert not fitted.urgent
    assert fitted.intent != "danger"
    assert meant(AGENT, fitted) is None
