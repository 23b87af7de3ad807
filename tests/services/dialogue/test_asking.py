"""While one turn asks the language model nobody else waits, and whatever dies meanwhile, it is answered once."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus, inbox_subject
from appliance.agents.loading import TEMPLATES
from appliance.ports import Prompt
from services.dialogue import asking
from services.dialogue.asking import asks_subject
from tests.fakes.inference import FakeInference
from tests.services.dialogue.conftest import WAIT_S, Box, Copy

NEIGHBOUR = next(
    name for name in (f"n{number}" for number in range(999))
    if inbox_subject(name).split(".")[2] == inbox_subject("c1").split(".")[2]
)  # fmt: skip
"""It shares a partition of the inbox with `c1`."""


class Ponders:
    """Says nothing until it may, and counts how often it is asked."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.error: Exception | None = None

    async def answer(self, prompt: Prompt, *_: Any) -> str:
        self.asked += 1
        self.is_asked.set()
        if self.error is not None:
            raise self.error
        await self.may.wait()
        return json.dumps({"flow": "balance", "slots": {"account": "savings"}})


@pytest.fixture
def model() -> Ponders:
    return Ponders()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "agents" / "banking"
    shutil.copytree(TEMPLATES / "banking", made)
    agent = made / "agent.yaml"
    lines = [line for line in agent.read_text("utf-8").splitlines(keepends=True) if not line.startswith("  fallback:")]
    ladder = "\npolicies:\n  fallback: [model, again, person]\n"
    agent.write_text("".join(lines).replace("\npolicies:\n", ladder, 1), "utf-8")
    return made.parent


@pytest.fixture
async def copy(bus: Bus, inference: FakeInference, folder: Path, model: Ponders) -> AsyncIterator[Copy]:
    started = await Copy(bus, inference, folder, model=model).start()
    yield started
    await started.stop()


async def asks(box: Box, model: Ponders) -> int:
    """`c1` says what only the model may understand; how many replies there were before."""
    await box.start("c1")
    before = len(await box.replies("c1"))
    given = e.Said(**box.of("c1"), modality=e.Modality.TEXT, text="colourless green ideas")
    assert isinstance(await box.accept(given), e.Accepted)
    async with asyncio.timeout(WAIT_S):
        await model.is_asked.wait()
    return before


async def test_a_neighbour_in_the_partition_does_not_wait(box: Box, model: Ponders) -> None:
    before = await asks(box, model)
    await box.start(NEIGHBOUR)
    assert "checking or savings" in await box.say(NEIGHBOUR, "what is my balance")
    assert len(await box.replies("c1")) == before
    model.may.set()
    assert await box.heard("c1", before + 1) == "What is your customer number? It has eight digits."
    assert model.asked == 1


async def test_a_copy_that_stops_meanwhile_leaves_the_question_to_another(
    box: Box, copy: Copy, bus: Bus, inference: FakeInference, folder: Path, model: Ponders
) -> None:
    before = await asks(box, model)
    for task in copy.tasks:
        task.cancel()
    await asyncio.wait(copy.tasks, timeout=5)
    other = await Copy(bus, inference, folder, model=model).start()
    try:
        model.may.set()
        assert await box.heard("c1", before + 1) == "What is your customer number? It has eight digits."
        assert model.asked == 2
        answered = [one for one in await box.events("c1") if isinstance(one, e.ConnectorCallReturned)]
        assert len(answered) == 1
        async with asyncio.timeout(WAIT_S):
            while await bus.last_sequence("INBOX", asks_subject("c1")):
                await asyncio.sleep(0.05)
    finally:
        await other.stop()


async def test_what_nobody_can_ask_is_answered_with_nothing(
    box: Box, model: Ponders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ATTEMPTS", 2)
    monkeypatch.setattr(asking, "AGAIN_S", 0.05)
    model.error = RuntimeError("nobody thought of that")
    before = await asks(box, model)
    assert (await box.heard("c1", before + 1)).startswith("Sorry")
    assert model.asked == 2


async def test_what_is_no_question_is_dropped(box: Box, copy: Copy, bus: Bus, model: Ponders) -> None:
    await bus.append(asks_subject("c9"), b'{"no": "question"}')
    model.may.set()
    assert await box.heard("c1", await asks(box, model) + 1) == "What is your customer number? It has eight digits."
    async with asyncio.timeout(WAIT_S):
        while await bus.last_sequence("INBOX", asks_subject("c9")):
            await asyncio.sleep(0.05)
