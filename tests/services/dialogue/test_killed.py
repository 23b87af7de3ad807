"""Dialogue killed between any two effects of a turn, among the real vault, inference and connectors.

Nothing accepted is lost, no turn is taken twice, the bank is asked once, and the conversation goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus, conversation_subject
from appliance.adapters.vault import KeyRing
from appliance.conversation.folding import fold
from appliance.errors import Unavailable
from appliance.privacy.capture import CAPTURE_KEY, CAPTURE_SENT, CaptureSent, encrypt_capture
from appliance.privacy.references import render, reveal
from appliance.privacy.sealing import reply_place
from tests.conftest import NatsServer, free_port
from tests.services.dialogue.units import Units

CUSTOMER, PIN, SAVINGS = "12345678", "2468", "$9,876.54"
"""Of the demo bank, as it comes."""
ACCEPTING = ["dialogue.redacted", "dialogue.inbox_appended"]
TURNING = [
    "dialogue.state_loaded",
    "dialogue.understood",
    "dialogue.decided",
    "dialogue.appended",
    "dialogue.notified",
    "dialogue.called",
    "dialogue.before_ack",
]


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Units]:
    folder = tmp_path_factory.mktemp("units")
    nats = NatsServer(folder / "nats", free_port())
    nats.start()
    made = Units(folder / "data", nats)
    made.write_config()
    asyncio.run(_start(made))
    yield made
    made.stop()
    nats.kill()


async def _start(units: Units) -> None:
    bus = await Bus.connect(units.nats.url, "test")
    await bus.ensure_streams()
    units.start("inference", "text", "text")
    for unit in ("vault", "connectors"):
        units.start(unit)
    units.start("dialogue", faults=True)
    for unit, instance in (("vault", "1"), ("connectors", "1"), ("inference", "text"), ("dialogue", "1")):
        await units.ready(bus, unit, instance)
    await bus.close()


@dataclass
class Channel:
    """A channel that asks until it is answered, and restarts a dialogue that is gone, as the supervisor does."""

    units: Units
    bus: Bus
    conversation: str = field(default_factory=lambda: secrets.token_hex(8))
    killed: int = 0
    counter: Any = field(default_factory=lambda: itertools.count(1))

    def of(self) -> dict[str, Any]:
        return {
            "input_id": f"{self.conversation}-{next(self.counter)}",
            "conversation": self.conversation,
            "leg": self.conversation,
        }

    def arm(self, point: str) -> None:
        self.units.fault_file.write_text(f"{point} 1")

    def revive(self) -> None:
        process = self.units.running.get("dialogue-1")
        if process is not None and process.poll() is not None:
            assert process.returncode == -9, (self.units.folder / "dialogue-1.log").read_text()[-2000:]
            self.killed += 1
            self.units.start("dialogue", faults=True)

    async def tell(self, given: e.ChannelInput) -> None:
        raw = e.CHANNEL_INPUT.dump_json(given)
        for _ in range(200):
            try:
                answer = e.ANSWER.validate_json(await self.bus.request("b2t.dialogue.accept", raw, timeout_s=0.5))
            except Unavailable:
                self.revive()
                await asyncio.sleep(0.05)
                continue
            if isinstance(answer, e.Accepted):
                return
            assert answer.retryable, answer
            await asyncio.sleep(0.05)
        raise AssertionError("it was never accepted")

    async def batches(self) -> list[e.Batch]:
        read = self.bus.read("CONVERSATIONS", conversation_subject(self.conversation))
        return [e.BATCH.validate_json(raw) async for _, raw in read]

    async def heard(self, number: int) -> str:
        """The reply of that number as it is shown."""
        keys = await KeyRing(self.bus, "gateway").lease(self.conversation)
        for _ in range(800):
            events = [event for batch in await self.batches() for event in batch.events]
            replies = [event for event in events if isinstance(event, e.ReplyMade)]
            if len(replies) >= number:
                returned = [event for event in events if isinstance(event, e.ConnectorCallReturned)]
                values = reveal(keys, [value for event in returned for value in event.values.values()])
                reply = replies[number - 1]
                return render(keys.unseal_text(reply_place(reply.reply), reply.text), values)
            self.revive()
            await asyncio.sleep(0.025)
        raise AssertionError(f"reply {number} was never made")

    async def enter_pin(self, digits: str) -> e.Captured:
        secure = fold(self.conversation, await self.batches()).reply.expectation.secure
        key = CAPTURE_KEY.validate_json(await self.bus.request("b2t.connectors.key", b""))
        box = encrypt_capture(key, self.conversation, secure.capture, digits)
        sent = CaptureSent(self.conversation, secure.capture, box)
        await self.bus.request("b2t.connectors.capture", CAPTURE_SENT.dump_json(sent))
        return e.Captured(**self.of(), capture=secure.capture, outcome="valid")


@pytest.fixture
async def channel(units: Units) -> AsyncIterator[Channel]:
    bus = await Bus.connect(units.nats.url, "gateway")
    made = Channel(units, bus)
    made.revive()
    await units.ready(bus, "dialogue")
    yield made
    units.fault_file.unlink(missing_ok=True)
    await bus.close()


async def to_the_pin(channel: Channel) -> None:
    await channel.tell(e.Start(**channel.of(), channel=e.Channel.CHAT, widget="demo"))
    await channel.heard(1)
    await channel.tell(
        e.Said(**channel.of(), modality=e.Modality.TEXT, text="what is the balance of my savings account")
    )
    assert "customer number" in await channel.heard(2)


async def to_the_end(channel: Channel, replies: int) -> None:
    assert SAVINGS in await channel.heard(replies)
    await channel.tell(e.Said(**channel.of(), modality=e.Modality.TEXT, text="no thanks, goodbye"))
    assert "Goodbye" in await channel.heard(replies + 1)
    batches = await channel.batches()
    events = [event for batch in batches for event in batch.events]
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    heard = [event.input_id for event in events if isinstance(event, e.TurnHeard)]
    assert len(heard) == len(set(heard)) == 3
    for kind in (e.ConnectorCallStarted, e.ConnectorCallReturned, e.ConversationEnded):
        assert len([event for event in events if isinstance(event, kind)]) == 1
    assert len([event for event in events if isinstance(event, e.ReplyMade)]) == replies + 1


@pytest.mark.parametrize("point", [*ACCEPTING, *TURNING])
async def test_while_something_is_said(channel: Channel, point: str) -> None:
    await to_the_pin(channel)
    channel.arm(point)
    await channel.tell(e.Said(**channel.of(), modality=e.Modality.TEXT, text=f"it is {CUSTOMER}"))
    assert "PIN" in await channel.heard(3)
    await _until_killed(channel)
    await channel.tell(await channel.enter_pin(PIN))
    await to_the_end(channel, 5)


@pytest.mark.parametrize("point", ["dialogue.appended", "dialogue.notified", "dialogue.called", "dialogue.before_ack"])
async def test_while_the_bank_is_to_be_asked(channel: Channel, point: str) -> None:
    await to_the_pin(channel)
    await channel.tell(e.Said(**channel.of(), modality=e.Modality.TEXT, text=f"it is {CUSTOMER}"))
    await channel.heard(3)
    captured = await channel.enter_pin(PIN)
    channel.arm(point)
    await channel.tell(captured)
    await channel.heard(4)
    await _until_killed(channel)
    await to_the_end(channel, 5)


async def _until_killed(channel: Channel) -> None:
    for _ in range(200):
        channel.revive()
        if channel.killed:
            return
        await asyncio.sleep(0.025)
    raise AssertionError("the point was not passed")


async def test_while_the_bus_is_away(channel: Channel) -> None:
    await to_the_pin(channel)
    channel.units.nats.kill()
    telling = asyncio.create_task(
        channel.tell(e.Said(**channel.of(), modality=e.Modality.TEXT, text=f"it is {CUSTOMER}"))
    )
    await asyncio.sleep(0.5)
    channel.units.nats.start()
    await telling
    assert "PIN" in await channel.heard(3)
    await channel.tell(await channel.enter_pin(PIN))
    await to_the_end(channel, 5)


@pytest.mark.parametrize(("unit", "more"), [("inference-text", ("inference", "text", "text")), ("vault-1", ("vault",))])
async def test_while_what_it_asks_is_away(channel: Channel, unit: str, more: tuple[str, ...]) -> None:
    await to_the_pin(channel)
    channel.units.kill(unit)
    channel.units.start(*more)
    await channel.tell(e.Said(**channel.of(), modality=e.Modality.TEXT, text=f"it is {CUSTOMER}"))
    assert "PIN" in await channel.heard(3)
    await channel.tell(await channel.enter_pin(PIN))
    await to_the_end(channel, 5)


async def test_what_units_write_holds_no_word_of_it(units: Units) -> None:
    for file in units.folder.glob("*.log"):
        text = file.read_text()
        for planted in (CUSTOMER, PIN, "balance of my savings", SAVINGS):
            assert planted not in text, file
    json.loads((units.folder / "dialogue-1.log").read_text().splitlines()[-1])
