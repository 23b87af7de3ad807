"""What goes wrong around a call: it is bridged where it passes, and ends in words and a BYE where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from appliance import events as e
from appliance.adapters.sip_caller import CallRefused
from appliance.telephony import g711
from appliance.telephony.sdp import Codec
from services.phone import call, ear, line, phrases, voice
from tests.conftest import NatsServer
from tests.fakes.phone_box import Reply, Step, end
from tests.services.phone.conftest import StartPhone, spoken


def polite(given: e.ChannelInput) -> Sequence[Step]:
    match given:
        case e.Start():
            return [Reply("Hello.")]
        case e.Said() | e.Keyed():
            return [Reply("Understood.")]
        case _:
            return []


async def dial_until_refused(phone: object) -> int | None:
    async with phone.caller() as caller:  # type: ignore[attr-defined]
        with pytest.raises(CallRefused) as refused:
            await caller.dial("1000")
    return refused.value.sip_status


async def test_without_dialogue_a_call_is_refused(start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "START_WAIT_S", 0.5)
    monkeypatch.setattr(line, "TRY_S", 0.2)
    phone = await start_phone(lambda _: None)
    assert await dial_until_refused(phone) == 503


async def test_without_a_voice_a_call_is_refused(start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "GREETING_S", 0.5)
    phone = await start_phone(polite, speech=False)
    assert await dial_until_refused(phone) == 503
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "failed"


async def test_an_input_is_repeated_until_it_is_taken(start_phone: StartPhone) -> None:
    refusals = [e.Refused("", "redaction-failed", "not now", retryable=True)] * 3

    def stumbling(given: e.ChannelInput) -> Sequence[Step] | e.Refused:
        return refusals.pop() if isinstance(given, e.Said) and refusals else polite(given)

    phone = await start_phone(stumbling)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await caller.say(spoken("hello there"))
        assert not (await caller.reply(quiet_ms=300)).is_silent
    assert len(phone.box.of(e.Said)) == 1


async def test_dialogue_gone_for_good_ends_in_an_apology(
    start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "WAIT_S", 1.0)
    monkeypatch.setattr(line, "TRY_S", 0.3)
    monkeypatch.setattr(call, "FLUSH_S", 0.5)
    phone = await start_phone(lambda given: polite(given) if isinstance(given, e.Start | e.Played) else None)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await caller.say(spoken("hello there"))
        sorry = await caller.reply(quiet_ms=500)
        assert len(sorry.pcm) / 16 == pytest.approx(len(phrases.SORRY) * 30, abs=150)
        assert await caller.ended(3)


async def test_lost_notices_are_made_up_from_the_stream(start_phone: StartPhone) -> None:
    phone = await start_phone(polite)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        phone.box.lose_notices = 1
        await caller.say(spoken("hello there"))
        assert not (await caller.reply(quiet_ms=300, timeout_s=5)).is_silent
    assert phone.box.voice.said == ["Hello.", "Understood."]


async def test_a_gap_in_the_notices_is_filled_in_order(start_phone: StartPhone) -> None:
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        conversation = phone.box.inputs[0].conversation
        phone.box.lose_notices = 2
        for text in ("One.", "Two.", "Three."):
            await phone.box.append(conversation, [Reply(text)])
        await phone.box.wait_for(e.Played, 4)
    assert phone.box.voice.said == ["Hello.", "One.", "Two.", "Three."]


async def test_a_recogniser_that_dies_is_replaced(start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = await start_phone(polite)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await phone.box.stop_speech()
        await caller.say(spoken("hello there"))
        phone.box.start_speech()
        assert not (await caller.reply(quiet_ms=300)).is_silent
    assert [given.text for given in phone.box.of(e.Said)] == ["hello"]
    assert phone.box.recogniser.heard_bytes[0] > 8000, "the whole utterance, from memory"


async def test_recognition_gone_for_good_ends_in_an_apology(
    start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "PATIENCE_S", 0.5)
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await phone.box.stop_speech()
        await caller.say(spoken("hello there"))
        assert not (await caller.reply(quiet_ms=500)).is_silent
        assert await caller.ended(5)
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "failed"


async def test_synthesis_that_comes_back_is_waited_for(start_phone: StartPhone) -> None:
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await phone.box.stop_speech()
        await caller.press("1#")
        await phone.box.wait_for(e.Keyed)
        await asyncio.sleep(0.3)
        phone.box.start_speech()
        assert not (await caller.reply(quiet_ms=300)).is_silent
    assert phone.box.voice.said[-1] == "Understood."


async def test_synthesis_gone_for_good_is_told_as_unheard(
    start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "PATIENCE_S", 0.5)
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        await phone.box.stop_speech()
        await caller.press("1#")
        played = await phone.box.wait_for(e.Played, 2)
    assert played[1].heard_ms == 0


async def test_the_bus_goes_and_comes_back(start_phone: StartPhone, nats_server: NatsServer) -> None:
    phone = await start_phone(polite)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        nats_server.kill()
        await caller.say(spoken("hello there"))
        await asyncio.sleep(1.0)
        assert not caller.is_over
        nats_server.start()
        assert not (await caller.reply(quiet_ms=300)).is_silent
        await phone.box.wait_for(e.Played, 2)
    assert [given.text for given in phone.box.of(e.Said)] == ["hello"]
    assert phone.box.voice.said == ["Hello.", "Understood."]


async def test_the_bus_gone_for_good_ends_in_an_apology(
    start_phone: StartPhone, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ear, "PATIENCE_S", 1.0)
    monkeypatch.setattr(call, "FLUSH_S", 0.5)
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        nats_server.kill()
        await caller.say(spoken("hello there"))
        assert not (await caller.reply(quiet_ms=500)).is_silent
        assert await caller.ended(5)
    nats_server.start()


async def test_dead_media_ends_the_call(start_phone: StartPhone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "MEDIA_TIMEOUT_S", 0.5)
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        caller.stop_sending()
        assert await caller.ended(3)
    left = await phone.box.wait_for(e.Leave)
    assert left[0].reason == "media_timeout"


async def test_the_goodbye_is_heard_whole(start_phone: StartPhone) -> None:
    def brief(given: e.ChannelInput) -> Sequence[Step]:
        return [Reply("We are closed today."), end()] if isinstance(given, e.Start) else []

    phone = await start_phone(brief)
    async with phone.caller() as caller:
        await caller.dial("1000")
        words = await caller.reply(quiet_ms=150)
        assert await caller.ended(3)
    assert len(words.pcm) / 16 == pytest.approx(600, abs=60)
    assert phone.box.of(e.Leave) == [], "the conversation is over already"
    assert not phone.box.of(e.Played)[0].interrupted


async def test_beyond_the_limit_a_call_is_busy(start_phone: StartPhone) -> None:
    phone = await start_phone(polite, max_calls=1)
    async with phone.caller() as first:
        await first.dial("1000")
        assert await dial_until_refused(phone) == 486
    async with phone.caller() as next_one:
        await next_one.dial("1000")


async def test_stopping_says_so_and_takes_no_new_calls(start_phone: StartPhone) -> None:
    phone = await start_phone(polite)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        closing = asyncio.create_task(phone.switchboard.close())
        assert await dial_until_refused(phone) == 503
        words = await caller.reply(quiet_ms=300)
        assert await caller.ended(5)
        await closing
    assert len(words.pcm) / 16 == pytest.approx(len(phrases.CLOSING) * 30, abs=150)


async def test_a_leg_that_moves_goes_on_in_the_other_conversation(start_phone: StartPhone) -> None:
    """The chat's earlier replies are not read out; what the move brings is."""

    def moving(given: e.ChannelInput) -> Sequence[Step]:
        match given:
            case e.Start():
                return [Reply("Hello.")]
            case e.Keyed(digits="123456"):
                return [e.LegMoved(given.leg, "chat-1"), e.ConversationEnded("continued", "continued")]
            case e.Said():
                return [Reply("Go on.")]
            case _:
                return []

    phone = await start_phone(moving)
    phone.box.recogniser.hears.append("hello")
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        leg = phone.box.inputs[0].leg
        await phone.box.append("chat-1", [Reply("Typed long ago.")])
        await caller.press("123456#")
        await phone.box.wait_for(e.Keyed)
        await asyncio.sleep(0.2)
        await phone.box.append("chat-1", [e.LegAttached(leg, e.Channel.PHONE), Reply("Welcome back.")])
        assert not (await caller.reply(quiet_ms=300)).is_silent
        await caller.say(spoken("hello there"))
        said = await phone.box.wait_for(e.Said)
        await caller.reply(quiet_ms=300)
    assert phone.box.voice.said == ["Hello.", "Welcome back.", "Go on."]
    assert said[0].conversation == "chat-1"
    left = await phone.box.wait_for(e.Leave)
    assert left[0].conversation == "chat-1"


async def test_a_stranger_is_not_heard(start_phone: StartPhone) -> None:
    from appliance.adapters.udp import UdpSocket
    from appliance.telephony.addresses import Address
    from appliance.telephony.rtp import Packet, write_packet

    phone = await start_phone(polite)
    pcm = spoken("this is the voice of somebody else entirely")
    payload = g711.encode(Codec.PCMU, pcm)
    async with phone.caller() as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=300)
        assert caller.media is not None
        stranger = UdpSocket(Address("127.0.0.1", 0), lambda *_: None)
        for number in range(len(payload) // 160):
            piece = payload[number * 160 : number * 160 + 160]
            stranger.send(write_packet(Packet(0, False, number, number * 160, 99, piece)), caller.media.remote)
            await asyncio.sleep(0.005)
        stranger.close()
        await asyncio.sleep(0.3)
    assert phone.box.recogniser.hints == []
