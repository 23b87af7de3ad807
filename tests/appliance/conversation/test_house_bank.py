"""Every kind of step and everything that works anywhere, as traces of what is said and heard."""

from __future__ import annotations

import pytest

from appliance import events as e
from appliance.conversation.following import AskKnowledge, AskModel, CallConnector
from tests.fakes.house_bank import HouseTalk
from tests.fakes.talk import MONEY

CUSTOMER = "What is your customer number?"
SURE = "Shall I move $50.00 from savings to checking?"
ELSE = "Anything else?"


@pytest.fixture
def talk() -> HouseTalk:
    talk = HouseTalk()
    assert talk.start() == "Welcome to House Bank. How can I help you?"
    return talk


def identify(talk: HouseTalk) -> str:
    talk.say("it is <NUMBER_1>")
    assert talk.calling().operation == "identify"
    return talk.returns("ok")


def to_confirmation(talk: HouseTalk) -> None:
    assert talk.say("transfer fifty dollars from savings to checking") == CUSTOMER
    assert identify(talk) == SURE


def operations(talk: HouseTalk) -> list[str]:
    return [order.call.operation for order in talk.orders if isinstance(order, CallConnector)]


def test_several_slots_in_one_sentence_are_taken_and_confirmed(talk: HouseTalk) -> None:
    to_confirmation(talk)
    assert talk.say("yes please") == ""
    assert talk.calling().arguments == {"from": "savings", "amount": "money:50.00:USD"}
    talk.returns("ok")
    assert talk.calling().arguments == {"from": "savings", "to": "checking", "amount": "money:50.00:USD"}
    assert talk.returns("ok") == f"It is done. {ELSE}"
    assert talk.state.done == 1


def test_a_flow_that_runs_as_part_knows_and_gives_back(talk: HouseTalk) -> None:
    talk.say("balance of my savings")
    assert [frame.flow for frame in talk.state.stack] == ["balance", "identify"]
    assert talk.state.top.part
    identify(talk)
    assert talk.at() == "balance.look_up"
    assert talk.state.slots == {"customer": "NUMBER_1", "verified": "true"}
    assert talk.returns("ok", balance=MONEY) == f"Your savings account holds <MONEY_r0123456789>. {ELSE}"


def test_what_is_remembered_is_not_asked_again(talk: HouseTalk) -> None:
    talk.say("balance of my savings")
    identify(talk)
    talk.returns("ok", balance=MONEY)
    assert talk.say("block my credit card") == "Shall I block your credit card?"


def test_no_cancels_or_leads_elsewhere(talk: HouseTalk) -> None:
    to_confirmation(talk)
    assert talk.say("no thanks") == f"I have cancelled that. {ELSE}"
    assert talk.say("block my credit card") == "Shall I block your credit card?"
    assert talk.say("no") == f"Your card stays as it is. {ELSE}"


def test_a_correction_is_taken_and_confirmed_again(talk: HouseTalk) -> None:
    to_confirmation(talk)
    heard = talk.say("no, twenty dollars")
    assert heard == "I have changed that. Shall I move $20.00 from savings to checking?"
    assert talk.rule() == "corrected"
    heard = talk.say("two thousand dollars")
    assert heard.startswith("I have changed that. There is a fee of 2.5 dollars. Shall I move $2,000.00")
    assert operations(talk) == ["identify"]


def test_something_else_at_the_confirmation_confirms_nothing(talk: HouseTalk) -> None:
    to_confirmation(talk)
    assert talk.say("when are you open") == f"We are open from nine to five. Now back to where we were. {SURE}"
    assert talk.say("hm") == "Sorry, I did not understand that. Please say yes or no: $50.00 from savings to checking?"
    assert operations(talk) == ["identify"]


@pytest.mark.parametrize(
    "said", ["I am not sure", "is that okay", "what is right", "yes but wait", "not correct", "yes?no"]
)
def test_what_is_no_plain_yes_confirms_nothing(talk: HouseTalk, said: str) -> None:
    to_confirmation(talk)
    talk.say(said)
    assert operations(talk) == ["identify"]


@pytest.mark.parametrize(
    "said", ["yes", "Yes, please!", "yes that is right, thank you", "okay go ahead", "yes move it", "sure"]
)
def test_a_plain_yes_confirms(talk: HouseTalk, said: str) -> None:
    to_confirmation(talk)
    talk.say(said)
    assert operations(talk) == ["identify", "reserve"]


def test_what_is_not_fit_is_refused(talk: HouseTalk) -> None:
    talk.say("transfer to savings")
    identify(talk)
    assert talk.say("from savings") == "Those are the same. To which account?" or talk.state.value("to_account")
    talk.say("never mind")
    talk.say("transfer money")
    assert talk.say("checking") == "To which account?"
    assert talk.say("checking") == "Those are the same. To which account?"
    assert talk.say("savings") == "How much?"
    assert talk.say("nine thousand dollars") == "It can be up to five thousand dollars. How much?"
    assert talk.say("fifty dollars").startswith("Shall I move $50.00 from checking to savings")


def test_retries_of_a_question_lead_where_the_flow_says(talk: HouseTalk) -> None:
    talk.say("my balance")
    assert (
        talk.say("hm") == "Sorry, I did not understand that. Please tell me the eight digits of your customer number."
    )
    talk.say("hm")
    assert talk.say("hm").startswith("I will put you through to somebody who can find you.")
    assert talk.event("transfer_requested").target == "person"


def test_a_call_that_failed_is_made_again_as_another(talk: HouseTalk) -> None:
    talk.say("balance of my savings")
    identify(talk)
    first = talk.calling().call
    assert talk.returns("failed") == ""
    assert talk.calling().call != first
    assert talk.calling().operation == "balance"
    assert talk.returns("failed").startswith("I cannot reach your account.")
    assert "could not be looked up" in talk.event("transfer_requested").summary.box


def test_an_unknown_outcome_is_not_tried_again(talk: HouseTalk) -> None:
    to_confirmation(talk)
    talk.say("yes")
    talk.returns("ok")
    talk.returns("unknown")
    assert operations(talk) == ["identify", "reserve", "transfer"]
    summary = talk.event("transfer_requested").summary.box
    assert "A transfer of $50.00 may have been made" in summary
    assert "from account: savings" in summary


def test_what_was_done_is_taken_back_where_the_flow_is_given_up(talk: HouseTalk) -> None:
    to_confirmation(talk)
    talk.say("yes")
    talk.returns("ok")
    assert talk.say("cancel").startswith("I have cancelled that.")
    assert operations(talk) == ["identify", "reserve", "transfer", "release"]
    assert talk.calling().arguments == {"from": "savings", "amount": "money:50.00:USD"}
    assert talk.returns("ok") == ""
    assert talk.state.stack == ()


def test_a_call_back_is_scheduled(talk: HouseTalk) -> None:
    talk.say("call me back")
    assert talk.say("tomorrow at three") == "Which number?"
    assert talk.say("<PHONE_1>") == ""
    assert talk.calling().arguments == {"at": "moment:2026-11-03T15:00", "number": "PHONE_1"}
    assert talk.returns("ok").startswith("We will call you November 3, 2026")
    talk.say("call me back")
    talk.say("on friday at noon")
    talk.say("<PHONE_1>")
    assert talk.returns("full").startswith("Nobody is free then.")


def test_wishes_of_one_sentence_are_done_one_after_the_other(talk: HouseTalk) -> None:
    talk.say("what is the balance of my savings and block my credit card")
    assert talk.state.queue
    identify(talk)
    heard = talk.returns("ok", balance=MONEY)
    assert "And now the other thing. Shall I block your credit card?" in heard
    assert ELSE not in heard
    assert talk.state.queue == ()


def test_an_answer_and_a_wish_in_one_sentence(talk: HouseTalk) -> None:
    talk.say("block a card")
    talk.say("block my card")
    assert talk.say("credit and when are you open") == CUSTOMER
    identify(talk)
    talk.say("yes")
    assert "We are open" in talk.returns("ok")


def test_slower_and_repeat(talk: HouseTalk) -> None:
    talk.say("balance of my savings")
    assert talk.say("slower please") == f"All right, more slowly. {CUSTOMER}"
    assert talk.state.reply.expectation.speed == 0.8
    assert talk.say("say that again") == f"All right, more slowly. {CUSTOMER}"
    identify(talk)
    talk.returns("ok", balance=MONEY)
    assert talk.state.reply.expectation.speed == 0.8
    for _ in range(5):
        talk.say("slower please")
    assert talk.state.reply.expectation.speed == 0.5


def test_back_goes_to_the_question_before_but_not_past_a_call(talk: HouseTalk) -> None:
    talk.say("transfer money")
    identify(talk)
    talk.say("savings")
    assert talk.say("go back") == "From which account?"
    assert talk.say("checking") == "To which account?"
    talk.say("savings")
    talk.say("fifty dollars")
    assert talk.say("go back") == "How much?"
    talk.say("fifty dollars")
    talk.say("yes")
    talk.returns("too_little")
    assert talk.say("go back") == "There is nothing before this that I could go back to."


def test_help_anywhere_comes_back_to_the_question(talk: HouseTalk) -> None:
    talk.say("my balance")
    heard = talk.say("what can you do")
    assert heard.startswith("You can say: hear your balance;")
    assert heard.endswith(CUSTOMER)


def test_a_person_is_told_what_it_was_about(talk: HouseTalk) -> None:
    to_confirmation(talk)
    assert talk.say("I want to talk to a person") == "Of course. I will put you through to a colleague."
    summary = talk.event("transfer_requested").summary.box
    for told in ("Move money between accounts", "from account: savings", "customer: <NUMBER_1>"):
        assert told in summary


# ---- the ladder ----------------------------------------------------------------------------------------------------


def test_rungs_without_a_port_are_passed_over(talk: HouseTalk) -> None:
    assert talk.say("hm") == "Sorry, I did not understand that."
    assert talk.say("hm") == "Did you mean: Your balance? Or: A transfer between your accounts?"
    assert "put you through" in talk.say("hm")
    assert talk.event("not_understood").rung == "person"


def test_one_of_the_two_likeliest_is_chosen(talk: HouseTalk) -> None:
    talk.say("hm")
    talk.say("hm")
    understanding = e.Understanding("transfer", 0.3, (("transfer", 0.3), ("hours", 0.2)))
    assert talk.say("the second", understanding=understanding) == CUSTOMER
    assert talk.rule() == "chosen"


def test_the_whole_ladder(talk: HouseTalk) -> None:
    talk.ports = frozenset({"knowledge", "model"})
    talk.say("balance of my savings")
    identify(talk)
    talk.returns("ok", balance=MONEY)
    talk.say("hm")
    talk.say("hm")
    assert talk.say("what does a wire cost") == ""
    asked = talk.asked()
    assert isinstance(asked, AskKnowledge)
    assert asked.base is None
    assert asked.question.box == "what does a wire cost"
    assert talk.knows(None) == ""
    assert isinstance(talk.asked(), AskModel)
    assert "put you through" in talk.model_says(None)
    assert [event.kind for event in talk.last].count("not_understood") == 1


def test_an_answer_from_knowledge_has_its_source_and_ends_the_ladder(talk: HouseTalk) -> None:
    talk.ports = frozenset({"knowledge"})
    talk.say("block my card")
    talk.say("hm")
    talk.say("hm")
    talk.say("what does a wire cost")
    heard = talk.knows("A wire costs ten dollars.")
    assert heard == "A wire costs ten dollars. This is from: Fees at a glance. Which card, credit or debit?"
    assert talk.event("reply_made").citations == ("fees_2",)
    assert talk.say("hm").startswith("Sorry, I did not understand that.")


def test_a_late_answer_from_knowledge_is_not_said(talk: HouseTalk) -> None:
    talk.ports = frozenset({"knowledge"})
    for _ in range(2):
        talk.say("hm")
    talk.say("what does a wire cost")
    late = talk.asked().call
    assert talk.say("when are you open").startswith("We are open")
    answered = e.KnowledgeAnswered(
        input_id="late", conversation="c1", call=late, outcome="answered", text=e.Sealed("redacted", f"answer/{late}|x")
    )
    assert talk.put(answered) == ""
    assert talk.last == ()


def test_knowledge_that_never_answers_holds_nobody_up(talk: HouseTalk) -> None:
    talk.ports = frozenset({"knowledge"})
    for _ in range(3):
        talk.say("hm")
    assert talk.state.asking
    assert "put you through" in talk.waits()


def test_a_model_chooses_a_wish_and_fills_slots_but_is_never_sure(talk: HouseTalk) -> None:
    talk.ports = frozenset({"model"})
    for _ in range(2):
        talk.say("hm")
    talk.say("shift it over")
    entities = (e.Entity("account", "savings", "from_account"), e.Entity("account", "vault"), e.Entity("amount", "1e9"))
    heard = talk.model_says(e.Understanding("transfer", 1.0, (), entities))
    assert heard == CUSTOMER
    assert talk.state.stack[0].values == {"from_account": "savings"}
    assert talk.event("turn_understood").understanding.confidence < 0.7


def test_a_model_cannot_end_a_conversation_nor_put_anybody_through(talk: HouseTalk) -> None:
    talk.ports = frozenset({"model"})
    for _ in range(3):
        talk.say("hm")
    talk.model_says(e.Understanding("goodbye", 1.0))
    assert talk.state.ended is None


def test_an_answer_step_quotes_or_leads_elsewhere(talk: HouseTalk) -> None:
    assert talk.say("what are the fees").startswith("Please ask at a branch.")
    talk.ports = frozenset({"knowledge"})
    assert talk.say("what are the fees") == ""
    assert talk.asked().base == "faq"
    heard = talk.knows("Five dollars a month.")
    assert heard == f"Five dollars a month. This is from: Fees at a glance. Does that help? {ELSE}"


def test_every_reply_says_what_decided(talk: HouseTalk) -> None:
    talk.say("balance of my savings")
    decided = talk.event("reply_made").decided
    assert decided == e.Decided("intent", {"flow": "balance"}, ())
    talk.say("when are you open")
    decided = talk.event("reply_made").decided
    assert decided.rule == "digression"
    assert decided.stack == ("balance/run_1", "identify/customer")
    assert decided.then == ("resumed",)
