"""Inputs that no box should ever get, of every kind, and what tells that a box has borne them.

`flood` sends thousands through real sockets, in step with the box: what waits in a socket's buffer was never taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.box.conftest import Box, new_id
from tests.conftest import data_folder
from tests.fakes.damage import damaged

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
AT_ONCE = 25
"""Chats in which frames are spoiled."""
FRAMES = 30
"""On each of their sockets: about as many as are taken without a pause."""
SIP_STEP = 100
SHARES = (("sip", 60), ("rtp", 10), ("http", 20), ("frames", 10))
"""Per cent."""


def units(box: Box) -> dict[str, int]:
    """The process of every unit."""
    found = json.loads(box.cli("status", "--json").stdout)
    return {row["name"]: row["pid"] for row in found["units"]}


def resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB


def request(method: str, target: str, *, headers: str = "", body: str = "", port: int = 9) -> bytes:
    """A SIP request as from a trunk; every one is a transaction of its own."""
    branch = new_id()
    return (
        f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag={branch[:8]}\r\nTo: <{target}>\r\nCall-ID: {branch}\r\n"
        f"CSeq: 1 {method}\r\nContact: <sip:a@127.0.0.1:{port}>\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class SipSocket:
    """A trunk's socket: sends any bytes and reads the statuses that come back."""

    def __init__(self, box: Box) -> None:
        self._loop = asyncio.get_running_loop()
        self._target = ("127.0.0.1", box.sip_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """Whether there was room for it in the socket."""
        with contextlib.suppress(BlockingIOError):
            self._socket.sendto(data, self._target)
            return True
        return False

    async def answer(self, timeout_s: float = 5.0) -> int:
        """The status of the next final response."""
        async with asyncio.timeout(timeout_s):
            while True:
                found = re.match(rb"SIP/2\.0 ([2-6][0-9][0-9]) ", await self._loop.sock_recv(self._socket, 65_536))
                if found:
                    return int(found[1])

    async def ask(self, method: str, target: str, *, headers: str = "", body: str = "") -> int:
        self.send(request(method, target, headers=headers, body=body, port=self.port))
        return await self.answer()

    async def in_step(self) -> int:
        """Wait until the phone has taken all that was sent and has room for more: an OPTIONS gets 200, not the 503 of
        too many transactions (each is remembered for 32 s). How often there was no room."""
        full = 0
        async with asyncio.timeout(90):
            while True:
                status = await self._ping()
                if status == 200:
                    return full
                full += status == 503
                await asyncio.sleep(0.5)

    async def _ping(self) -> int | None:
        wanted = request("OPTIONS", "sip:1000@127.0.0.1", port=self.port)
        call_id = re.search(rb"Call-ID: (\w+)", wanted)
        assert call_id is not None
        self.send(wanted)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                while call_id[1] not in (answer := await self._loop.sock_recv(self._socket, 65_536)):
                    pass
                return int(answer[8:11])
        return None


def torture() -> list[bytes]:
    """The messages of RFC 4475, where the data sets are."""
    return [file.read_bytes() for file in sorted((data_folder() / "sip-torture").glob("*.dat"))]


def sip_seeds() -> list[bytes]:
    """Messages to damage; none begins a call that is answered."""
    plain = [request(method, "sip:4711@127.0.0.1") for method in ("INVITE", "OPTIONS", "BYE", "REGISTER", "CANCEL")]
    return [*plain, *torture()]


async def flood(box: Box, count: int, seed: int) -> Counter[str]:
    """`count` inputs, mixed by SHARES, each kind from sockets of its own, all at the same time.

    How many were taken, by kind and (HTTP) status: answered, or sent before something that was answered on the same
    socket. Of RTP nobody answers: how many were sent. `sip full` counts how often the phone had no room for more.
    """
    kinds = {"sip": _flood_sip, "rtp": _flood_rtp, "http": _flood_http, "frames": _flood_frames}
    async with asyncio.TaskGroup() as group:
        tasks = {
            kind: group.create_task(kinds[kind](box, count * share // 100, random.Random(f"{seed} {kind}")))
            for kind, share in SHARES
        }
    return sum((task.result() for task in tasks.values()), Counter())


async def _flood_sip(box: Box, count: int, chance: random.Random) -> Counter[str]:
    sip, seeds, taken = SipSocket(box), sip_seeds(), Counter[str]()
    try:
        for number in range(count):
            taken["sip"] += sip.send(damaged(chance, chance.choice(seeds)))
            if number % SIP_STEP == SIP_STEP - 1:
                taken["sip full"] += await sip.in_step()
    finally:
        sip.close()
    return taken


async def _flood_rtp(box: Box, count: int, chance: random.Random) -> Counter[str]:
    """At ports of the range that calls use, and at SIP's own."""
    first = 20_000 + (box.sip_port % 60) * 200
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(count):
            port = box.sip_port if number % 4 == 0 else first + chance.randrange(200)
            data = chance.randbytes(chance.choice((0, 1, 11, 12, 172, 1_500)))
            with contextlib.suppress(OSError):
                sender.sendto(b"\x80\x00" + data, ("127.0.0.1", port))
            if number % 50 == 0:
                await asyncio.sleep(0.01)
    return Counter(rtp=count)


async def _flood_http(box: Box, count: int, chance: random.Random) -> Counter[str]:
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    taken = Counter[str]()
    for _ in range(count):
        if writer is None or reader is None or writer.is_closing():
            reader, writer = await asyncio.open_connection("127.0.0.1", box.gateway_port)
        try:
            writer.write(_bad_http(box, chance))
            await writer.drain()
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                assert length is not None
                await reader.readexactly(int(length[1]))
            taken[f"http {head[9:12].decode()}"] += 1
            if b"connection: close" in head:
                writer.close()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            writer.close()
    if writer is not None:
        writer.close()
    return taken


def _bad_http(box: Box, chance: random.Random) -> bytes:
    host = f"Host: 127.0.0.1:{box.gateway_port}\r\n"
    junk = chance.randbytes(chance.choice((1, 20, 300)))
    post = "POST /v1/{} HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    match chance.randrange(7):
        case 0:
            return f"GET /v1/{junk.hex()} HTTP/1.1\r\n{host}\r\n".encode()
        case 1:
            return post.format("session", len(junk)).encode() + junk
        case 2:
            return post.format("widget/tickets", len(junk)).encode() + junk
        case 3:
            return post.format("conversations", len(junk)).encode() + junk
        case 4:
            return f"GET /v1/agents HTTP/1.1\r\n{host}Authorization: Bearer {junk.hex()}\r\n\r\n".encode()
        case 5:
            return b"GET / HTTP/1.1\r\nHost: " + junk.hex().encode() + b"\r\n\r\n"
        case _:
            return junk.replace(b"\n", b"") + b" HTTP/9\r\n\r\n"


async def _flood_frames(box: Box, count: int, chance: random.Random) -> Counter[str]:
    """In AT_ONCE chats that are gone on with again and again: new conversations cost memory of their own, rightly."""

    async def tab(sockets: int) -> int:
        resume, problems = None, 0
        for _ in range(sockets):
            with contextlib.suppress(WebSocketException, OSError, TimeoutError, httpx.HTTPError):
                resume, found = await _spoil_socket(box, chance, resume)
                problems += found
        return problems

    sockets = max(1, count // FRAMES)
    shares = [sockets // AT_ONCE + (number < sockets % AT_ONCE) for number in range(AT_ONCE)]
    return Counter(frames=sum(await asyncio.gather(*map(tab, shares))))


async def _spoil_socket(box: Box, chance: random.Random, resume: str | None) -> tuple[str, int]:
    """FRAMES bad frames, each answered by a problem. The token to go on with, and how many problems came."""
    async with httpx.AsyncClient(base_url=box.url, headers={"Origin": box.url}, timeout=10) as client:
        given = await client.post("/v1/widget/tickets", json={"widget": "demo", "resume": resume})
        given.raise_for_status()
    address = box.url.replace("http", "ws", 1) + "/v1/chat"
    async with asyncio.timeout(30), connect(address, origin=box.url) as chat:  # type: ignore[arg-type]
        await chat.send(json.dumps({"type": "hello", "ticket": given.json()["ticket"], "after": 0}))
        welcome = json.loads(await chat.recv())
        for frame in _bad_frames(chance):
            await chat.send(frame)
        problems = 0
        while problems < FRAMES:
            problems += json.loads(await chat.recv())["type"] == "problem"
        return str(welcome["resume"]), problems


def _bad_frames(chance: random.Random) -> Iterator[str]:
    for _ in range(FRAMES):
        size = chance.choice((0, 3, 100, 5_000))
        yield json.dumps({"type": chance.choice(("say", "shout", "capture")), "x": "y" * size})[: size + 20]


def inputs(taken: Counter[str]) -> int:
    """How many inputs `flood` says were taken."""
    return taken.total() - taken["sip full"]
