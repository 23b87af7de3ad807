"""A phone in this process, its box of fakes on a real bus, and callers."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np
import pytest
import soxr

from appliance.adapters.nats import Bus
from appliance.adapters.sip_caller import SipCaller
from appliance.adapters.speech import SpeechClient
from appliance.adapters.vault import KeyRing
from appliance.config import PhoneConfig
from models import registry
from models.voice_activity.silero import Silero
from services.phone.captures import CaptureSender
from services.phone.clock import SendClock
from services.phone.desk import Desk
from services.phone.phrases import Phrases
from services.phone.ports import PortPairs
from services.phone.switchboard import Switchboard
from tests.conftest import NatsServer
from tests.fakes.phone_box import PhoneBox, Script


@dataclass
class Phone:
    box: PhoneBox
    switchboard: Switchboard
    desk: Desk

    def caller(self, **options: object) -> SipCaller:
        return SipCaller(self.switchboard.address, **options)  # type: ignore[arg-type]


StartPhone = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def start_phone(bus: Bus, nats_server: NatsServer) -> AsyncIterator[StartPhone]:
    async with AsyncExitStack() as stack:

        async def start(script: Script, *, speech: bool = True, **config: object) -> Phone:
            box = PhoneBox(await Bus.connect(nats_server.url, "box"), script)
            await box.start(speech=speech)
            settings = PhoneConfig(port=0, rtp_first=31000, rtp_last=31999, **config)  # type: ignore[arg-type]
            client, clock = SpeechClient(bus), SendClock()
            desk = Desk(
                config=settings,
                host=settings.host,
                bus=bus,
                speech=client,
                keys=KeyRing(bus, "phone"),
                captures=CaptureSender(bus),
                phrases=Phrases(client),
                clock=clock,
                ports=PortPairs(settings.host, settings.rtp_first, settings.rtp_last),
                activity=lambda: Silero(8000),
            )
            if speech:
                await desk.phrases.prepare()
                box.voice.said.clear()
            switchboard = Switchboard(desk)
            stack.push_async_callback(box.bus.close)
            stack.push_async_callback(box.close)
            stack.callback(clock.close)
            stack.push_async_callback(switchboard.close)
            return Phone(box, switchboard, desk)

        yield start


@functools.cache
def spoken(text: str) -> bytes:
    """Somebody saying it: 8 kHz PCM, with a little silence around."""
    engine = registry.load("text_to_speech", "espeak-ng")
    pcm = b"".join(engine.speak(text, "en-us", "en"))
    samples = soxr.resample(np.frombuffer(pcm, "<i2").astype(np.float32), engine.capabilities.sample_rate, 8000)
    return bytes(1600) + np.rint(samples).clip(-32768, 32767).astype("<i2").tobytes() + bytes(1600)
