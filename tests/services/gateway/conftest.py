"""A gateway of its own process on the real bus, with the other units faked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import websockets
from sqlalchemy import Connection, insert, select, update
from websockets.asyncio.client import ClientConnection, connect

from appliance.access.rights import Principal, Right, rights_of
from appliance.access.tokens import digest, new_secret
from appliance.adapters.nats import Bus
from appliance.config import Paths
from services.gateway.api_keys import ApiKeys
from services.gateway.records import ACCOUNTS, SESSIONS
from services.gateway.setup_link import open_records
from tests.conftest import ROOT, NatsServer, free_port
from tests.fakes.units import FakeUnits

PASSWORD = "correct horse battery 1"
OWNER = "test"
"""Whose the keys of the tests are: an administrator who cannot sign in."""
Frame = dict[str, Any]


def _owner(connection: Connection) -> Principal:
    """As if they had signed in."""
    now, session = int(time.time()), digest(new_secret())
    if connection.execute(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == OWNER)).first() is None:
        made = {"id": OWNER, "name": "whose-keys", "password_hash": "", "role": "administrator"}
        connection.execute(insert(ACCOUNTS).values(**made, created_at=now, password_changed_at=now))
    connection.execute(insert(SESSIONS).values(digest=session, account_id=OWNER, created_at=now, used_at=now))
    return Principal("account", OWNER, "whose-keys", rights_of("administrator"), "administrator", session=session)


@dataclass
class Box:
    """The gateway process and how to reach it."""

    folder: Path
    nats: NatsServer
    port: int
    settings: str = ""
    gateway_settings: str = ""
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> Paths:
        return Paths(self.folder)

    @property
    def log(self) -> str:
        return (self.folder / "gateway.log").read_text()

    def configure(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.paths.config.write_text(
            f"[bus]\nport = {self.nats.port}\n[gateway]\nport = {self.port}\n{self.gateway_settings}"
            '[channels.widgets.demo]\nagent = "banking"\nallowed_origins = ["https://intranet.example"]\n'
            + self.settings
        )

    async def start(self) -> None:
        self.configure()
        with (self.folder / "gateway.log").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.gateway", "--data-dir", str(self.folder)],
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={**os.environ, **self.environment},
            )
        async with asyncio.timeout(20), httpx.AsyncClient() as client:
            while True:
                assert self.process.poll() is None, self.log
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/healthz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    async def stop(self, how: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            return await asyncio.to_thread(self.process.wait, 20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise
        finally:
            self.process = None

    async def died(self) -> None:
        """Wait until it has killed itself at a fault point."""
        assert self.process is not None
        await asyncio.to_thread(self.process.wait, 20)
        self.process = None

    def resident_kib(self) -> int:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    async def key(self, *rights: Right) -> str:
        """A fresh API key with these rights, or all."""
        records = open_records(self.paths)
        try:
            granted = frozenset(rights) or frozenset(Right)
            giver = await records.writing(_owner)
            return (await ApiKeys(records).make(giver, "test", granted, None))[1]
        finally:
            records.close()

    @contextlib.contextmanager
    def nobody_yet(self) -> Iterator[None]:
        """As before the first administrator: whose the tests' keys are is none for so long."""
        records = open_records(self.paths)
        role = lambda role: update(ACCOUNTS).where(ACCOUNTS.c.id == OWNER).values(role=role)  # noqa: E731
        try:
            records.write(lambda c: c.execute(role("member")))
            yield
            records.write(lambda c: c.execute(role("administrator")))
        finally:
            records.close()

    def client(self, key: str | None = None, **headers: str) -> httpx.AsyncClient:
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20)

    async def ticket(self, resume: str | None = None, **more: Any) -> str:
        async with self.client(origin=self.url) as client:
            answer = await client.post("/v1/widget/tickets", json={"widget": "demo", "resume": resume, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    async def chat(self, resume: str | None = None, after: int = 0) -> Chat:
        """An open chat, welcomed."""
        return await self.chat_with(await self.ticket(resume), after)

    async def chat_with(self, ticket: str, after: int = 0) -> Chat:
        chat = Chat(await connect(f"ws://127.0.0.1:{self.port}/v1/chat", origin=self.url, ping_interval=None))
        await chat.send(type="hello", ticket=ticket, after=after)
        chat.welcome = await chat.next("welcome")
        return chat


class Chat:
    """The widget's side of the protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: Frame = {}
        self.seen: list[Frame] = []
        self.unread: list[Frame] = []

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def say(self, text: str) -> str:
        id = str(uuid.uuid4())
        await self.send(type="say", id=id, text=text)
        return id

    async def next(self, *types: str, timeout_s: float = 10) -> Frame:
        """The next frame of one of these types. Others are kept for later: `accepted` may come after the reply."""
        for frame in self.unread:
            if not types or frame["type"] in types:
                self.unread.remove(frame)
                return frame
        async with asyncio.timeout(timeout_s):
            while True:
                frame = json.loads(await self.socket.recv())
                self.seen.append(frame)
                if not types or frame["type"] in types:
                    return frame
                self.unread.append(frame)

    async def nothing(self, *types: str, within_s: float = 0.3) -> None:
        with contextlib.suppress(TimeoutError):
            frame = await self.next(*types, timeout_s=within_s)
            raise AssertionError(frame["type"])

    async def closed(self) -> int:
        async with asyncio.timeout(10):
            try:
                while True:
                    self.seen.append(json.loads(await self.socket.recv()))
            except websockets.ConnectionClosed:
                return int(self.socket.close_code or 0)

    async def close(self) -> None:
        await self.socket.close()

    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.seen if frame["type"] == "reply_finished"]


@contextlib.asynccontextmanager
async def place(folder: Path) -> AsyncIterator[tuple[Box, FakeUnits]]:
    """A bus, the faked units, and a gateway that is not started yet."""
    server = NatsServer(folder / "nats", free_port())
    server.start()
    bus = await Bus.connect(server.url, "test")
    await bus.ensure_streams()
    units = FakeUnits(bus)
    await units.start()
    box = Box(folder / "data", server, free_port())
    try:
        yield box, units
    finally:
        if box.process is not None:
            await box.stop()
        await bus.close()
        server.kill()


@dataclass
class Shared:
    box: Box
    units: FakeUnits
    key: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    """One running gateway for all tests of a module that do not harm it."""
    async with place(tmp_path_factory.mktemp("gateway")) as (box, units):
        await box.start()
        yield Shared(box, units, await box.key())


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[Box, FakeUnits]]:
    """A gateway for one test alone, not started yet."""
    async with place(tmp_path) as made:
        yield made
