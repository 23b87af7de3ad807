"""What a party does during a call: interrupts, agrees, keys, says nothing, puts us on hold."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance import events as e
from appliance.telephony.sdp import Direction
from tests.fakes.phone_box import Reply, Step
from tests.fakes.planted import stands_in
from tests.services.phone.conftest import StartPhone, spoken

LONG = "This is a rather long announcement that goes on for quite a while, so that there is time to say something."
PIN = e.Expectation(wait_ms=4000, secure=e.SecureCapture("pin-1", 4, 6))


def long_winded(given: e.ChannelInput) -> Sequence[Step]:
    match given:
        case e.Start():
            return [Reply(LONG, phrases=("stop", "go on"))]
        case e.Said() | e.Keyed():
            return [Reply("All right.")]
        case _:
            return []


async def test_speech_interrupts_and_is_answered(start_phone: StartPhone) -> None:
    phone = await start_phone(long_winded)
    phone.box.recogniser.hears.append("stop")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.sound()
        await asyncio.sleep(0.5)
        await caller.say(spoken("please stop talking"))
        assert not (await caller.reply(quiet_ms=300)).is_silent
    played = await phone.box.wait_for(e.Played, 2)
    assert played[0].interrupted
    assert 300 <= played[0].heard_ms <= 1500
    assert played[0].total_ms >= 3000
    assert not played[1].interrupted
    assert phone.box.recogniser.hints[0].phrases == ("stop", "go on")


async def test_a_back_channel_does_not(start_phone: StartPhone) -> None:
    phone = await start_phone(long_winded)
    phone.box.recogniser.hears.append("uh-huh")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.sound()
        await asyncio.sleep(0.3)
        await caller.say(spoken("aha"))
        await phone.box.wait_for(e.Played)
    assert not phone.box.of(e.Played)[0].interrupted
    assert phone.box.of(e.Said) == []


async def test_keys_are_told_as_a_number(start_phone: StartPhone) -> None:
    phone = await start_phone(long_winded)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.sound()
        await caller.press("90210#")
        keyed = await phone.box.wait_for(e.Keyed)
    assert keyed[0].digits == "90210"
    assert phone.box.of(e.Played)[0].interrupted


def ask_for_pin(given: e.ChannelInput) -> Sequence[Step]:
    match given:
        case e.Start():
            return [Reply("Key your PIN.", PIN)]
        case e.Captured():
            return [Reply("Thank you.")]
        case _:
            return []


async def test_a_pin_goes_to_the_connectors_and_nowhere_else(start_phone: StartPhone) -> None:
    phone = await start_phone(ask_for_pin)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await caller.say(spoken("four seven one one"))
        await caller.press("4711#")
        assert not (await caller.reply(quiet_ms=300)).is_silent
    assert phone.box.digits == ["4711"]
    assert [(given.capture, given.outcome) for given in phone.box.of(e.Captured)] == [("pin-1", "valid")]
    assert phone.box.recogniser.hints == [], "nobody listened"
    assert not any(stands_in("4711", e.CHANNEL_INPUT.dump_json(given)) for given in phone.box.inputs)


async def test_connectors_restarted_between_two_pins(start_phone: StartPhone) -> None:
    def twice(given: e.ChannelInput) -> Sequence[Step]:
        if isinstance(given, e.Captured) and given.capture == "pin-1":
            return [Reply("Again.", e.Expectation(secure=e.SecureCapture("pin-2", 4, 4)))]
        return ask_for_pin(given)

    phone = await start_phone(twice)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await caller.press("1234#")
        await phone.box.wait_for(e.Captured, 1)
        await caller.reply(quiet_ms=300)
        phone.box.restart_connectors()
        await caller.press("5678")
        await phone.box.wait_for(e.Captured, 2)
    assert phone.box.digits == ["1234", "5678"]


async def test_an_invalid_pin_is_sent_nowhere(start_phone: StartPhone) -> None:
    phone = await start_phone(ask_for_pin)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await caller.press("12#")
        captured = await phone.box.wait_for(e.Captured)
    assert captured[0].outcome == "invalid"
    assert phone.box.digits == []


async def test_silence_is_told_once(start_phone: StartPhone) -> None:
    def impatient(given: e.ChannelInput) -> Sequence[Step]:
        return [Reply("Well?", e.Expectation(wait_ms=600))] if isinstance(given, e.Start) else []

    phone = await start_phone(impatient)
    async with phone.caller() as caller:
        await caller.dial("1000")
        waited = await phone.box.wait_for(e.Waited)
        await asyncio.sleep(1.0)
    assert waited[0].waited_ms == 600
    assert len(phone.box.of(e.Waited)) == 1


async def test_on_hold_nothing_is_said_nor_heard(start_phone: StartPhone) -> None:
    phone = await start_phone(long_winded)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.sound()
        caller.hold()
        await asyncio.sleep(0.3)
        heard = len(caller.heard)
        await caller.say(spoken("this is for somebody else"))
        assert len(caller.heard) - heard < 16000 * 0.2
        caller.hold(Direction.SENDRECV)
        await phone.box.wait_for(e.Played)
    assert not phone.box.of(e.Played)[0].interrupted
    assert phone.box.recogniser.hints == []
