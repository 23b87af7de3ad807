"""Two copies of dialogue share the work: each conversation in order, and nothing lost with the one that dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from appliance.adapters.nats import Bus
from tests.box.conftest import Box
from tests.box.killing import GREETING, HOURS, agree, pid_of
from tests.box.widget import Widget

pytestmark = [pytest.mark.box, pytest.mark.timeout(120)]

CONVERSATIONS = 50
COPIES = ("1", "2")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box.make(tmp_path_factory.mktemp("copies") / "data", "[dialogue]\ncopies = 2\n")
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
async def widgets(box: Box) -> AsyncIterator[list[Widget]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Widget(box)) for _ in range(CONVERSATIONS)]


async def appended(bus: Bus, copy: str) -> int:
    """How many batches a copy has appended since it started."""
    metrics = (await bus.request(f"b2t.status.dialogue.{copy}", b"metrics")).decode()
    found = re.search(r'^b2t_dialogue_stage_seconds_count\{stage="recorded"\} ([0-9.]+)$', metrics, re.MULTILINE)
    return int(float(found[1])) if found else 0


async def talk(widget: Widget) -> None:
    """Three messages at once, each of which has to be heard before the next; then one more."""
    await widget.hears(GREETING)
    widget.say("what is my balance")
    widget.say("savings")
    await widget.ask("12345678", "PIN")
    for text, asks in zip(widget.texts, ("How can", "which account", "customer number", "PIN"), strict=True):
        assert asks in (text or "")


async def go_on(widget: Widget) -> None:
    await widget.ask("when are you open", HOURS)
    await widget.ask("cancel", "cancelled")
    await widget.ask("goodbye", "Goodbye")
    await widget.until(lambda: widget.ended is not None)


async def test_both_work_and_one_may_die(box: Box, widgets: list[Widget]) -> None:
    async with box.bus() as bus:
        before = [await appended(bus, copy) for copy in COPIES]
        await asyncio.gather(*(talk(widget) for widget in widgets))
        after = [await appended(bus, copy) for copy in COPIES]
        shares = [now - then for now, then in zip(after, before, strict=True)]
        assert sum(shares) >= 4 * CONVERSATIONS
        assert min(shares) > CONVERSATIONS / 4

    going = [asyncio.create_task(go_on(widget)) for widget in widgets]
    await widgets[0].hears(HOURS)
    os.kill(pid_of(box, "services.dialogue", "--instance 1"), signal.SIGKILL)
    assert sum(task.done() for task in going) < CONVERSATIONS / 2, "it died in the middle"
    await asyncio.gather(*going)
    for widget in widgets:
        await agree(widget)
