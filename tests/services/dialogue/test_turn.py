"""Whole turns through the real bus: what is accepted is decided once, in order, and what follows is carried out."""

from __future__ import annotations

import asyncio
import re

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus, conversation_subject, inbox_subject
from appliance.conversation import listening
from appliance.privacy.references import reveal
from appliance.privacy.sealing import heard_place
from tests.fakes.inference import FakeInference
from tests.fakes.keys import keys_of
from tests.services.dialogue.conftest import Box, Copy, until


async def test_a_chat_to_its_balance(box: Box) -> None:
    assert await box.start("c1") == "Welcome to Example Bank. How can I help you?"
    assert (
        await box.say("c1", "what is the balance of my savings") == "What is your customer number? It has eight digits."
    )
    assert await box.say("c1", "it is 1234 5678") == "Please enter your PIN in the secure field."
    assert await box.capture("c1") == "One moment, please."
    order = await box.order()
    values = reveal(keys_of("c1"), order.references.values())
    assert values[order.arguments["customer"]].digits == "12345678"
    heard = await box.returns(order, 123456)
    money = next(event.values["balance"] for event in await box.events("c1") if event.kind == "connector_call_returned")
    assert heard.startswith(f"The balance of your savings account is <{money.name}>.")
    assert reveal(keys_of("c1"), [money])[money.name].amount == "1234.56"
    assert "Goodbye" in await box.say("c1", "goodbye")
    assert (await box.state("c1")).ended.outcome == "contained"


async def test_a_call_hears_what_phrases_are_expected(box: Box, bus: Bus) -> None:
    notices: list[e.Notice] = []

    async def receive(_subject: str, raw: bytes) -> None:
        notices.append(e.NOTICE.validate_json(raw))

    stop = await bus.subscribe("b2t.replies.*", receive)
    await box.start("p1", e.Channel.PHONE, caller="+14155552671")
    await until(lambda: _first(notices, 1))
    assert "goodbye" in notices[0].phrases
    assert "what is the balance of my savings account" in notices[0].phrases
    await box.say("p1", "balance please")
    await until(lambda: _first(notices, 2))
    assert notices[1].phrases[0] == "checking"
    assert [notice.batch.number for notice in notices] == [1, 2]
    await stop()


async def _first(notices: list[e.Notice], count: int) -> bool | None:
    return True if len(notices) >= count else None


async def test_what_is_measured(box: Box) -> None:
    await box.start("c1")
    await box.say("c1", "balance please", stages={"recognised": 12.0, "my card is 4111": 1.0})
    measured = [event for event in await box.events("c1") if isinstance(event, e.TurnMeasured)]
    assert set(measured[0].stages) == {"recognised", "redacted", "understood", "decided"}
    reply = (await box.state("c1")).reply
    played = e.Played(**box.of("c1"), reply=reply.reply, heard_ms=0, total_ms=0, stages={"first_audio": 3.0})
    await box.accept(played)

    async def second() -> e.TurnMeasured | None:
        found = [event for event in await box.events("c1") if isinstance(event, e.TurnMeasured)]
        return found[1] if len(found) > 1 else None

    again = await until(second)
    assert set(again.stages) == {"first_audio", "recorded"}
    assert again.turn == measured[0].turn


async def test_personal_data_is_nowhere_in_what_is_stored(box: Box, inference: FakeInference) -> None:
    await box.start("c1", account="mara@example.org")
    await box.say("c1", "I am mara@example.org, card 4111 1111 1111 1111, ssn 536-90-4399, number 12345678")
    assert inference.seen == ["I am <EMAIL_1>, card <CARD_1>, ssn <SSN_1>, number <NUMBER_1>"]
    await box.say("c1", "again mara@example.org and 12345678")
    assert inference.seen[-1] == "again <EMAIL_1> and <NUMBER_1>"
    await box.start("p1", e.Channel.PHONE, caller="+14155552671")
    await box.accept(e.Keyed(**box.of("p1"), digits="87654321#"))
    await box.heard("p1", 2)
    stored = await box.stored()
    for planted in (b"mara@example", b"4111 1111", b"41111111", b"536-90", b"12345678", b"87654321", b"5552671"):
        assert planted not in stored


async def test_a_pin_said_in_words_is_stored_in_no_form(box: Box) -> None:
    await box.start("c1")
    await box.say("c1", "what is the balance of my savings")
    await box.say("c1", "12345678")
    heard = await box.say("c1", "two four six eight")
    assert heard.endswith("Please enter it in the secure field.")
    references = (await box.state("c1")).references
    assert references["PIN_1"].value is None
    assert references["PIN_1"].digest is None


@pytest.mark.parametrize("pin", ["2468", "24681", "two four six eight", "it is 2468 I think", "my PIN is 24681"])
async def test_a_secret_given_ahead_of_its_question_is_recorded_in_no_form(box: Box, copy: Copy, pin: str) -> None:
    """Redacted before the question, since the turn before it was not taken yet; taken after it."""
    await box.start("c1", e.Channel.PHONE)
    await box.say("c1", "what is the balance of my savings")
    await copy.stop()
    await box.accept(e.Keyed(**box.of("c1"), digits="12345678"))
    given: e.ChannelInput = e.Said(**box.of("c1"), modality=e.Modality.SPEECH, text=pin)
    if pin.isdigit():
        given = e.Keyed(**box.of("c1"), digits=pin)
    await box.accept(given)
    await copy.start()
    assert (await box.heard("c1", 4)).endswith("Please key it in, then press the hash key.")
    *_, heard = (event for event in await box.events("c1") if isinstance(event, e.TurnHeard))
    assert [(one.kind, one.value, one.digest) for one in heard.references] == [("PIN", None, None)]
    if heard.text is not None:
        text = keys_of("c1").unseal_text(heard_place(heard.input_id), heard.text)
        assert text == re.sub(r"two four six eight|24681?", "<PIN_1>", pin)


async def test_the_same_input_twice_is_one_turn(box: Box) -> None:
    await box.start("c1")
    said = e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="balance please")
    for _ in range(3):
        assert isinstance(await box.accept(said), e.Accepted)
    await box.heard("c1", 2)
    await asyncio.sleep(0.1)
    assert len(await box.replies("c1")) == 2


async def test_inputs_sent_at_once_are_all_taken_in_order(box: Box) -> None:
    await box.start("c1")
    said = [e.Said(**box.of("c1"), modality=e.Modality.TEXT, text=f"hm {number}") for number in range(10)]
    for given in said:
        await box.accept(given)
    await box.heard("c1", 11)
    heard = [event.input_id for event in await box.events("c1") if isinstance(event, e.TurnHeard)]
    assert heard == [given.input_id for given in said]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"widget": "nowhere"}, "unknown"),
        ({"number": "9999"}, "unknown"),
        ({"agent": "nobody"}, "unknown"),
        ({"agent": "banking", "number": "1000"}, "invalid"),
        ({}, "invalid"),
    ],
)
async def test_starts_that_lead_nowhere(box: Box, given: dict[str, str], code: str) -> None:
    answer = await box.accept(e.Start(**box.of("c1"), channel=e.Channel.CHAT, **given))
    assert isinstance(answer, e.Refused)
    assert (answer.code, answer.retryable) == (code, False)


async def test_inputs_that_lead_nowhere(box: Box, copy: Copy) -> None:
    answer = await box.accept(e.Said(**box.of("never"), modality=e.Modality.TEXT, text="hello"))
    assert isinstance(answer, e.Refused)
    assert answer.code == "unknown"
    for raw in (b"", b"{}", b"\xff", b'{"kind":"said"}'):
        refused = e.ANSWER.validate_json(await copy.turns.accept(raw))
        assert isinstance(refused, e.Refused)
        assert refused.code == "invalid"


async def test_without_redaction_nothing_is_stored(box: Box, inference: FakeInference) -> None:
    await box.start("c1")
    inference.down = True
    answer = await box.accept(e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="my card is 4111"))
    assert isinstance(answer, e.Refused)
    assert (answer.code, answer.retryable) == ("redaction-failed", True)
    inference.down = False
    assert await box.say("c1", "hello") == "Hello! How can I help you?"


async def test_understanding_that_is_away_for_a_moment_is_waited_for(box: Box, inference: FakeInference) -> None:
    await box.start("c1")
    inference.trained.clear()  # a copy that was not there when it was trained
    assert (await box.say("c1", "balance please")).startswith("For which account")


async def test_an_input_delivered_again_is_carried_out_again_but_not_decided_again(box: Box, copy: Copy) -> None:
    await box.start("c1")
    await box.say("c1", "what is the balance of my savings")
    await box.say("c1", "12345678")
    await box.capture("c1")
    before = await box.batches("c1")
    order = await box.order()
    held = await copy.conversations.fresh("c1")
    await copy.turns._finish_again(held, before[-1].taken)
    assert await box.orders() == [order]
    assert await box.batches("c1") == before


async def test_a_log_with_an_unknown_event_parks(box: Box, bus: Bus, copy: Copy) -> None:
    await box.start("c1")
    batch = (await box.batches("c1"))[0]
    raw = e.BATCH.dump_json(batch).replace(b'"number":1', b'"number":2').replace(b'"leg_attached"', b'"leg_beamed"')
    await bus.append(conversation_subject("c1"), raw)
    await box.accept(e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="balance please"))

    async def parked() -> bytes | None:
        async for _, stored in bus.read("CONVERSATIONS", conversation_subject("c1")):
            if b"conversation_parked" in stored:
                return stored
        return None

    assert b"transfer_requested" in await until(parked)


async def test_an_input_that_makes_deciding_fail_holds_nobody_up(
    box: Box, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    await box.start("c1")
    monkeypatch.setattr(listening, "answer", broken)
    assert "put you through" in await box.say("c1", "balance please")
    assert (await box.state("c1")).parked


async def test_a_damaged_inbox_message_is_passed_over(box: Box, bus: Bus) -> None:
    await bus.append(inbox_subject("c1"), b"not json")
    assert await box.start("c1")


async def test_after_the_end_only_what_was_accepted_before_is_accepted_again(box: Box) -> None:
    await box.start("c1")
    goodbye = e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="goodbye")
    await box.accept(goodbye)
    assert "Goodbye" in await box.heard("c1", 2)
    assert isinstance(await box.accept(goodbye), e.Accepted)
    answer = await box.accept(e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="hello"))
    assert isinstance(answer, e.Refused)
    assert (answer.code, answer.retryable) == ("ended", False)
    assert len(await box.replies("c1")) == 2
