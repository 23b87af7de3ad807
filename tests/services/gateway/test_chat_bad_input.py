"""Broken, hostile and too much input on the chat's WebSocket: a clear answer, and memory stays where it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import uuid

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from services.gateway.chat import MAX_MALFORMED
from tests.services.gateway.conftest import Chat, Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 40
ID = "0b9f0a52-6f0e-4bb0-9e55-3a2f6f6f2d0a"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", "invalid"),
        ("{", "invalid"),
        ("[]", "invalid"),
        ('"say"', "invalid"),
        ("null", "invalid"),
        ("[" * 20_000, "invalid"),
        ('{"a":' * 5_000, "invalid"),
        ("{}", "unknown-type"),
        ('{"type":"shout"}', "unknown-type"),
        ('{"type":["say"]}', "unknown-type"),
        ('{"type":"say"}', "invalid"),
        (json.dumps({"type": "say", "id": "x", "text": "hi"}), "invalid"),
        (json.dumps({"type": "say", "id": ID.upper(), "text": "hi"}), "invalid"),
        (json.dumps({"type": "say", "id": ID, "text": ""}), "invalid"),
        (json.dumps({"type": "say", "id": ID, "text": " \n\t"}), "invalid"),
        (json.dumps({"type": "say", "id": ID, "text": "x" * 4001}), "invalid"),
        (json.dumps({"type": "say", "id": ID, "text": 7}), "invalid"),
        ('{"type":"say","id":"' + ID + '","text":"\\ud800"}', "invalid"),
        (json.dumps({"type": "capture", "id": ID, "capture": "a b", "box": "AAAA"}), "invalid"),
        (json.dumps({"type": "capture", "id": ID, "capture": "c", "box": "A" * 513}), "invalid"),
        (json.dumps({"type": "hello", "ticket": "x", "after": 0}), "invalid"),
        (json.dumps({"type": "hello", "ticket": "x", "after": -1}), "invalid"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_chat_goes_on(shared: Shared, frame: str, code: str) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.socket.send(frame)
    problem = await chat.next("problem")
    assert (problem["code"], problem["retryable"]) == (code, False)
    assert len(frame) < 20 or frame not in json.dumps(problem)
    await chat.say("still here")
    assert "still here" in (await chat.next("reply_finished"))["text"]
    await chat.close()


async def test_a_binary_frame_is_answered(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.socket.send(b"\x00\x01")
    assert (await chat.next("problem"))["code"] == "invalid"
    await chat.close()


async def test_a_frame_over_64_kib_ends_the_connection_with_1009(shared: Shared) -> None:
    chat = await shared.box.chat()
    with contextlib.suppress(ConnectionClosed):
        await chat.socket.send("x" * (64 * 1024 + 1))
    assert await chat.closed() == 1009


async def test_many_small_fragments_of_one_frame_end_the_connection(shared: Shared) -> None:
    chat = await shared.box.chat()

    async def pieces() -> object:
        for _ in range(1000):
            yield "a"

    with contextlib.suppress(ConnectionClosed):
        await chat.socket.send(pieces())  # type: ignore[arg-type]
    assert await chat.closed() in (1006, 0)


async def test_invalid_utf_8_ends_the_connection_with_1007(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.socket.send(b'{"type":"say\xff\xfe"}', text=True)
    assert await chat.closed() == 1007
    assert "Invalid UTF-8" not in shared.box.log


@pytest.mark.parametrize("size", [9_000, 20_000, 65_536])
async def test_a_handshake_with_large_headers_is_answered(shared: Shared, size: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.box.port)
    writer.write(
        f"GET /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:{shared.box.port}\r\nOrigin: {shared.box.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Large: {'y' * size}\r\n\r\n".encode()
    )
    answer = await asyncio.wait_for(reader.read(4096), 5)
    assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    assert b"application/problem+json" in answer
    writer.close()


async def test_a_socket_that_says_no_hello_is_closed(shared: Shared) -> None:
    url = f"ws://127.0.0.1:{shared.box.port}/v1/chat"
    chat = Chat(await connect(url, origin=shared.box.url))  # type: ignore[arg-type]
    assert await chat.closed() == 4408
    chat = Chat(await connect(url, origin=shared.box.url))  # type: ignore[arg-type]
    await chat.send(type="ping")
    assert await chat.closed() == 4400
    assert chat.seen[0]["code"] == "invalid"


async def test_mistake_upon_mistake_ends_the_connection(shared: Shared) -> None:
    chat = await shared.box.chat()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(MAX_MALFORMED + 5):
            await chat.socket.send("{")
    assert await chat.closed() == 1008
    assert sum(frame["type"] == "problem" for frame in chat.seen) == MAX_MALFORMED


async def test_who_sends_fast_loses_nothing(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    ids = [await chat.say(f"fast {number}") for number in range(8)]
    assert [(await chat.next("accepted"))["id"] for _ in ids] == ids
    await asyncio.sleep(0.3)
    assert [text for text in shared.units.said if text.startswith("fast ")] == [f"fast {n}" for n in range(8)]
    await chat.close()


async def test_who_sends_far_too_fast_is_told_to_send_again(shared: Shared) -> None:
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    shared.units.silent = True
    try:
        for number in range(14):
            await chat.say(f"flood {number}")
        problem = await chat.next("problem")
        assert (problem["code"], problem["retryable"]) == ("too-fast", True)
        assert problem["id"] is not None
    finally:
        shared.units.silent = False
    await chat.close()


async def test_ten_thousand_bad_frames_leave_memory_where_it_was(shared: Shared) -> None:
    chance = random.Random(2)

    async def flood(count: int) -> None:
        for _ in range(count // (MAX_MALFORMED * AT_ONCE)):
            await asyncio.gather(*(_spoil(shared, chance) for _ in range(AT_ONCE)))

    await flood(2_000)
    before = shared.box.resident_kib()
    await flood(10_000)
    assert shared.box.resident_kib() - before < max(8 * 1024, before // 20)
    chat = await shared.box.chat()
    await chat.next("reply_finished")
    await chat.close()


async def _spoil(shared: Shared, chance: random.Random) -> None:
    """One connection's worth of bad frames, as fast as it goes."""
    chat = await shared.box.chat()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(MAX_MALFORMED):
            size = chance.choice((0, 3, 100, 5_000))
            await chat.socket.send(json.dumps({"type": "say", "id": str(uuid.uuid4()), "x": "y" * size})[: size + 20])
    await chat.closed()


async def test_a_client_that_does_not_read_is_not_kept_in_memory(shared: Shared) -> None:
    """Pings that nobody reads the answers of: the connection ends before its buffer grows."""
    ticket = await shared.box.ticket()
    raw = socket.create_connection(("127.0.0.1", shared.box.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    head = (
        f"GET /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:{shared.box.port}\r\nOrigin: {shared.box.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(raw, head.encode())
    await loop.sock_sendall(raw, _masked(0x81, json.dumps({"type": "hello", "ticket": ticket}).encode()))
    before = shared.box.resident_kib()
    ping = _masked(0x89, os.urandom(125)) * 100
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            while True:
                await loop.sock_sendall(raw, ping)
    raw.close()
    assert shared.box.resident_kib() - before < 8 * 1024


def _masked(head: int, payload: bytes) -> bytes:
    length = (
        bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + len(payload).to_bytes(2, "big")
    )
    return bytes([head]) + length + bytes(4) + payload
