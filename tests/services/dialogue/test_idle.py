"""Conversations end once nothing has happened for as long as their agent allows, whichever copy knew of them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus
from services.dialogue import idle
from tests.fakes.inference import FakeInference
from tests.services.dialogue.conftest import Box, Copy, until

SHORT = 0.02
"""Minutes."""


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    """A folder with the banking agent, less patient."""
    from appliance.agents.loading import TEMPLATES

    folder = tmp_path / "agents" / "banking"
    shutil.copytree(TEMPLATES / "banking", folder)
    file = folder / "agent.yaml"
    file.write_text(file.read_text().replace("idle_minutes: 30", f"idle_minutes: {SHORT}"))
    return folder.parent


@pytest.fixture
async def impatient(agents: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Copy]:
    monkeypatch.setattr(idle, "SWEEP_S", 0.1)
    sweeping = asyncio.create_task(copy.idle.run())
    yield copy
    sweeping.cancel()


async def ended(box: Box, conversation: str) -> e.ConversationEnded:
    async def found() -> e.ConversationEnded | None:
        return (await box.state(conversation)).ended

    made = await until(found)
    assert isinstance(made, e.ConversationEnded)
    return made


async def test_an_idle_conversation_ends(agents: Path, box: Box, impatient: Copy) -> None:
    await box.start("c1")
    await box.say("c1", "when are you open")
    assert (await ended(box, "c1")).outcome == "contained"
    assert "c1" not in impatient.idle._due


async def test_another_copy_ends_what_was_open(
    agents: Path, box: Box, copy: Copy, bus: Bus, inference: FakeInference, monkeypatch: pytest.MonkeyPatch
) -> None:
    await box.start("c1")
    await copy.stop()
    monkeypatch.setattr(idle, "SWEEP_S", 0.1)
    other = await Copy(bus, inference, agents).start()
    sweeping = asyncio.create_task(other.idle.run())
    assert (await ended(box, "c1")).outcome == "abandoned"
    sweeping.cancel()
    await other.stop()


async def test_an_agent_of_the_folder_takes_the_place_of_the_template(agents: Path, box: Box, copy: Copy) -> None:
    await box.start("c1")
    state = await box.state("c1")
    agent = (await copy.library.version(state.agent, state.version)).agent
    assert agent.policies.idle_minutes == SHORT


async def test_a_conversation_goes_on_with_the_version_it_began_with(
    agents: Path, box: Box, copy: Copy, bus: Bus, inference: FakeInference
) -> None:
    await box.start("c1")
    await copy.stop()
    (agents / "banking" / "agent.yaml").write_text("name: [\n")
    other = await Copy(bus, inference, agents).start()
    assert "banking" in other.library.problems
    later = Box(bus, other, box.counter)
    assert (await later.say("c1", "balance please")).startswith("For which account")
    began = {batch.version for batch in await later.batches("c1")}
    await later.start("c2")
    assert len(began) == 1
    assert {batch.version for batch in await later.batches("c2")} != began
    await other.stop()
