"""The banking agent's flows, as traces of what is said and heard."""

import pytest

from appliance import events as e
from tests.fakes.talk import MONEY, Talk

ACCOUNT = "For which account, checking or savings?"
CUSTOMER = "What is your customer number? It has eight digits."
PIN = "Please enter your PIN in the secure field."
ELSE = "Is there anything else I can do for you?"


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    assert talk.start() == "Welcome to Example Bank. How can I help you?"
    return talk


def to_pin(talk: Talk) -> None:
    talk.say("balance please")
    talk.say("savings")
    assert talk.say("<NUMBER_1>") == PIN


def test_balance(talk: Talk) -> None:
    assert talk.say("what is my balance") == ACCOUNT
    assert talk.state.reply.expectation == e.Expectation(hints="balance/account", wait_ms=8000)
    assert talk.say("the savings account please") == CUSTOMER
    assert talk.state.reply.expectation.digits
    assert talk.say("my number is <NUMBER_1>") == PIN
    assert talk.capture() == "One moment, please."
    call = talk.calling()
    assert (call.connector, call.operation) == ("bank", "balance")
    assert call.arguments["account"] == "savings"
    assert call.arguments["customer"] == "NUMBER_1"
    assert call.captures == ("pin",)
    assert set(call.references) == {"NUMBER_1"}
    heard = talk.returns("ok", balance=MONEY)
    assert heard == f"The balance of your savings account is <MONEY_r0123456789>. {ELSE}"
    assert talk.say("goodbye") == "Thank you for contacting Example Bank. Goodbye."
    assert talk.kinds()[-1] == "conversation_ended"
    assert talk.event("conversation_ended").outcome == "contained"


def test_account_named_with_the_wish_is_not_asked_for(talk: Talk) -> None:
    assert talk.say("what is the balance of my savings account") == CUSTOMER


def test_customer_number_is_known_the_second_time(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    talk.returns("ok", balance=MONEY)
    assert talk.say("and what about my checking account") == PIN
    talk.capture()
    assert talk.calling().arguments["account"] == "checking"


def test_an_account_alone_goes_on_with_the_last_flow(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    talk.returns("ok", balance=MONEY)
    assert talk.say("checking") == PIN


def test_customer_number_keyed(talk: Talk) -> None:
    talk.say("balance please")
    talk.say("savings")
    assert "eight digits" in talk.key("NUMBER_2", 5)
    assert talk.key("NUMBER_1", 8) == PIN


def test_wrong_pin_three_times_leads_to_a_person(talk: Talk) -> None:
    to_pin(talk)
    captures = set()
    for _ in range(2):
        captures.add(talk.capturing())
        talk.capture()
        assert talk.returns("wrong_pin") == f"That PIN is not right. {PIN}"
    captures.add(talk.capturing())
    assert len(captures) == 3
    talk.capture()
    assert "put you through" in talk.returns("wrong_pin")
    assert talk.event("transfer_requested").target == "person"


@pytest.mark.parametrize("outcome", ["locked", "failed", "unknown", "no_such_outcome"])
def test_outcomes_that_lead_to_a_person(talk: Talk, outcome: str) -> None:
    to_pin(talk)
    talk.capture()
    assert "put you through" in talk.returns(outcome)
    assert talk.event("transfer_requested").target == "person"


def test_unknown_customer_is_asked_again(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    assert talk.returns("unknown_customer") == f"I do not find that customer number. {CUSTOMER}"
    assert talk.say("<NUMBER_3>") == PIN
    talk.capture()
    assert talk.calling().arguments["customer"] == "NUMBER_3"


def test_lost_capture_is_made_again(talk: Talk) -> None:
    to_pin(talk)
    first = talk.capturing()
    talk.capture()
    assert PIN in talk.returns("capture_lost")
    assert talk.capturing() != first


def test_something_else_in_the_middle_and_back(talk: Talk) -> None:
    talk.say("balance please")
    heard = talk.say("when are you open")
    assert heard.startswith("Our branches are open")
    assert heard.endswith(f"Now back to where we were. {ACCOUNT}")
    assert talk.event("flow_started").reason == "digression"
    assert talk.say("checking") == CUSTOMER


def test_something_else_while_the_pin_is_awaited_keeps_the_capture(talk: Talk) -> None:
    to_pin(talk)
    capture = talk.capturing()
    assert talk.say("can I get a loan").endswith(PIN)
    assert talk.capturing() == capture
    assert talk.capture() == "One moment, please."


def test_something_else_after_the_balance(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    talk.returns("ok", balance=MONEY)
    assert talk.say("what are your opening hours").endswith(ELSE)
    assert talk.say("no thanks").endswith("Goodbye.")


def test_repeat_says_the_last_reply_with_its_values(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    heard = talk.returns("ok", balance=MONEY)
    assert talk.say("say that again") == heard
    talk.say("balance please")
    assert talk.say("pardon") == ACCOUNT
    assert talk.state.reply.expectation.hints == "balance/account"


def test_cancel(talk: Talk) -> None:
    to_pin(talk)
    assert talk.say("never mind") == f"All right, I have cancelled that. {ELSE}"
    assert talk.state.stack == ()
    assert talk.state.reply.expectation.secure is None


@pytest.mark.parametrize(
    ("said", "target"),
    [("operator", "person"), ("let me talk to somebody", "person"), ("put me through to an agent", "person")],
)
def test_transfers(talk: Talk, said: str, target: str) -> None:
    talk.say("balance please")
    talk.say(said)
    assert talk.event("transfer_requested").target == target
    assert talk.state.stack == ()
    talk.leaves(ends=True)
    assert talk.event("conversation_ended").outcome == "transferred"


def test_help_names_what_it_can_do(talk: Talk) -> None:
    heard = talk.say("what can you do")
    assert "tell me my balance" in heard
    assert heard.endswith("What would you like?")


def test_misunderstandings_lead_to_offers_and_then_to_a_person(talk: Talk) -> None:
    talk.say("balance please")
    assert talk.say("colourless green ideas") == "Sorry, I did not understand that. Please say checking or savings."
    assert "tell me my balance" in talk.say("sleep furiously")
    assert "put you through" in talk.say("or do they")
    assert talk.event("transfer_requested").target == "person"


def test_an_answer_ends_the_count_of_misunderstandings(talk: Talk) -> None:
    talk.say("balance please")
    talk.say("colourless green ideas")
    talk.say("sleep furiously")
    talk.say("savings")
    assert talk.say("hm hm").startswith("Sorry, I did not understand that.")


def test_both_options_at_once_are_no_answer(talk: Talk) -> None:
    talk.say("balance please")
    assert talk.say("checking or savings").endswith("Please say checking or savings.")


def test_silence_asks_offers_and_ends(talk: Talk) -> None:
    talk.say("balance please")
    assert talk.waits() == f"Are you still there? {ACCOUNT}"
    assert "You can say" in talk.waits()
    assert talk.waits().endswith("Goodbye.")
    assert talk.event("conversation_ended").outcome == "abandoned"


def test_spoken_texts_name_the_keys() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.say("balance please")
    talk.say("savings")
    assert talk.say("<NUMBER_1>") == "Please key in your PIN, then press the hash key."


@pytest.mark.parametrize("intent", ["goodbye", "person"])
def test_a_doubtful_wish_to_leave_is_asked_about(talk: Talk, intent: str) -> None:
    heard = talk.say("hm", understanding=e.Understanding(intent, 0.5))
    assert heard == "Sorry, I did not understand that."
    assert talk.say("hm", understanding=e.Understanding("opening_hours", 0.5)).startswith("Our branches")


def test_a_doubtful_wish_gives_way_to_what_goes_on_with_the_last_flow(talk: Talk) -> None:
    to_pin(talk)
    talk.capture()
    talk.returns("ok", balance=MONEY)
    entities = (e.Entity("account", "checking"),)
    assert talk.say("and checking", understanding=e.Understanding("thanks", 0.5, (), entities)) == PIN
