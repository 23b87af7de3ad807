"""A whole running box for each module that asks for one: the supervisor, nats-server and every unit, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.access.rights import Right
from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing
from appliance.config import Paths
from appliance.events import BATCH, Batch, Event
from appliance.telephony.addresses import Address
from tests.conftest import PORT_STEP, ROOT, free_port

PASSWORD = "correct-horse-battery-staple-9"
START_S = 90.0


@dataclass
class Customer:
    """A customer of the demo bank, other in every run."""

    number: str
    pin: str
    checking_cents: int
    savings_cents: int


def some_customer(chance: random.Random | None = None) -> Customer:
    chance = chance or random.Random()
    return Customer(
        number=str(chance.randrange(20_000_000, 99_999_999)),
        pin=str(chance.randrange(100_000, 999_999)),
        checking_cents=chance.randrange(10_000, 9_999_999),
        savings_cents=chance.randrange(10_000, 9_999_999),
    )


@dataclass
class Box:
    """One running box and what a test needs to use and to hurt it."""

    folder: Path
    gateway_port: int
    sip_port: int
    bus_port: int
    extra: str = ""
    """More lines of configuration."""
    ready: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    api_key: str = ""

    @classmethod
    def make(cls, folder: Path, extra: str = "") -> Box:
        return cls(folder, free_port(), free_port(socket.SOCK_DGRAM), free_port(), extra)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def sip(self) -> Address:
        return Address("127.0.0.1", self.sip_port)

    @property
    def paths(self) -> Paths:
        return Paths.of(self.folder)

    @property
    def fault_file(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.fault"

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        first = 20_000 + self.sip_port // PORT_STEP % 60 * 200
        self.paths.config.write_text(
            f"[bus]\nport = {self.bus_port}\n[gateway]\nport = {self.gateway_port}\n"
            f"[phone]\nport = {self.sip_port}\nrtp_first = {first}\nrtp_last = {first + 199}\n{self.extra}"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "appliance.cli", "up", "--json", "--data-dir", str(self.folder)],
            cwd=ROOT,
            env=os.environ | {"B2T_FAULT_FILE": str(self.fault_file)},
            stdout=subprocess.PIPE,
            stderr=(self.folder.parent / f"{self.folder.name}.err").open("ab"),
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the box did not start: {(self.folder.parent / f'{self.folder.name}.err').read_text()[-2000:]}"
        self.ready = json.loads(line)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise
        finally:
            self.process = None

    def cli(self, *arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run `b2t` against this box."""
        return subprocess.run(
            [sys.executable, "-m", "appliance.cli", *arguments, "--data-dir", str(self.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def add_customer(self, customer: Customer) -> None:
        """Put a customer into the demo bank, the PIN by standard input."""
        subprocess.run(
            [
                *(sys.executable, "-m", "services.connectors.demo_bank"),
                *("--file", str(self.paths.folder("connectors") / "demo_bank.sqlite")),
                *("--customer", customer.number, "--pin-file", "-"),
                *("--checking", str(customer.checking_cents), "--savings", str(customer.savings_cents)),
            ],
            cwd=ROOT,
            input=customer.pin,
            text=True,
            check=True,
            timeout=30,
        )

    def client(self) -> httpx.Client:
        """An API client with a key, made through the first administrator's one-time link the first time."""
        if not self.api_key:
            with httpx.Client(base_url=self.url, timeout=10, headers={"Origin": self.url}) as browser:
                token = self.ready["first_administrator"].rsplit("#", 1)[1]
                name = "admin@example.com"
                answer = browser.post("/v1/setup", json={"token": token, "password": PASSWORD, "name": name})
                assert answer.status_code in (200, 201, 204), answer.text
                answer = browser.post("/v1/session", json={"name": name, "password": PASSWORD})
                assert answer.status_code in (200, 201), answer.text
                answer = browser.post(
                    "/v1/api-keys",
                    json={"name": "tests", "rights": [str(right) for right in Right if right is not Right.MANAGE_KEYS]},
                )
                assert answer.status_code == 201, answer.text
                self.api_key = answer.json()["key"]
        return httpx.Client(base_url=self.url, timeout=30, headers={"Authorization": f"Bearer {self.api_key}"})

    @contextlib.asynccontextmanager
    async def bus(self) -> AsyncIterator[Bus]:
        """The bus as the operator on the box sees it."""
        connection = await Bus.connect(
            f"nats://127.0.0.1:{self.bus_port}", "operator", self.paths.bus_seed("operator"), wait_s=20
        )
        try:
            yield connection
        finally:
            await connection.close()

    def kill(self, unit: str) -> None:
        """`kill -9` of one unit (`phone-1`, `bus-1`, …) as `b2t status` names them."""
        found = json.loads(self.cli("status", "--json").stdout)
        pid = next(row["pid"] for row in found["units"] if row["name"] == unit)
        os.kill(pid, signal.SIGKILL)

    def wait_ready(self, timeout_s: float = 30) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.cli("status").returncode == 0:
                return
            time.sleep(0.2)
        raise TimeoutError("the box is not ready again")


async def conversations(bus: Bus, limit: int = 50) -> list[dict[str, Any]]:
    """Newest first, as insights lists them."""
    answer = await bus.request("b2t.insights.query", json.dumps({"query": "conversations", "limit": limit}).encode())
    found = json.loads(answer)["conversations"]
    assert isinstance(found, list)
    return found


async def batches(bus: Bus, conversation: str) -> list[Batch]:
    found = bus.read("CONVERSATIONS", f"b2t.conversation.{conversation}")
    return [BATCH.validate_json(data) async for _, data in found]


async def events(bus: Bus, conversation: str) -> list[Event]:
    return [event for batch in await batches(bus, conversation) for event in batch.events]


def new_id() -> str:
    return secrets.token_hex(16)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box.make(tmp_path_factory.mktemp("box") / "data")
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def customer(box: Box) -> Customer:
    made = some_customer()
    box.add_customer(made)
    return made


@pytest.fixture
def ring_of() -> Any:
    """`ring_of(bus)`: the operator's key ring, which opens redacted text only."""
    return lambda bus: KeyRing(bus, "operator")
