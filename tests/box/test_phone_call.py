"""The main job by phone: baresip calls the Banking agent, and the recording of what it heard tells the balance.

baresip is remote-controlled (ctrl_tcp): it plays one WAV a turn and keys digits; the events of the conversation say
when the agent has finished speaking. The balance, another in every run, is read from what baresip recorded, by our own
recogniser under a grammar of all amounts from 0 to 999,999.99. It misreads about one amount in a hundred (see
docs/benchmarks.md), so a second call with another balance may make up for the first; two wrong ones fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import shutil
import socket
import subprocess
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soxr

from appliance import events as e
from appliance.adapters.nats import Bus
from appliance.ports import Hints
from models.speech_to_text.amounts import cents_in
from models.speech_to_text.pocketsphinx import PocketSphinx
from tests.box.conftest import Box, Customer, conversations, events, some_customer
from tests.conftest import free_port

pytestmark = [pytest.mark.box, pytest.mark.telephony]

RATE = 8000
FRAME = RATE // 50


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def spoken(text: str) -> bytes:
    """Text as a caller says it: PCM at 8000 Hz, by a voice that is not the box's."""
    made = subprocess.run(
        [program("flite"), "-voice", "slt", "-t", text, "-o", "/dev/stdout"],
        capture_output=True,
        check=True,
        timeout=20,
    ).stdout
    with wave.open(io.BytesIO(made)) as file:
        samples = np.frombuffer(made[44:], "<i2").astype(np.float32)
        rate = file.getframerate()
    at_8k = soxr.resample(samples, rate, RATE) * 0.7
    return np.clip(at_8k, -32768, 32767).astype("<i2").tobytes()


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


def read_recording(path: Path) -> bytes:
    """PCM of a WAV that may still be open for writing, hence with lengths of 0 in its header."""
    raw = path.read_bytes()
    start = raw.index(b"data") + 8
    return raw[start : start + (len(raw) - start) // 2 * 2]


@dataclass
class Baresip:
    """One running baresip."""

    folder: Path
    control_port: int
    process: asyncio.subprocess.Process

    async def command(self, name: str, parameters: str = "") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.control_port)
        try:
            body = json.dumps({"command": name, "params": parameters, "token": "1"}).encode()
            writer.write(b"%d:%s," % (len(body), body))
            await writer.drain()
            await asyncio.wait_for(reader.readuntil(b","), 5)
        finally:
            writer.close()

    async def say(self, text: str) -> None:
        """Play one turn and then silence."""
        file = self.folder / f"turn-{abs(hash(text))}.wav"
        pcm = spoken(text)
        write_wav(file, bytes(RATE) + pcm + bytes(RATE * 2 * 60))
        await self.command("ausrc", f"aufile,{file}")

    async def key(self, digits: str) -> None:
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.15)
            await self.command("sndcode")
            await asyncio.sleep(0.1)

    def heard(self) -> bytes:
        (recording,) = self.folder.glob("*-dec.wav")
        return read_recording(recording)


@contextlib.asynccontextmanager
async def baresip(folder: Path, codec: str) -> AsyncIterator[Baresip]:
    """A baresip that plays silence until told otherwise and records both sides."""
    folder.mkdir()  # noqa: ASYNC240
    write_wav(folder / "silence.wav", bytes(RATE * 2 * 120))
    port, rtp, control = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM), free_port()
    modules = "".join(f"module {name}.so\n" for name in ("stdio", "g711", "aufile", "aubridge", "sndfile"))
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\n"
        f"audio_source aufile,{folder / 'silence.wav'}\naudio_player aubridge,sink\naudio_alert aubridge,alert\n"
        "ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\naudio_txmode thread\n"
        f"rtp_ports {rtp}-{rtp + 20}\njitter_buffer_delay 1-5\nmodule_path /usr/lib/baresip/modules\n"
        f"{modules}module_tmp account.so\nmodule_app menu.so\nmodule_app debug_cmd.so\nmodule_app ctrl_tcp.so\n"
        f"ctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {folder}\n"
    )
    (folder / "accounts").write_text(
        f"<sip:caller@127.0.0.1>;regint=0;audio_codecs={codec}/8000/1;audio_player=aubridge,sink\n"
    )
    (folder / "contacts").write_text("")
    process = await asyncio.create_subprocess_exec(
        program("baresip"), "-f", str(folder), "-t", "150", stdin=asyncio.subprocess.DEVNULL,
        stdout=(folder / "out").open("wb"), stderr=subprocess.STDOUT, cwd=folder,
    )  # fmt: skip
    try:
        await _listening(control)
        yield Baresip(folder, control, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


@dataclass
class Watcher:
    """Follows the newest conversation of the box."""

    bus: Bus
    known: set[str]
    conversation: str = ""

    async def until(self, wanted: type, count: int, timeout_s: float = 20) -> list[e.Event]:
        """All events once there are `count` of a kind."""
        async with asyncio.timeout(timeout_s):
            while True:
                if not self.conversation:
                    new = [row["conversation"] for row in await conversations(self.bus, 5)]
                    self.conversation = next((found for found in new if found not in self.known), "")
                if self.conversation:
                    found = await events(self.bus, self.conversation)
                    if sum(isinstance(event, wanted) for event in found) >= count:
                        return found
                await asyncio.sleep(0.1)


def stretches(pcm: bytes) -> Iterator[bytes]:
    """The parts of a recording between silences of at least 0.3 s, as between two sentences."""
    samples = np.frombuffer(pcm, "<i2")
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    loud = np.abs(frames.astype(np.int32)).max(axis=1) > 300
    start: int | None = None
    quiet = 0
    for number, is_loud in enumerate(loud):
        if is_loud:
            start = number if start is None else start
            quiet = 0
        elif start is not None:
            quiet += 1
            if quiet == 15:
                yield frames[max(0, start - 15) : number].tobytes()
                start = None
    if start is not None:
        yield frames[start:].tobytes()


def heard_balances(recording: bytes, account: str) -> list[int]:
    """Every balance of that account that the recogniser reads in the recording, in cents."""
    sentence = f"the balance of your {account} account is"
    engine = PocketSphinx()
    found = []
    for stretch in stretches(recording):
        session = engine.open(Hints(phrases=(sentence,), amounts=True))
        for at in range(0, len(stretch), 2 * FRAME):
            session.feed(stretch[at : at + 2 * FRAME])
        text = session.finish().text
        cents = cents_in(text)
        if sentence in text and cents is not None:
            found.append(cents)
    return found


async def ask_for_balance(box: Box, caller: Baresip, customer: Customer) -> tuple[bytes, list[e.Event]]:
    """The whole call: balance, opening hours, goodbye. What the caller heard and what the box recorded."""
    async with box.bus() as bus:
        watch = Watcher(bus, {row["conversation"] for row in await conversations(bus)})
        await caller.command("dial", f"sip:1000@{box.sip.host}:{box.sip.port}")
        await watch.until(e.ReplyHeard, 1)
        await caller.say("I would like to know my account balance")
        await watch.until(e.ReplyHeard, 2)
        await caller.say("savings account")
        await watch.until(e.ReplyHeard, 3)
        await caller.key(customer.number)
        await watch.until(e.SecureCaptureStarted, 1)
        await watch.until(e.ReplyHeard, 4)
        await caller.key(customer.pin + "#")
        await watch.until(e.ConnectorCallReturned, 1)
        await watch.until(e.ReplyHeard, 6, timeout_s=40)
        await caller.say("what are your opening hours")
        await watch.until(e.ReplyHeard, 7, timeout_s=30)
        try:
            await caller.say("goodbye")
            await watch.until(e.ConversationEnded, 1)
        except TimeoutError:  # whoever is not understood says it again, as people do
            await caller.say("goodbye")
            await watch.until(e.ConversationEnded, 1)
        found = await watch.until(e.ReplyHeard, 8)
        return caller.heard(), found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_a_caller_hears_the_right_balance(box: Box, tmp_path: Path, codec: str) -> None:
    heard: list[int] = []
    for attempt in range(2):
        customer = some_customer()
        box.add_customer(customer)
        async with baresip(tmp_path / f"baresip-{attempt}", codec) as caller:
            recording, found = await ask_for_balance(box, caller, customer)
        outcomes = [event.outcome for event in found if isinstance(event, e.ConnectorCallReturned)]
        assert outcomes == ["ok"]
        (ended,) = (event for event in found if isinstance(event, e.ConversationEnded))
        assert (ended.reason, ended.outcome) == ("goodbye", "contained")
        heard = heard_balances(recording, "savings")
        assert customer.checking_cents not in heard
        if heard == [customer.savings_cents]:
            return
    raise AssertionError(f"two calls, and neither balance was heard; the second was {customer.savings_cents}: {heard}")


@pytest.mark.timeout(400)
async def test_another_amount_is_noticed(box: Box, customer: Customer, tmp_path: Path) -> None:
    """The proof can fail: a box made to say another amount than the one expected is found out."""
    expected = customer.savings_cents
    customer.savings_cents = expected + 2_000_000 if expected < 5_000_000 else expected - 2_000_000
    box.add_customer(customer)
    async with baresip(tmp_path / "baresip", "PCMU") as caller:
        recording, _ = await ask_for_balance(box, caller, customer)
    heard = heard_balances(recording, "savings")
    assert len(heard) == 1
    assert expected not in heard
