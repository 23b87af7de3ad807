"""Whole calls: a SIP caller on one side, dialogue and speech as fakes on the real bus on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from appliance import events as e
from appliance.adapters.sip_caller import CallRefused
from appliance.telephony.sdp import Codec
from tests.fakes.phone_box import MS_A_LETTER, Reply, Step, end
from tests.services.phone.conftest import StartPhone, spoken

GREETING = "Welcome to the bank."


def echo(given: e.ChannelInput) -> Sequence[Step]:
    """Greets, answers whatever is said, and says goodbye to `bye`."""
    match given:
        case e.Start():
            return [Reply(GREETING)]
        case e.Said(text="bye"):
            return [Reply("Goodbye."), end()]
        case e.Said():
            return [Reply("Your balance is on its way.")]
        case _:
            return []


@pytest.mark.parametrize("codec", list(Codec))
async def test_a_call_from_greeting_to_goodbye(start_phone: StartPhone, codec: Codec) -> None:
    phone = await start_phone(echo)
    phone.box.recogniser.hears.extend(["check my balance", "bye"])
    async with phone.caller(codec=codec) as caller:
        await caller.dial("1000")
        greeting = await caller.reply()
        assert abs(len(greeting.pcm) / 16 - MS_A_LETTER * len(GREETING)) < 100
        assert greeting.latency_ms is not None
        assert greeting.latency_ms < 500
        await caller.say(spoken("check my balance"))
        answer = await caller.reply()
        assert not answer.is_silent
        await caller.say(spoken("thank you goodbye"))
        assert not (await caller.reply()).is_silent
        assert await caller.ended(5)
    start, said = phone.box.inputs[0], phone.box.of(e.Said)
    assert isinstance(start, e.Start)
    assert start.number == "1000"
    assert start.channel is e.Channel.PHONE
    assert [given.text for given in said] == ["check my balance", "bye"]
    assert {"speech_end", "endpoint", "recognised"} <= said[0].stages.keys()
    played = await phone.box.wait_for(e.Played, 3)
    assert all(given.heard_ms == given.total_ms and not given.interrupted for given in played)
    assert {"first_audio", "voice_to_voice", "heard_until"} <= played[1].stages.keys()
    assert phone.box.voice.said == [GREETING, "Your balance is on its way.", "Goodbye."]


async def test_the_caller_hangs_up(start_phone: StartPhone) -> None:
    phone = await start_phone(echo)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.sound()
        await caller.hang_up()
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "hangup"
    played = phone.box.of(e.Played)
    assert played[0].interrupted
    assert 0 < played[0].heard_ms < played[0].total_ms


async def test_an_unknown_number_is_404(start_phone: StartPhone) -> None:
    phone = await start_phone(lambda _: e.Refused("", "unknown", "no such number", retryable=False))
    async with phone.caller() as caller:
        with pytest.raises(CallRefused) as refused:
            await caller.dial("999")
    assert refused.value.sip_status == 404
    await asyncio.sleep(0)
    assert phone.box.of(e.Leave) == []
