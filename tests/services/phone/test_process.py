"""The phone's process against whatever arrives at its sockets: it lives, answers calls, and does not grow."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from pathlib import Path

from appliance import events as e
from appliance.adapters.sip_caller import SipCaller
from appliance.adapters.udp import UdpSocket
from appliance.telephony.addresses import Address
from appliance.telephony.rtp import Packet, write_packet
from tests.conftest import data_folder
from tests.fakes.damage import damaged
from tests.fakes.phone_box import Reply, Step
from tests.services.phone.conftest import StartProcess


def greet(given: e.ChannelInput) -> Sequence[Step]:
    return [Reply("Hello.")] if isinstance(given, e.Start) else []


def seeds() -> list[bytes]:
    """Messages to damage: the torture messages where they are, and plain ones."""
    torture = sorted((data_folder() / "sip-torture").glob("*.dat"))
    plain = (
        b"INVITE sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
        b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:1000@127.0.0.1>\r\nCall-ID: c@x\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:a@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    )
    return [
        plain,
        plain.replace(b"INVITE", b"OPTIONS"),
        plain.replace(b"INVITE", b"BYE"),
        *map(Path.read_bytes, torture),
    ]


async def flood(address: Address, messages: int, seed: int) -> None:
    chance = random.Random(seed)
    known = seeds()
    sender = UdpSocket(Address("127.0.0.1", 0), lambda *_: None)
    for number in range(messages):
        sender.send(damaged(chance, chance.choice(known)), address)
        if number % 20 == 0:
            await asyncio.sleep(0.002)
    sender.close()


async def test_damaged_sip_leaves_it_standing_and_no_larger(start_process: StartProcess) -> None:
    phone = await start_process(greet)
    await flood(phone.address, 10_000, 1)
    await asyncio.sleep(0.5)
    before = phone.resident_kib
    await flood(phone.address, 10_000, 2)
    await asyncio.sleep(0.5)
    assert phone.resident_kib < before * 1.05 + 2048
    async with SipCaller(phone.address) as caller:
        await caller.dial("1000")
        assert not (await caller.reply(quiet_ms=200)).is_silent
    assert phone.process.returncode is None
    assert b"b2t_phone_sip_rejected_total" in await phone.status(b"metrics")
    assert "sip_datagram_failed" not in phone.log.read_text()


async def test_damaged_rtp_leaves_the_call_standing(start_process: StartProcess) -> None:
    phone = await start_process(greet)
    chance = random.Random(3)
    async with SipCaller(phone.address) as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=200)
        assert caller.media is not None
        for number in range(20_000):
            packet = write_packet(
                Packet(chance.choice((0, 101, 8)), False, number & 0xFFFF, number * 160, 1, b"\xff" * 160)
            )
            data = damaged(chance, packet)[: chance.randrange(1, 1600)]
            caller.inject(data, caller.media.remote)
            if number % 50 == 0:
                await asyncio.sleep(0.002)
        assert not caller.is_over
    async with SipCaller(phone.address) as caller:
        await caller.dial("1000")
        assert not (await caller.reply(quiet_ms=200)).is_silent
    assert phone.process.returncode is None


async def test_it_stops_when_told_to_even_during_a_call(start_process: StartProcess) -> None:
    phone = await start_process(greet)
    async with SipCaller(phone.address) as caller:
        await caller.dial("1000")
        await caller.reply(quiet_ms=200)
        phone.process.send_signal(signal.SIGTERM)
        assert not (await caller.reply(quiet_ms=300)).is_silent, "it says goodbye"
        assert await caller.ended(6)
    assert await asyncio.wait_for(phone.process.wait(), 8) == 0


async def test_a_killed_phone_leaves_nothing_that_hinders_the_next_call(start_process: StartProcess) -> None:
    phone = await start_process(greet)
    async with SipCaller(phone.address) as caller:
        await caller.dial("1000")
        os.kill(phone.process.pid, signal.SIGKILL)
        await phone.process.wait()
        assert not caller.is_over
