"""Dialogue killed between any two effects of a turn, among the real vault, inference and connectors.

Nothing accepted is lost, no turn is taken twice, the bank is asked once, and the conversation goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
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
from tests.fakes.planted import stands_in
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

    def arm(self, point: str, times: int = 1) -> None:
        self.units.fault_file.write_text(f"{point} {times}")

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

    async def events(self) -> list[e.Event]:
        return [event for batch in await self.batches() for event in batch.events]

    async def code(self) -> str:
        asked = e.CODE_ASKED.dump_json(e.CodeAsked(self.conversation, self.conversation))
        made = e.CODE_ANSWER.validate_json(await self.bus.request("b2t.dialogue.code", asked))
        assert isinstance(made, e.CodeMade)
        return made.code

    async def heard(self, number: int) -> str:
        """The reply of that number as it is shown."""
        keys = await KeyRing(self.bus, "gateway").lease(self.conversation)
        for _ in range(800):
            events = await self.events()
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

    async def settled(self) -> None:
        """Until everything accepted is taken to its end."""
        async with asyncio.timeout(10):
            while (await self.bus._js.stream_info("INBOX")).state.messages:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)


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


@pytest.mark.parametrize(
    ("point", "times"),
    [(point, 1) for point in [*ACCEPTING, *TURNING, "dialogue.acted", "dialogue.acked"]]
    + [(point, 2) for point in [*TURNING, "dialogue.acked"]],
)
async def test_while_a_leg_moves(channel: Channel, point: str, times: int) -> None:
    """Somebody who chats phones and keys the code. What is passed a second time is passed where the leg arrives."""
    chat, call = channel, Channel(channel.units, channel.bus)
    await to_the_pin(chat)
    await chat.tell(e.Said(**chat.of(), modality=e.Modality.TEXT, text=f"it is {CUSTOMER}"))
    assert "PIN" in await chat.heard(3)
    code = await chat.code()
    await call.tell(e.Start(**call.of(), channel=e.Channel.PHONE, number="1000"))
    await call.heard(1)
    await chat.settled()
    before = await chat.events()

    chat.arm(point, times)
    await call.tell(e.Keyed(**call.of(), digits=code))
    assert (await chat.heard(4)).startswith("Welcome back.")
    await _until_killed(chat, call)
    captured = await chat.enter_pin(PIN)
    await call.tell(replace(captured, input_id=f"{call.conversation}-pin", leg=call.conversation))
    assert SAVINGS in await chat.heard(6)
    await call.tell(e.Said(**call.of(), modality=e.Modality.SPEECH, text="no thanks, goodbye"))
    assert "Goodbye" in await chat.heard(7)
    await chat.settled()
    _assert_moved_once(await call.events(), call, chat)
    _assert_went_on(before, (await chat.events())[len(before) :], call, chat)
    assert (await chat.events())[: len(before)] == before


def _assert_moved_once(log: list[e.Event], call: Channel, chat: Channel) -> None:
    [moved] = (event for event in log if isinstance(event, e.LegMoved))
    assert (moved.leg, moved.to_conversation) == (call.conversation, chat.conversation)
    [ended] = (event for event in log if isinstance(event, e.ConversationEnded))
    assert (ended.reason, ended.outcome) == ("continued", "continued")
    assert len([event for event in log if isinstance(event, e.ReplyMade)]) == 1
    assert not any(isinstance(event, e.CodeRefused | e.TurnHeard) for event in log)


def _assert_went_on(before: list[e.Event], since: list[e.Event], call: Channel, chat: Channel) -> None:
    """The call goes on with every slot of the chat, and nothing came twice."""
    [arrived] = (event for event in since if isinstance(event, e.LegAttached))
    assert (arrived.leg, arrived.from_conversation) == (call.conversation, call.conversation)
    assert arrived.identity.assurance is e.Assurance.VERIFIED
    assert [event.flow for event in since if isinstance(event, e.FlowStarted)] == ["goodbye"]
    assert not any(isinstance(event, e.ConversationStarted) for event in since)
    assert {event.slot for event in since if isinstance(event, e.SlotFilled)} <= {"pin"}
    filled = {event.slot: event.value for event in before if isinstance(event, e.SlotFilled)}
    [started] = (event for event in since if isinstance(event, e.ConnectorCallStarted))
    assert {slot: started.arguments[slot] for slot in filled} == filled
    for kind in (e.ConnectorCallReturned, e.TurnHeard, e.ConversationEnded):
        assert len([event for event in since if isinstance(event, kind)]) == 1
    assert len([event for event in since if isinstance(event, e.ReplyMade)]) == 4


async def _until_killed(*channels: Channel) -> None:
    for _ in range(200):
        channels[0].revive()
        if any(channel.killed for channel in channels):
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
        assert not stands_in(PIN, text), file
        for planted in (CUSTOMER, "balance of my savings", SAVINGS):
            assert planted not in text, file
    json.loads((units.folder / "dialogue-1.log").read_text().splitlines()[-1])
