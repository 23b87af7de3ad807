"""Copies of dialogue on the real bus, with keys and inference in the test's own process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from appliance import events as e
from appliance.adapters.nats import PARTITIONS, Bus, conversation_subject, inbox_subject
from appliance.agents.versions import Publisher
from appliance.config import ChannelsConfig
from appliance.conversation.folding import fold
from appliance.conversation.state import State
from appliance.errors import Unavailable
from appliance.privacy.references import returned_name, seal_value
from appliance.privacy.sealing import reply_place
from appliance.privacy.values import money
from services.dialogue.addressing import Addressing
from services.dialogue.callers import Callers
from services.dialogue.deploying import TOLD, Deploying
from services.dialogue.hearing import Hearing
from services.dialogue.held import Conversations
from services.dialogue.idle import Idle
from services.dialogue.library import Library
from services.dialogue.proposing import Proposing
from services.dialogue.turn import Parts, Turns
from services.unit import _plain_exception
from tests.fakes.inference import FakeInference
from tests.fakes.keys import FakeKeyRing, keys_of
from tests.fakes.talk import BANKING

WAIT_S = 10.0


@dataclass
class Copy:
    """One process' worth of dialogue."""

    bus: Bus
    inference: FakeInference
    folder: Path
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    audited: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    publisher: Publisher | None = None
    untold: int = 0
    """So often the audit log takes nothing."""
    model: Any = None
    """A language model, where there is one."""

    async def start(self) -> Copy:
        keys: Any = FakeKeyRing()
        inference: Any = self.inference
        self.library = Library(self.bus, inference, ChannelsConfig(), self.publisher)
        self.deploying = Deploying(self.bus, self.library, self.audit)
        await self.library.publish(self.folder)
        await self.deploying.begin()
        await self.library.train_all()
        self.conversations = Conversations(self.bus)
        self.addressing = Addressing(self.bus, keys, self.conversations, self.library)
        self.idle = Idle(self.bus, self.conversations, self.library)
        hearing = Hearing(self.bus, keys, inference, self.library)
        callers = Callers(self.bus, self.conversations)
        owned = (self.conversations, self.library, self.addressing, hearing, self.idle, callers, self.audit)
        proposing = Proposing(self.bus, keys, self.model) if self.model is not None else None
        self.turns = Turns(Parts(self.bus, keys, inference, *owned, proposing))
        self.tasks = [asyncio.create_task(self._work(partition)) for partition in range(PARTITIONS)]
        self.tasks.append(asyncio.create_task(self.turns.asking.run()))
        self.told = await self.bus.subscribe(TOLD, self.deploying.told)
        self.tasks.append(asyncio.create_task(self.deploying.run()))
        return self

    async def audit(self, action: str, **fields: Any) -> None:
        if self.untold:
            self.untold -= 1
            raise Unavailable("The audit log takes nothing now.")
        self.audited.append((action, fields))

    async def stop(self) -> None:
        await self.told()
        for task in self.tasks:
            task.cancel()
        _, pending = await asyncio.wait(self.tasks, timeout=5)
        assert not pending, "a consumer does not let itself be stopped"

    async def _work(self, partition: int) -> None:
        durable, subject = f"dialogue-{partition}", f"b2t.inbox.{partition}.*"
        async for delivery in self.bus.consume("INBOX", durable, subject, ack_wait_s=1.0):
            await self.turns.take(delivery)


@dataclass
class Box:
    """What a channel sees: it sends inputs and reads the log."""

    bus: Bus
    copy: Copy
    counter: Any = field(default_factory=lambda: itertools.count(1))

    async def accept(self, given: e.ChannelInput) -> e.Answer:
        return e.ANSWER.validate_json(await self.copy.turns.accept(e.CHANNEL_INPUT.dump_json(given)))

    async def start(self, conversation: str, channel: e.Channel = e.Channel.CHAT, **given: Any) -> str:
        named = {"number": "1000"} if channel is e.Channel.PHONE else {"widget": "demo"}
        answer = await self.accept(e.Start(**self.of(conversation), channel=channel, **{**named, **given}))
        assert isinstance(answer, e.Accepted), answer
        return await self.heard(conversation, 1)

    async def say(self, conversation: str, text: str, leg: str = "leg1", **given: Any) -> str:
        """Say something and wait for the next reply."""
        before = len(await self.replies(conversation))
        answer = await self.accept(e.Said(**self.of(conversation, leg), modality=e.Modality.TEXT, text=text, **given))
        assert isinstance(answer, e.Accepted), answer
        return await self.heard(answer.conversation, before + 1)

    async def capture(self, conversation: str, leg: str = "leg1") -> str:
        before = len(await self.replies(conversation))
        capture = (await self.state(conversation)).reply.expectation.secure.capture
        await self.accept(e.Captured(**self.of(conversation, leg), capture=capture, outcome="valid"))
        return await self.heard(conversation, before + 1)

    async def returns(self, call: e.ConnectorCall, cents: int) -> str:
        """Answer an order as the connectors do."""
        before = len(await self.replies(call.conversation))
        name = returned_name("MONEY", call.call, "balance")
        value = seal_value(keys_of(call.conversation), name, "MONEY", money(cents))
        made = e.Returned(
            input_id=call.call, conversation=call.conversation, call=call.call, outcome="ok", values={"balance": value}
        )
        await self.bus.append(inbox_subject(call.conversation), e.INBOX.dump_json(made), message_id=call.call)
        return await self.heard(call.conversation, before + 1)

    def of(self, conversation: str, leg: str = "leg1") -> dict[str, Any]:
        return {"input_id": f"i{next(self.counter)}", "conversation": conversation, "leg": leg}

    async def batches(self, conversation: str) -> list[e.Batch]:
        read = self.bus.read("CONVERSATIONS", conversation_subject(conversation))
        return [e.BATCH.validate_json(raw) async for _, raw in read]

    async def events(self, conversation: str) -> list[e.Event]:
        return [event for batch in await self.batches(conversation) for event in batch.events]

    async def state(self, conversation: str) -> State:
        return fold(conversation, await self.batches(conversation))

    async def replies(self, conversation: str) -> list[str]:
        keys = keys_of(conversation)
        made = [event for event in await self.events(conversation) if isinstance(event, e.ReplyMade)]
        return [keys.unseal_text(reply_place(reply.reply), reply.text) for reply in made]

    async def heard(self, conversation: str, number: int) -> str:
        """The reply of that number, once it is there."""

        async def enough() -> str | None:
            replies = await self.replies(conversation)
            return replies[number - 1] if len(replies) >= number else None

        return await until(enough)

    async def orders(self) -> list[e.ConnectorCall]:
        return [e.CONNECTOR_CALL.validate_json(raw) async for _, raw in self.bus.read("CALLS", "b2t.calls.*")]

    async def order(self) -> e.ConnectorCall:
        """The only order, once it is there: it follows what is recorded."""

        async def first() -> list[e.ConnectorCall] | None:
            return await self.orders() or None

        (order,) = await until(first)
        assert isinstance(order, e.ConnectorCall)
        return order

    async def stored(self) -> bytes:
        """Every byte of every stored message."""
        streams = {"INBOX": "b2t.inbox.>", "CONVERSATIONS": "b2t.conversation.>", "CALLS": "b2t.calls.>"}
        everything = [raw for stream, subject in streams.items() async for _, raw in self.bus.read(stream, subject)]
        everything += [raw async for _, raw in self.bus.read("KV_codes", "$KV.codes.>")]
        return b"\n".join(everything)


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        if (result := await found()) is not None:
            return result
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """As the units log: where an exception happened, without everything that was known there."""
    structlog.configure(processors=[_plain_exception, structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def inference() -> FakeInference:
    return FakeInference(BANKING.agent)


@pytest.fixture
async def copy(bus: Bus, inference: FakeInference, tmp_path: Path) -> AsyncIterator[Copy]:
    started = await Copy(bus, inference, tmp_path / "agents").start()
    yield started
    await started.stop()


@pytest.fixture
def box(bus: Bus, copy: Copy) -> Box:
    return Box(bus, copy)
