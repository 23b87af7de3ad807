"""Two copies of dialogue on one bus share the work, and no conversation is written twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus
from tests.conftest import NatsServer
from tests.fakes.inference import FakeInference
from tests.services.dialogue.conftest import Box, Copy


@pytest.fixture
async def other(nats_server: NatsServer, inference: FakeInference, tmp_path: Path, copy: Copy) -> AsyncIterator[Copy]:
    bus = await Bus.connect(nats_server.url, "dialogue")
    started = await Copy(bus, inference, tmp_path / "agents").start()
    yield started
    await started.stop()
    await bus.close()


async def test_both_accept_and_both_decide(box: Box, other: Copy, bus: Bus) -> None:
    second = Box(bus, other, box.counter)
    names = [f"c{number}" for number in range(8)]
    await asyncio.gather(*(box.start(name) for name in names))
    for text in ("balance please", "savings", "12345678"):
        await asyncio.gather(*((box, second)[place % 2].say(name, text) for place, name in enumerate(names)))
    for name in names:
        batches = await box.batches(name)
        assert [batch.number for batch in batches] == [1, 2, 3, 4]
        assert (await box.state(name)).reply.expectation.secure is not None


async def test_the_copy_that_is_left_goes_on(box: Box, other: Copy) -> None:
    await box.start("c1")
    await box.say("c1", "balance please")
    await other.stop()
    assert (await box.say("c1", "savings")).startswith("What is your customer number?")


async def test_a_stale_copy_reads_again(box: Box, copy: Copy, other: Copy, bus: Bus) -> None:
    await box.start("c1")
    await copy.conversations.fresh("c1")
    await other.conversations.fresh("c1")
    for number in range(6):
        await box.say("c1", f"hm {number}")
    heard = [event for event in await box.events("c1") if isinstance(event, e.TurnHeard)]
    assert len({event.input_id for event in heard}) == 6
