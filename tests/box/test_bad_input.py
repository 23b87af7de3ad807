"""One running box against whatever arrives at its sockets: a clear answer, no unit dies, all goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from appliance import events as e
from appliance.adapters.chat_client import Chat, open_chat
from appliance.adapters.nats import Bus
from appliance.adapters.sip_caller import CallRefused, SipCaller
from appliance.adapters.speech import SpeechClient
from appliance.errors import Unknown
from appliance.telephony import g711
from appliance.telephony.rtp import Packet, write_packet
from appliance.telephony.sdp import Codec
from tests.box.bad_inputs import SipSocket, flood, inputs, resident_kib, sip_seeds, torture, units
from tests.box.conftest import Box, batches, conversations, events, new_id
from tests.conftest import ROOT, data_folder
from tests.fakes.damage import damaged

pytestmark = [pytest.mark.box, pytest.mark.timeout(400)]

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP {}\r\n"
SDP = "Content-Type: application/sdp\r\n"


@pytest.fixture(autouse=True)
def nothing_dies(box: Box) -> Iterator[None]:
    """After every test here each unit is still the process that it was."""
    before = units(box)
    yield
    assert units(box) == before


@pytest.fixture
async def sip(box: Box) -> AsyncIterator[SipSocket]:
    found = SipSocket(box)
    yield found
    found.close()


@contextlib.asynccontextmanager
async def a_chat(box: Box) -> AsyncIterator[Chat]:
    async with open_chat(box.url, "demo") as chat:
        await chat.replies()
        yield chat


async def it_works(box: Box) -> None:
    """A call is answered and heard, a chat is held: once the phone has room for transactions again, 32 s at most."""
    trunk = SipSocket(box)
    await trunk.in_step()
    trunk.close()
    async with SipCaller(box.sip) as caller:
        await caller.dial("1000")
        assert not (await caller.reply()).is_silent
    async with a_chat(box) as chat:
        assert any("nine to five" in reply.text for reply in await chat.say("what are your opening hours"))
        await chat.end()


# -- SIP and RTP ---------------------------------------------------------------------------------------------------


async def test_the_messages_of_rfc_4475(box: Box, sip: SipSocket) -> None:
    """What each gets is asserted in test_sip_torture.py; here the phone goes on answering after every one."""
    messages = torture()
    if not messages:
        pytest.skip(f"the messages of RFC 4475 are not at {data_folder()} (set B2T_DATA)")
    assert len(messages) == 49
    for message in messages:
        sip.send(message)
        await sip.in_step()
    with box.client() as client:
        assert 'b2t_phone_sip_rejected_total{status="400"' in client.get("/metrics").text
    await it_works(box)


async def test_ten_thousand_damaged_messages(box: Box, sip: SipSocket) -> None:
    chance, seeds = random.Random(4475), sip_seeds()
    for number in range(10_000):
        sip.send(damaged(chance, chance.choice(seeds)))
        if number % 100 == 99:
            await sip.in_step()
    await it_works(box)
    assert "sip_datagram_failed" not in (box.paths.logs / "phone-1.log").read_text()


async def test_an_offer_without_a_common_codec_gets_488(sip: SipSocket) -> None:
    body = OFFER.format("18 101") + "a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    assert await sip.ask("INVITE", "sip:1000@127.0.0.1", headers=SDP, body=body) == 488


async def test_a_video_offer_gets_488(sip: SipSocket) -> None:
    body = OFFER.format("96").replace("m=audio", "m=video") + "a=rtpmap:96 H264/90000\r\n"
    assert await sip.ask("INVITE", "sip:1000@127.0.0.1", headers=SDP, body=body) == 488


async def test_an_offer_that_is_none_is_refused(sip: SipSocket) -> None:
    assert await sip.ask("INVITE", "sip:1000@127.0.0.1", headers=SDP, body="v=1\r\nm=\r\n") in (400, 488)


async def test_an_unknown_number_is_not_found(box: Box) -> None:
    async with SipCaller(box.sip) as caller:
        with pytest.raises(CallRefused) as refused:
            await caller.dial("4711")
    assert refused.value.sip_status == 404


@pytest.mark.parametrize("form", ["one header", "many headers"])
async def test_64_kib_of_sip_headers_are_refused(sip: SipSocket, form: str) -> None:
    """As much as one datagram carries."""
    size = 64_000
    headers = f"X-Large: {'y' * size}\r\n" if form == "one header" else "X-Many: yyyyyyyyyyyyyy\r\n" * (size // 24)
    assert await sip.ask("OPTIONS", "sip:1000@127.0.0.1", headers=headers) in (400, 413, 513)


async def test_sip_that_is_not_utf_8_is_answered(sip: SipSocket) -> None:
    assert await sip.ask("OPTIONS", "sip:1000@127.0.0.1", headers="Subject: \udcff\udcfe\r\n".encode(
        "utf-8", "surrogateescape").decode("latin-1")) in (200, 400)  # fmt: skip


async def test_speech_from_a_stranger_is_not_the_callers(box: Box) -> None:
    """Whoever sends to the call's port from elsewhere is not heard: neither a goodbye nor keys."""
    async with box.bus() as bus, SipCaller(box.sip) as caller:
        speech = SpeechClient(bus, "operator")
        known = {row["conversation"] for row in await conversations(bus)}
        await caller.dial("1000")
        await caller.reply()
        assert caller.media is not None
        target = (caller.media.remote.host, caller.media.remote.port)
        goodbye = b"".join([chunk async for chunk in speech.synthesize("goodbye, goodbye", sample_rate=g711.RATE)])
        coded = g711.encode(Codec.PCMU, goodbye)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(len(coded) // 160):
                part = coded[160 * number : 160 * number + 160]
                stranger.sendto(write_packet(Packet(0, number == 0, number, 160 * number, 77, part)), target)
                stranger.sendto(write_packet(Packet(101, False, number, 800, 77, b"\x0b\x8a\x03\x20")), target)
                await asyncio.sleep(0.02)
        await asyncio.sleep(2)
        assert not caller.is_over
        asked = b"".join(
            [chunk async for chunk in speech.synthesize("what are your opening hours", sample_rate=g711.RATE)]
        )
        await caller.say(asked)
        assert not (await caller.reply()).is_silent
        await caller.hang_up()
        async with asyncio.timeout(10):
            while not (new := {row["conversation"] for row in await conversations(bus)} - known):
                await asyncio.sleep(0.2)
        found = await events(bus, new.pop())
    heard = [event for event in found if isinstance(event, e.TurnHeard)]
    assert [event.modality for event in heard] == [e.Modality.SPEECH]
    understood = [event.understanding.intent for event in found if isinstance(event, e.TurnUnderstood)]
    assert understood == ["opening_hours"]


# -- HTTP and WebSocket --------------------------------------------------------------------------------------------


async def raw_http(box: Box, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to any bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", box.gateway_port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        async with asyncio.timeout(10):
            head, _, rest = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            rest += await reader.readexactly(int(headers["content-length"]) - len(rest))
        return int(lines[0].split(" ")[1]), headers, rest
    finally:
        writer.close()


@pytest.mark.parametrize("size", [20_000, 65_536, 1_000_000])
async def test_large_http_headers_are_a_problem(box: Box, size: int) -> None:
    head = f"GET /v1/agents HTTP/1.1\r\nHost: 127.0.0.1:{box.gateway_port}\r\nX-Large: {'y' * size}\r\n\r\n"
    status, headers, body = await raw_http(box, head.encode())
    assert status in (400, 431)
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize("size", [9_000, 20_000, 65_536])
async def test_large_headers_of_a_socket_are_a_problem(box: Box, size: int) -> None:
    head = (
        f"GET /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:{box.gateway_port}\r\nOrigin: {box.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Large: {'y' * size}\r\n\r\n"
    )
    status, headers, body = await raw_http(box, head.encode())
    assert status in (400, 431)
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/session", b'{"name": "\xff\xfe", "password": "\xc3\x28"}'),
        ("/v1/widget/tickets", b'{"widget": "\xed\xa0\x80"}'),
        ("/v1/widget/tickets", b"\x00" * 100),
        ("/v1/session", b"[" * 50_000),
    ],
)
async def test_a_body_that_is_not_utf_8_or_json_is_a_problem(box: Box, path: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=box.url, headers={"Origin": box.url}) as client:
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_frame_over_the_limit_ends_the_socket_with_1009(box: Box) -> None:
    async with a_chat(box) as chat:
        await chat.socket.send(json.dumps({"type": "say", "id": new_id(), "text": "x" * 65_536}))
        assert await _closed(chat) == 1009


async def test_a_frame_that_is_not_utf_8_ends_the_socket_with_1007(box: Box) -> None:
    async with a_chat(box) as chat:
        await chat.socket.send(b'{"type":"say","text":"\xff\xfe"}', text=True)
        assert await _closed(chat) == 1007


async def _closed(chat: Chat) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await chat.socket.recv()
    return chat.socket.close_code


def test_an_unknown_agent_is_named_in_a_problem(box: Box) -> None:
    with box.client() as client:
        for answer in (
            client.post("/v1/conversations", json={"agent": "nosuch"}),
            client.get("/v1/agents/nosuch"),
            client.get("/v1/conversations/nosuch"),
        ):
            assert answer.status_code == 404, answer.text
            problem = answer.json()
            assert (problem["code"], problem["retryable"]) == ("unknown", False)
            assert problem["title"].endswith(".")


async def test_an_unknown_widget_is_refused(box: Box) -> None:
    with pytest.raises(Unknown) as refused:
        async with open_chat(box.url, "nosuch"):
            pass
    assert "widget" in refused.value.title


# -- the log and agents' files -------------------------------------------------------------------------------------


async def _append(box: Box, conversation: str, *later: dict[str, object]) -> None:
    """One more batch, as a later release of dialogue would write it: with events that this one does not know."""
    url = f"nats://127.0.0.1:{box.bus_port}"
    bus = await Bus.connect(url, "dialogue", box.paths.bus_seed("dialogue"), wait_s=10)
    try:
        last = (await batches(bus, conversation))[-1]
        batch = json.loads(e.BATCH.dump_json(last)) | {"number": last.number + 1, "events": list(later)}
        subject = f"b2t.conversation.{conversation}"
        await bus.append(
            subject, json.dumps(batch).encode(), expected_last=await bus.last_sequence("CONVERSATIONS", subject)
        )
    finally:
        await bus.close()


async def test_an_unknown_event_parks_the_conversation_and_offers_a_person(box: Box) -> None:
    async with a_chat(box) as chat:
        await chat.say("what is my balance")
        await _append(box, chat.conversation, {"kind": "mood_sensed", "mood": "curious", "turn": "turn_1"})
        (reply,) = await chat.say("checking")
        assert "colleague" in reply.text
        (again,) = await chat.say("are you there?")
        assert "colleague" in again.text
        await chat.end()
        conversation = chat.conversation
    shown = box.cli("conversations", "show", conversation)
    assert shown.returncode == 0, shown.stderr
    assert "Traceback" not in shown.stderr
    with box.client() as client:
        read = client.get(f"/v1/conversations/{conversation}")
        assert read.status_code == 200, read.text
        listed = client.get("/v1/conversations", params={"limit": 100})
        assert conversation in {row["conversation"] for row in listed.json()["conversations"]}
    async with box.bus() as bus:
        raw = [json.loads(data) async for _, data in bus.read("CONVERSATIONS", f"b2t.conversation.{conversation}")]
    kinds = [event["kind"] for batch in raw for event in batch["events"]]
    assert "conversation_parked" in kinds
    assert "transfer_requested" in kinds
    async with asyncio.timeout(15):
        while not list((box.paths.root / "archive").rglob(f"{conversation}.jsonl")):
            await asyncio.sleep(0.2)
    await it_works(box)


def _validate(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """It needs no box, and so takes no data folder."""
    command = [sys.executable, "-m", "appliance.cli", "agents", "validate", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("file", "wrong", "right", "said"),
    [
        ("agent.yaml", "idle_minutes: 30", "idle_minits: 30", ("idle_minits", "idle_minutes")),
        ("agent.yaml", "idle_minutes: 30", "idle_minutes: soon", ("idle_minutes",)),
        ("flows.yaml", "- ask: account", "- ask: acount", ("acount", "account")),
        ("flows.yaml", "next: finish", "next: finnish", ("finnish", "finish")),
        ("intents.yaml", "starts: opening_hours", "starts: opening_ours", ("opening_ours", "opening_hours")),
    ],
)
def test_a_mistake_in_an_agents_file_is_named(
    tmp_path: Path, file: str, wrong: str, right: str, said: tuple[str, ...]
) -> None:
    folder = tmp_path / "banking"
    shutil.copytree(ROOT / "appliance" / "agents" / "templates" / "banking", folder)
    text = (folder / file).read_text()
    line = text[: text.index(wrong)].count("\n") + 1
    (folder / file).write_text(text.replace(wrong, right, 1))
    done = _validate(folder)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    output = done.stdout + done.stderr
    assert f"{file}:{line}" in output, output
    for word in said:
        assert word in output, output
    (found,) = json.loads(_validate(folder, "--json").stdout)
    assert found["mistakes"][0]["line"] == line
    assert found["mistakes"][0]["key"]


# -- memory --------------------------------------------------------------------------------------------------------


async def test_memory_stays_where_it_is(box: Box) -> None:
    """A tenth of what scripts/bench/bad_input_memory.py sends: 10,000 inputs and then 10,000 more."""
    pids = units(box)
    watched = ("phone-1", "gateway-1")
    taken = await flood(box, 10_000, 1)
    assert inputs(taken) > 9_500, taken
    before = {name: resident_kib(pids[name]) for name in watched}
    await flood(box, 10_000, 2)
    grown = {name: resident_kib(pids[name]) / before[name] for name in watched}
    assert all(ratio < 1.05 for ratio in grown.values()), (grown, before)
    await it_works(box)
