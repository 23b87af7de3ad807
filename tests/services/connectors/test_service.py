from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus, inbox_subject
from appliance.adapters.vault import KeyRing
from appliance.config import Config, Paths
from appliance.errors import Unavailable
from appliance.events import CONNECTOR_CALL, INBOX, ConnectorCall, Returned
from appliance.privacy.capture import CAPTURE_ANSWER, CAPTURE_KEY, CAPTURE_SENT, CaptureSent, encrypt_capture
from appliance.privacy.references import ReferenceBook, reveal
from appliance.privacy.values import Digits, money
from services.connectors import demo_bank
from services.unit import Unit
from services.vault import service as vault
from tests.fakes.planted import stands_in

ROOT = Path(__file__).resolve().parents[3]


class Box:
    """A vault in this process, connectors in another that may be killed."""

    def __init__(self, bus: Bus, url: str, folder: Path) -> None:
        self.bus, self.folder = bus, folder
        self.fault = folder / "fault"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(exist_ok=True)
        port = url.rpartition(":")[2]
        (folder / "config.toml").write_text(f"[bus]\nport = {port}\n")

    async def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.connectors", "--data-dir", str(self.folder)],
            cwd=ROOT,
            env=os.environ | {"B2T_FAULT_FILE": str(self.fault)},
            stderr=(self.folder / "log").open("ab"),
        )
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(Unavailable):
                    await self.bus.request("b2t.connectors.key", b"", timeout_s=0.5)
                    return
                assert self.process.poll() is None, (self.folder / "log").read_text()
                await asyncio.sleep(0.02)

    async def died(self) -> None:
        async with asyncio.timeout(10):
            while self.process.poll() is None:
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    async def order(self, call: str, pin: str, customer: str = "12345678") -> None:
        """What dialogue and a channel do."""
        keys = await KeyRing(self.bus, "dialogue").lease("c1")
        reference = ReferenceBook(keys).add("NUMBER", Digits(customer))
        public = CAPTURE_KEY.validate_json(await self.bus.request("b2t.connectors.key", b""))
        sent = CaptureSent("c1", f"k-{call}", encrypt_capture(public, "c1", f"k-{call}", pin), public.kid)
        answer = await self.bus.request("b2t.connectors.capture", CAPTURE_SENT.dump_json(sent))
        assert CAPTURE_ANSWER.validate_json(answer).outcome == "taken"
        order = ConnectorCall(
            conversation="c1",
            call=call,
            connector="bank",
            operation="balance",
            arguments={"account": "checking", "customer": reference.name, "pin": f"k-{call}"},
            captures=("pin",),
            references={reference.name: reference},
        )
        await self.bus.append("b2t.calls.bank", CONNECTOR_CALL.dump_json(order), message_id=call)

    async def returned(self, count: int) -> list[Returned]:
        async with asyncio.timeout(15):
            while True:
                found = [raw async for _, raw in self.bus.read("INBOX", inbox_subject("c1"))]
                if len(found) >= count:
                    return [INBOX.validate_json(raw) for raw in found]
                await asyncio.sleep(0.05)

    @property
    def bank(self) -> Path:
        return self.folder / "connectors" / "demo_bank.sqlite"

    def seed(self, customer: str) -> None:
        assert demo_bank.main(["--file", str(self.bank), "--customer", customer, "--pin", "2468"]) == 0

    def wrong_pins(self, customer: str) -> int:
        with contextlib.closing(sqlite3.connect(self.bank)) as opened:
            found = opened.execute("SELECT wrong_pins FROM customers WHERE number = ?", (customer,))
            return found.fetchone()[0]


@pytest.fixture
async def box(bus, nats_server, tmp_path, monkeypatch):
    monkeypatch.setattr(vault, "forbid_dumps", lambda: None)
    made = Box(bus, nats_server.url, tmp_path / "data")
    unit = Unit("vault", "1", Paths(made.folder), Config(), bus, [])
    lending = asyncio.create_task(vault.run(unit))
    yield made
    made.stop()
    lending.cancel()
    await asyncio.gather(lending, return_exceptions=True)


async def test_a_balance_comes_back_sealed_into_the_inbox(box):
    await box.start()
    await box.order("call-1", "2468")
    (returned,) = await box.returned(1)
    keys = await KeyRing(box.bus, "phone").lease("c1")
    balance = returned.values["balance"]
    assert returned.outcome == "ok"
    assert reveal(keys, [balance])[balance.name] == money(123_456)
    box.stop()
    assert box.process.returncode == 0
    assert not stands_in("2468", (box.folder / "log").read_bytes())
    assert b"12345678" not in (box.folder / "log").read_bytes()


BEFORE_THE_EFFECT = ["connectors.received", "connectors.attempted"]
AFTER_THE_EFFECT = [
    "connectors.bank_done",
    "connectors.returned",
    "connectors.recorded",
    "connectors.appended",
    "connectors.acked",
]


async def test_killed_at_any_point_nothing_is_lost_and_no_effect_repeated(box):
    """Each point has a customer whose wrong PINs count how often the call took effect."""
    await box.start()
    points = BEFORE_THE_EFFECT + AFTER_THE_EFFECT
    for number, point in enumerate(points):
        customer = f"1000000{number}"
        box.seed(customer)
        box.fault.write_text(f"{point} 1")
        await box.order(f"call-{number}", "9999", customer)
        await box.died()
        await box.start()
        returned = {one.call: one.outcome for one in await box.returned(number + 1)}
        effects = int(point in AFTER_THE_EFFECT)
        assert returned[f"call-{number}"] == ("wrong_pin" if effects else "capture_lost"), point
        assert box.wrong_pins(customer) == effects, point
    await asyncio.sleep(0.2)
    assert len(await box.returned(len(points))) == len(points)
