"""For tests that kill units of a running box: a balance by chat, and whether record, page and bank agree on it."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from appliance import events as e
from appliance.adapters.sql import open_database
from appliance.adapters.vault import KeyRing
from appliance.privacy.references import names_in
from appliance.privacy.sealing import reply_place
from services.connectors import demo_bank_tables
from tests.box.conftest import Box, Customer, batches
from tests.box.widget import Widget
from tests.conftest import ROOT

GREETING = "How can I help you"
HOURS = "open from nine to five"
When = Literal["number", "pin", "both"]


def fault_points() -> list[str]:
    """Every fault point of the sources; those of one unit lie far apart, so that it recovers between two deaths."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "services").rglob("*.py")):
        for name in re.findall(r"\bpoint\(\"([a-z_.]+)\"\)", file.read_text()):
            found.setdefault(name.partition(".")[0], []).append(name)
    places = [(place / len(names), name) for names in found.values() for place, name in enumerate(names)]
    return [name for _, name in sorted(places)]


@dataclass(frozen=True)
class Fault:
    """`kill -9` at a point: of the unit that passes it, or of the bus. `when`: before which input it is armed."""

    point: str
    when: When = "both"
    of_the_bus: bool = False

    def arm(self, box: Box) -> None:
        victim = f" {pid_of(box, 'nats-server')}" if self.of_the_bus else ""
        new = box.fault_file.with_suffix(".new")
        new.write_text(f"{self.point} 1{victim}")
        new.replace(box.fault_file)


def pid_of(box: Box, *words: str) -> int:
    """The process under the box's supervisor whose command line has all these words."""
    assert box.process is not None
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has just ended
            continue
        if parent == box.process.pid and all(word in command for word in words):
            return int(folder.name)
    raise LookupError(" ".join(words))


async def fired(box: Box, within_s: float = 5.0) -> bool:
    """Whether the armed point was passed."""
    async with asyncio.timeout(within_s + 1):
        for _ in range(int(within_s / 0.05)):
            if not box.fault_file.exists():
                return True
            await asyncio.sleep(0.05)
    return False


@dataclass
class MortalBus:
    """nats-server, which dies again and again."""

    box: Box
    died: int = 0

    async def dies_at(self, points: list[str]) -> None:
        """Once it has died where it was to before, and is back, have it die at the next point, if there is one."""
        assert await fired(self.box), f"never passed: {self.box.fault_file.read_text()}"
        async with asyncio.timeout(15):
            while not await self._back():
                await asyncio.sleep(0.02)
        if points:
            self.died = pid_of(self.box, "nats-server")
            Fault(points.pop(0), of_the_bus=True).arm(self.box)

    async def _back(self) -> bool:
        try:
            if pid_of(self.box, "nats-server") == self.died:
                return False
            _, writer = await asyncio.open_connection("127.0.0.1", self.box.bus_port)
        except (OSError, LookupError):
            return False
        writer.close()
        return True


@dataclass
class Bank:
    """The demo bank's own records."""

    file: Path

    @classmethod
    def of(cls, box: Box) -> Bank:
        return cls(box.paths.folder("connectors") / "demo_bank.sqlite")

    def add(self, customer: Customer) -> Customer:
        engine = open_database(self.file, demo_bank_tables.TABLES)
        with engine.begin() as connection:
            cents = {"checking": customer.checking_cents, "savings": customer.savings_cents}
            demo_bank_tables.put_customer(connection, customer.number, customer.pin, cents)
        engine.dispose()
        return customer

    def executed(self) -> list[str]:
        return [str(row[0]) for row in self._rows("select idempotency_key from calls_done")]

    def wrong_pins(self, customer: Customer) -> int:
        return int(str(self._rows("select wrong_pins from customers where number = ?", customer.number)[0][0]))

    def _rows(self, query: str, *values: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


def written(cents: int) -> str:
    return f"${cents / 100:,.2f}"


async def balance(widget: Widget, customer: Customer, bank: Bank, fault: Fault | None = None) -> None:
    """The whole way to a balance, by a wrong PIN: those are counted by the bank, so that a repetition would show."""
    await widget.hears(GREETING)
    await widget.ask("what is my balance", "checking or savings")
    await widget.ask("savings", "customer number")
    if fault is not None and fault.when != "pin":
        fault.arm(widget.box)
    await widget.ask(customer.number, "PIN")
    if fault is not None and fault.when != "number":
        fault.arm(widget.box)
    await widget.enter("0" * len(customer.pin), "That PIN is not right")
    assert bank.wrong_pins(customer) == 1
    told = await widget.enter(customer.pin, "The balance of your savings account is")
    assert written(customer.savings_cents) in told
    assert bank.wrong_pins(customer) == 0


async def leave(widget: Widget) -> None:
    """The next turn goes on, and the one after it."""
    await widget.ask("when are you open", HOURS)
    await widget.ask("goodbye", "Goodbye")
    await widget.until(lambda: widget.ended is not None)


async def agree(widget: Widget, bank: Bank | None = None) -> list[e.Event]:
    """The record, the page and the bank have everything once and in order. The conversation's events."""
    async with widget.box.bus() as bus:
        stored = await batches(bus, widget.conversation)
        keys = await KeyRing(bus, "operator").lease(widget.conversation)
    happened = [event for batch in stored for event in batch.events]
    assert [batch.number for batch in stored] == list(range(1, len(stored) + 1))

    heard = [event for event in happened if isinstance(event, e.TurnHeard)]
    said = [id.replace("-", "") for id in widget.sent if id in widget.said]
    assert [event.input_id.rpartition("-")[2] for event in heard] == said
    assert widget.idle
    made = [event for event in happened if isinstance(event, e.ReplyMade)]
    assert list(widget.replies) == [event.reply for event in made]
    for event in made:
        text = keys.unseal_text(reply_place(event.reply), event.text)
        pattern = re.escape(text)
        for name in names_in(text):
            pattern = pattern.replace(re.escape(f"<{name}>"), ".+")
        shown = widget.replies[event.reply].text
        assert shown is not None
        assert re.fullmatch(pattern, shown)
    for turn in heard:
        assert [event.turn for event in made].count(turn.turn) == 1
    if bank is not None:
        _bank_agrees(happened, bank)
    return happened


def _bank_agrees(happened: list[e.Event], bank: Bank) -> None:
    started = [event.call for event in happened if isinstance(event, e.ConnectorCallStarted)]
    returned = [event for event in happened if isinstance(event, e.ConnectorCallReturned)]
    assert [event.call for event in returned] == started
    outcomes = [event.outcome for event in returned if event.outcome != "capture_lost"]
    assert outcomes == ["wrong_pin", "ok"]
    executed = bank.executed()
    for event in returned:
        assert executed.count(event.call) == (event.outcome != "capture_lost")
