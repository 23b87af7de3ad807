"""Batches as the operator reads them: in order, redacted, timings where they belong."""

from __future__ import annotations

from datetime import UTC, datetime

from appliance.cli.transcript import ERASED, UNREADABLE, transcript
from appliance.events import (
    Channel,
    ConversationEnded,
    ConversationStarted,
    Event,
    LegAttached,
    Modality,
    ReplyHeard,
    ReplyMade,
    SlotFilled,
    TransferRequested,
    TurnHeard,
    TurnMeasured,
    TurnUnderstood,
    Understanding,
)
from appliance.insights.rows import StoredBatch
from appliance.privacy.policy import REFERENCES
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEYS = ConversationKeys("c1", {"redacted": {1: b"r" * 32}})


def shown(text: str) -> str:
    return REFERENCES.show("c1", text)


def batch(*events: Event, unread: int = 0) -> StoredBatch:
    return StoredBatch("c1", AT, events, unread)


def conversation() -> list[tuple[int, StoredBatch]]:
    heard = KEYS.seal_text(heard_place("i1"), "my number is <DIGITS_1> and 3 <LT_0> 4")
    reply = KEYS.seal_text(reply_place("r1"), "Thank you.")
    return [
        (1, batch(ConversationStarted("banking", "v" * 32, Channel.PHONE, "en"), LegAttached("l1", Channel.PHONE))),
        (
            4,
            batch(
                TurnHeard("t1", "l1", Modality.SPEECH, "i1", heard, (), 0.75),
                TurnUnderstood("t1", Understanding("balance", 0.9)),
                SlotFilled("customer", "DIGITS_1"),
                ReplyMade("r1", "t1", reply),
                TurnMeasured("t1", {"understood": 3.0, "redacted": 2.0, "endpoint": 450.0}),
            ),
        ),
        (9, batch(ReplyHeard("r1", "l1", 900, 1200, True), TurnMeasured("t1", {"first_audio": 40.04}), unread=2)),
        (10, batch(ConversationEnded("hangup", "abandoned"))),
    ]


def test_what_is_said_stands_with_what_it_took() -> None:
    lines = transcript(conversation(), KEYS, shown)
    party = next(line for line in lines if line.who == "party")
    assert party.text == "my number is <DIGITS_1> and 3 < 4"
    assert list(party.stages.items()) == [
        ("endpoint", 450.0),
        ("redacted", 2.0),
        ("understood", 3.0),
        ("first_audio", 40.0),
    ]
    assert (party.details["intent"], party.details["confidence"]) == ("balance", 0.75)
    agent = next(line for line in lines if line.who == "agent")
    assert (agent.text, agent.details["heard_ms"], agent.details["interrupted"]) == ("Thank you.", 900, True)
    assert [line.sequence for line in lines] == sorted(line.sequence for line in lines)


def test_what_is_not_said_is_told_in_a_line() -> None:
    told = [line.text for line in transcript(conversation(), KEYS, shown) if line.who == "box"]
    assert told == [
        "started with banking vvvvvvvvvvvv on phone",
        "leg l1 attached (phone)",
        "customer = DIGITS_1",
        "2 events this release does not know",
        "ended (hangup): abandoned",
    ]


def test_what_a_person_was_told_stands_with_the_transfer() -> None:
    summary = KEYS.seal_text("summary", "Tell the balance; customer: <DIGITS_1>")
    asked = [(1, batch(TransferRequested("person", summary), TransferRequested("other")))]
    first, second = transcript(asked, KEYS, shown)
    assert (first.who, first.text) == ("box", "transfer to person requested")
    assert first.details == {"summary": "Tell the balance; customer: <DIGITS_1>"}
    assert second.details == {}
    assert transcript(asked, None, shown)[0].details == {"summary": ERASED}


def test_erased_keys_leave_everything_but_the_words() -> None:
    lines = transcript(conversation(), None, shown)
    assert {line.text for line in lines if line.who in ("party", "agent")} == {ERASED}


def test_words_that_were_tampered_with_are_not_shown() -> None:
    other = ConversationKeys("c1", {"redacted": {1: b"x" * 32}})
    lines = transcript(conversation(), other, shown)
    assert {line.text for line in lines if line.who in ("party", "agent")} == {UNREADABLE}
