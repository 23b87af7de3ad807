"""What a model is shown, what of its answer is read, and what of that fits when it is decided on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from appliance import events as e
from appliance.agents.builtins import YES_NO
from appliance.conversation import proposing
from appliance.conversation.explaining import why
from appliance.conversation.proposing import Proposal
from tests.fakes.house_bank import HOUSE_BANK, HouseTalk

AGENT = HOUSE_BANK.agent


@pytest.fixture
def talk() -> HouseTalk:
    talk = HouseTalk(ports=frozenset({"model"}))
    talk.agent = replace(AGENT, policies=replace(AGENT.policies, fallback=("model", "again", "person")))
    talk.start()
    return talk


def test_flows_and_values_of_this_turn_are_offered_and_no_more(talk: HouseTalk) -> None:
    talk.say("shift fifty dollars for <NUMBER_1>, or call <PHONE_1>")
    offered = proposing.choices(talk.agent, talk.state)
    assert "transfer" in offered.flows
    assert "goodbye" not in offered.flows, "nothing that ends a conversation"
    assert offered.slots["from_account"] == {"checking": "checking", "savings": "savings"}
    assert offered.slots["customer" if "customer" in offered.slots else "amount"]
    assert set(offered.slots["amount"]) == {"money:50.00:USD"}
    assert set(offered.slots["phone"]) == {"PHONE_1"}
    assert "verified" not in offered.slots
    assert "fee" not in offered.slots
    asked = proposing.prompt("shift it", offered, talk.state)
    assert "bank.transfer" not in asked.given
    assert YES_NO not in asked.given


def test_a_schema_has_exactly_what_is_offered(talk: HouseTalk) -> None:
    talk.say("shift it over")
    offered = proposing.choices(talk.agent, talk.state)
    schema = json.loads(proposing.shape(offered).schema or "")
    assert schema["properties"]["flow"]["enum"] == [*offered.flows, "none"]
    assert schema["properties"]["slots"]["properties"]["card"] == {"enum": ["credit", "debit"]}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ('{"flow": "transfer"}', Proposal("transfer")),
        ('{"flow": "transfer", "slots": {"to_account": "savings"}}', Proposal("transfer", {"to_account": "savings"})),
        ('{"flow": "transfer", "slots": {"card": "credit"}}', Proposal("transfer")),
        ('{"flow": "none"}', Proposal(None)),
        ('{"flow": "goodbye"}', None),
        ('{"flow": "bank.transfer"}', None),
        ('{"flow": "transfer", "slots": {"amount": "money:9.00:USD"}}', None),
        ('{"flow": "transfer", "slots": {"verified": "true"}}', None),
        ('{"flow": "transfer", "slots": {"yes_no": "yes"}}', None),
        ('{"flow": "transfer", "slots": {"to_account": ["savings"]}}', None),
        ('{"flow": "transfer", "slots": []}', None),
        ('{"flow": "transfer", "say": "hello"}', None),
        ('{"flow": 7}', None),
        ('{"slots": {}}', None),
        ("transfer", None),
        ("", None),
        ("[" * 3000, None),
        ('{"flow": "transfer"' + " " * 5000 + "}", None),
    ],
)
def test_an_answer_is_read_strictly(talk: HouseTalk, answer: str, read: Proposal | None) -> None:
    talk.say("shift it over")
    assert proposing.read(answer, proposing.choices(talk.agent, talk.state)) == read


@pytest.mark.parametrize(
    ("text", "may"),
    [("shift it over", True), ("", False), (" ", False), ("my number is 48 15 16 23", False), ("a" * 1001, False)],
)
def test_what_may_be_shown_to_a_model(text: str, may: bool) -> None:
    assert proposing.askable(text) is may


def test_a_yes_is_never_a_models_to_give(talk: HouseTalk) -> None:
    talk.say("block my credit card")
    talk.say("<NUMBER_1>")
    talk.returns("ok")
    assert talk.at().endswith("confirm_3")
    talk.say("hm")
    heard = talk.model_says(e.Understanding(None, 1.0, (), (e.Entity(YES_NO, "yes"),)))
    assert talk.at().endswith("confirm_3")
    assert heard.startswith("Sorry, I did not understand that.")
    assert talk.event("reply_made").decided.about["call"]


def test_a_flow_that_it_chooses_goes_before_the_last_one(talk: HouseTalk) -> None:
    talk.say("block my credit card")
    talk.say("<NUMBER_1>")
    talk.returns("ok")
    talk.say("yes")
    talk.returns("ok")
    assert talk.state.last_flow == "block"
    talk.say("freeze it all")
    heard = talk.model_says(e.Understanding("balance", 1.0, (), (e.Entity("account", "savings", "account"),)))
    assert talk.event("turn_understood").by == "model"
    assert talk.calling().operation == "balance"
    assert heard == ""


def test_a_reference_of_an_earlier_turn_fits_nothing(talk: HouseTalk) -> None:
    talk.say("my number is <NUMBER_1>")
    talk.model_says(None)
    talk.say("hm")
    talk.model_says(e.Understanding("balance", 1.0, (), (e.Entity("customer_number", "NUMBER_1", "customer"),)))
    assert "customer" not in talk.state.slots


def test_why_says_that_it_was_the_models(talk: HouseTalk) -> None:
    talk.say("shift it over")
    talk.model_says(e.Understanding("transfer", 1.0))
    found = why(((number, one.at, one.events) for number, one in enumerate(talk.batches)), "1")
    assert found is not None
    assert (found.understood_by, found.intent) == ("model", "transfer")
    assert found.candidates == [("balance", 0.3), ("transfer", 0.2)], "the classifier's own"
    assert "model.answered" in [found.rule, *found.then]


@pytest.mark.parametrize("reason", ["none", "garbage", "late", "not_asked"])
def test_why_says_why_there_was_nothing(talk: HouseTalk, reason: str) -> None:
    talk.say("shift it over")
    nothing = e.ModelAnswered(
        input_id="m",
        conversation="c1",
        call=talk.asked().call,
        outcome="nothing",
        reason=reason,  # type: ignore[arg-type]
    )
    assert talk.put(nothing).startswith("Sorry, I did not understand that.")
    assert talk.event("reply_made").decided.about["reason"] == reason
