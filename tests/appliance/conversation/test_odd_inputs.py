"""Inputs that come late, twice, out of order or from nowhere."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance import events as e
from appliance.conversation.deciding import decide
from appliance.conversation.state import State
from appliance.conversation.upcast import apply_stored, read_batch
from tests.fakes.talk import BANKING, MONEY, Talk
from tests.fakes.understanding import understand


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.start()
    return talk


def to_call(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    talk.capture()


def test_before_the_start_nothing_is_decided() -> None:
    assert Talk().say("balance please") == ""


def test_a_second_start_says_nothing(talk: Talk) -> None:
    assert talk.start() == ""


def test_captured_for_an_old_capture(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    old = talk.capturing()
    talk.capture("invalid")
    assert talk.capturing() != old
    assert talk.capture("valid", old) == ""
    assert talk.last == ()
    assert talk.capture() == "One moment, please."
    assert talk.capture("valid", "capture_nowhere") == ""


def test_a_wrong_number_of_digits_thrice_leads_to_a_person(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    assert talk.capture("invalid").startswith("Your PIN has four to eight digits.")
    talk.capture("invalid")
    talk.capture("invalid")
    assert talk.event("transfer_requested")


def test_a_capture_that_times_out_is_asked_for_again(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    assert talk.capture("timeout") == "Are you still there? Please enter your PIN in the secure field."
    talk.capture("timeout")
    assert talk.capture("timeout").endswith("Goodbye.")


def test_a_cancelled_capture_cancels_the_flow(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    talk.say("<NUMBER_1>")
    assert talk.capture("cancelled").startswith("All right, I have cancelled that.")
    assert talk.state.stack == ()


def test_returned_twice_and_from_nowhere(talk: Talk) -> None:
    to_call(talk)
    assert talk.returns("ok", "call_nowhere") == ""
    talk.returns("ok", balance=MONEY)
    assert talk.returns("ok", balance=MONEY) == ""
    assert talk.last == ()


def test_a_wish_while_the_connector_works_is_done_afterwards(talk: Talk) -> None:
    to_call(talk)
    assert talk.say("when are you open") == "One moment, please. I am still looking that up."
    assert "turn_postponed" in talk.kinds()
    heard = talk.returns("ok", balance=MONEY)
    assert heard.startswith("The balance of your savings account is")
    assert "Our branches are open" in heard
    assert heard.count("Is there anything else") == 1
    assert talk.state.postponed == ()


def test_other_words_while_the_connector_works_hear_one_moment(talk: Talk) -> None:
    to_call(talk)
    assert talk.say("hello").startswith("One moment")
    assert talk.key("NUMBER_2", 5).startswith("One moment")
    assert talk.waits().startswith("One moment")


@pytest.mark.parametrize(("said", "kind"), [("goodbye", "conversation_ended"), ("operator", "transfer_requested")])
def test_leaving_while_the_connector_works_is_at_once(talk: Talk, said: str, kind: str) -> None:
    to_call(talk)
    talk.say(said)
    assert kind in talk.kinds()
    assert talk.returns("ok", balance=MONEY) == ""
    assert talk.kinds() == ["connector_call_returned"]


def test_cancelling_while_the_connector_works(talk: Talk) -> None:
    to_call(talk)
    talk.say("never mind")
    assert talk.state.stack == ()
    assert talk.returns("ok", balance=MONEY) == ""
    assert talk.say("when are you open").startswith("Our branches")


def test_what_is_said_after_the_end_is_kept_and_answered(talk: Talk) -> None:
    talk.say("goodbye")
    assert talk.say("and my savings?") == "This conversation has ended. Please start a new one."
    assert "turn_heard" in talk.kinds()
    assert talk.capture("valid", "capture_x") == ""


def test_interrupted_replies_are_known(talk: Talk) -> None:
    reply = talk.state.reply.reply
    of = {"input_id": "p1", "conversation": "c1", "leg": "leg1"}
    talk.put(e.Played(**of, reply=reply, heard_ms=700, total_ms=2500, interrupted=True))
    assert talk.state.heard == e.ReplyHeard(reply, "leg1", 700, 2500, True)
    talk.put(e.Played(**of, reply="reply_nowhere", heard_ms=1, total_ms=1))
    assert talk.last == ()


def test_calls_end_with_their_last_leg_and_chats_do_not() -> None:
    call = Talk(channel=e.Channel.PHONE)
    call.start()
    call.leaves()
    assert call.event("conversation_ended").outcome == "abandoned"
    chat = Talk()
    chat.start()
    chat.leaves(reason="closed")
    assert chat.state.ended is None
    chat.put(e.Attach(input_id="a1", conversation="c1", leg="leg9", channel=e.Channel.CHAT))
    assert chat.say("balance please", leg="leg9").startswith("For which account")


def test_idle_time(talk: Talk) -> None:
    talk.idles(10)
    assert talk.last == ()
    talk.say("balance please")
    talk.idles(25)
    assert talk.last == ()
    talk.idles(6)
    assert talk.event("conversation_ended").reason == "idle"


def test_a_leg_with_the_code_goes_on_where_the_chat_was(talk: Talk) -> None:
    talk.say("what is the balance of my savings")
    heard = talk.arrives()
    assert heard.startswith("Welcome back. Let us go on where we were. What is your customer number?")
    assert talk.say("<NUMBER_1>", leg="leg2") == "Please key in your PIN, then press the hash key."
    talk.capture()
    assert talk.calling().arguments["account"] == "savings"
    assert talk.arrives() == ""


def test_a_leg_that_keys_a_code_moves_and_its_conversation_ends() -> None:
    talk = Talk(channel=e.Channel.PHONE, conversation="c2")
    talk.start()
    assert talk.keys_code("c1") == ""
    assert talk.kinds() == ["leg_moved", "conversation_ended"]
    assert talk.event("conversation_ended").outcome == "continued"
    [order] = talk.orders
    assert order.message.conversation == "c1"
    assert order.message.leg == "leg1"
    assert order.message.identity.assurance == "verified"
    assert talk.say("balance please") == ""


def test_a_wrong_code_tells_nothing() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    for tries in (1, 2, 3):
        assert talk.keys_code(None).startswith("Sorry, this code is not valid.")
        assert talk.event("code_refused").tries == tries
    assert talk.state.leg("leg1").tries == 3


def test_an_engine_cannot_put_words_into_the_record(talk: Talk) -> None:
    entities = (e.Entity("account", "my card is 4111"), e.Entity("free", "text"), e.Entity("account", "savings", "x y"))
    talk.say(
        "hm", understanding=e.Understanding("no such", 0.9, (("words of mine", 1.0),), entities, "a whole sentence")
    )
    made = talk.event("turn_understood").understanding
    assert made == e.Understanding(None, 0.9, (), (e.Entity("account", "savings"),), None)


# ---- a log that cannot be read ------------------------------------------------------------------------------------


def stored(talk: Talk, extra: dict[str, object] | None = None, **changes: object) -> bytes:
    plain = json.loads(e.BATCH.dump_json(talk.batches[-1]))
    plain.update(changes)
    if extra:
        plain["events"].append(extra)
    return json.dumps(plain).encode()


def test_an_unknown_event_parks_the_conversation_and_offers_a_person(talk: Talk) -> None:
    raw = stored(talk, {"kind": "party_teleported", "to": "Mars"}, number=2)
    talk.state = apply_stored(talk.state, read_batch(raw))
    assert talk.state.unreadable == "unknown_event"
    heard = talk.put_unfolded("balance please")
    assert "put you through" in heard
    assert talk.kinds() == ["turn_heard", "conversation_parked", "transfer_requested", "reply_made"]


def test_a_conversation_that_cannot_be_read_still_ends(talk: Talk) -> None:
    talk.state = apply_stored(talk.state, read_batch(stored(talk, {"kind": "party_teleported"}, number=2)))
    talk.put_unfolded("balance please")
    left = e.Leave(input_id="left", conversation="c1", leg="leg1", reason="ended", ends=True)
    decided = decide(talk.state, e.Stored(input=left), talk.context(100, None))
    assert decided.events == (e.LegDetached("leg1", "ended"), e.ConversationEnded("closed", "transferred"))
    late = e.IdleTimeReached(input_id="late", conversation="c1")
    assert decide(talk.state, late, talk.context(100, None)).events == ()
    talk.now += timedelta(minutes=31)
    assert decide(talk.state, late, talk.context(100, None)).events == (e.ConversationEnded("idle", "transferred"),)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"schema":1}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_batch_is_said_to_be_damaged(raw: bytes) -> None:
    read = read_batch(raw)
    assert read.unreadable == "damaged"
    assert apply_stored(State("c1"), read).started


def test_a_later_schema_is_read_as_far_as_it_is_known(talk: Talk) -> None:
    read = read_batch(stored(talk, schema=2))
    assert read.unreadable == "unknown_event"
    assert read.batch is not None
    assert read.batch.events == talk.batches[-1].events


def test_what_a_later_release_adds_to_an_event_is_passed_over(talk: Talk) -> None:
    plain = json.loads(stored(talk))
    plain["events"][0]["mood"] = "sunny"
    read = read_batch(json.dumps(plain).encode())
    assert read.unreadable is None
    assert read.batch == talk.batches[-1]


def test_understanding_is_only_the_fakes_business() -> None:
    assert understand(BANKING.agent, "Balance, please!").intent == "balance"
    assert replace(understand(BANKING.agent, "x"), entities=()).intent is None


def test_a_call_that_has_said_goodbye_says_no_more() -> None:
    talk = Talk(channel=e.Channel.PHONE)
    talk.start()
    talk.say("goodbye")
    assert talk.say("one more thing") == ""
    assert talk.kinds() == ["turn_heard", "turn_understood"]


def test_an_input_sent_again_after_the_inbox_has_forgotten_it(talk: Talk) -> None:
    """The inbox knows an input for ten minutes, or until the bus restarts; a client may sleep for longer."""
    given = e.Said(input_id="said1", conversation="c1", leg="leg1", modality=e.Modality.TEXT, text="")
    stored = e.Stored(input=given, text=e.Sealed("redacted", "when are you open"))
    assert "from nine to five" in talk.put(stored, understand(talk.agent, "when are you open"))
    assert talk.put(stored, understand(talk.agent, "when are you open")) == ""
    assert talk.last == ()
    keyed = e.Stored(input=e.Keyed(input_id="keyed1", conversation="c1", leg="leg1", digits=""))
    assert talk.put(keyed) != ""
    assert talk.put(keyed) == ""
    assert talk.state.turns == 2
