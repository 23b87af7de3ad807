"""A phone in this process, its box of fakes on a real bus, and callers."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soxr

from appliance.adapters.nats import Bus
from appliance.adapters.sip_caller import SipCaller
from appliance.adapters.speech import SpeechClient
from appliance.adapters.vault import KeyRing
from appliance.config import PhoneConfig
from appliance.errors import Unavailable
from appliance.telephony.addresses import Address
from models import registry
from models.voice_activity.silero import Silero
from services.phone.attention import Attention
from services.phone.captures import CaptureSender
from services.phone.clock import SendClock
from services.phone.desk import Desk
from services.phone.phrases import Phrases
from services.phone.ports import PortPairs
from services.phone.switchboard import Switchboard
from tests.conftest import ROOT, NatsServer, free_port
from tests.fakes.phone_box import PhoneBox, Script

NOTICE = "This call is recorded."


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

        async def start(
            script: Script, *, speech: bool = True, recordings: Path | None = None, **config: object
        ) -> Phone:
            box = PhoneBox(await Bus.connect(nats_server.url, "box"), script)
            await box.start(speech=speech)
            settings = PhoneConfig(port=0, rtp_first=31000, rtp_last=31999, **config)  # type: ignore[arg-type]
            client, clock = SpeechClient(bus, "phone"), SendClock()
            desk = Desk(
                config=settings,
                host=settings.host,
                bus=bus,
                speech=client,
                keys=KeyRing(bus, "phone"),
                captures=CaptureSender(bus),
                phrases=Phrases(client, notice=NOTICE if recordings is not None else None),
                clock=clock,
                attention=Attention(),
                ports=PortPairs(settings.host, settings.rtp_first, settings.rtp_last),
                activity=lambda: Silero(8000),
                recordings=recordings,
                notice=NOTICE,
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


@dataclass
class PhoneProcess:
    """The phone as it runs in production, with its box of fakes."""

    box: PhoneBox
    address: Address
    process: asyncio.subprocess.Process
    log: Path

    @property
    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    async def status(self, what: bytes = b"") -> bytes:
        return await self.box.bus.request("b2t.status.phone", what, 2)


StartProcess = Callable[..., Awaitable[PhoneProcess]]


@pytest.fixture
async def start_process(bus: Bus, nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[StartProcess]:
    async with AsyncExitStack() as stack:

        async def start(script: Script) -> PhoneProcess:
            box = PhoneBox(await Bus.connect(nats_server.url, "box"), script)
            await box.start()
            stack.push_async_callback(box.bus.close)
            stack.push_async_callback(box.close)
            address = Address("127.0.0.1", free_port(socket.SOCK_DGRAM))
            data, log = tmp_path / "phone", tmp_path / "phone.log"
            data.mkdir()
            (data / "config.toml").write_text(
                f"[bus]\nport = {nats_server.port}\n"
                f"[phone]\nport = {address.port}\nrtp_first = 32000\nrtp_last = 32999\n"
            )
            with log.open("wb") as out:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "services.phone", "--data-dir", str(data)), cwd=ROOT, stdout=out, stderr=out
                )
            stack.push_async_callback(_end, process)
            phone = PhoneProcess(box, address, process, log)
            async with asyncio.timeout(20):
                while not await _is_ready(phone):
                    assert process.returncode is None, log.read_text()
                    await asyncio.sleep(0.1)
            return phone

        yield start


async def _is_ready(phone: PhoneProcess) -> bool:
    try:
        status = json.loads(await phone.status())
    except Unavailable:
        return False
    return bool(status["ready"]) and status["parts"].get("speech") == "ok"


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


@functools.cache
def spoken(text: str) -> bytes:
    """Somebody saying it: 8 kHz PCM, with a little silence around."""
    engine = registry.load("text_to_speech", "espeak-ng")
    pcm = b"".join(engine.speak(text, "en-us", "en"))
    samples = soxr.resample(np.frombuffer(pcm, "<i2").astype(np.float32), engine.capabilities.sample_rate, 8000)
    return bytes(1600) + np.rint(samples).clip(-32768, 32767).astype("<i2").tobytes() + bytes(1600)
