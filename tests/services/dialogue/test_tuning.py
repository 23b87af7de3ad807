"""Tuning takes minutes: whoever publishes waits for it, a turn does not."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from appliance.adapters.inference import InferenceClient, Trained
from appliance.adapters.nats import Bus
from appliance.agents.loading import TEMPLATES, Version, files_of, load_agent, read_agent
from appliance.agents.phrases import lesson
from appliance.config import ChannelsConfig
from appliance.errors import Unavailable
from services.dialogue import library as under_test
from services.dialogue.library import Library


class Slow:
    """Trains only once it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked: list[tuple[Any, ...]] = []

    async def train(self, *asked: Any) -> Trained:
        self.asked.append(asked)
        await self.let.wait()
        return Trained(asked[0], 1.0, False)


def wanting_setfit() -> Version:
    files = dict(files_of(TEMPLATES / "banking"))
    return read_agent({**files, "understanding.yaml": "understanding: {engine: setfit}\n"})


def test_an_agent_names_its_engine() -> None:
    plain = load_agent(TEMPLATES / "banking")
    tuned = wanting_setfit()
    assert lesson(plain.agent)[4] == "linear"
    assert lesson(tuned.agent)[4] == "setfit"
    assert plain.version != tuned.version


async def test_a_turn_waits_only_so_long_and_a_publication_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    library = Library(cast(Bus, None), cast(InferenceClient, slow), ChannelsConfig())
    version = wanting_setfit()
    monkeypatch.setattr(under_test, "TRAINED_WITHIN_S", 0.01)
    with pytest.raises(Unavailable, match="still being trained"):
        await library.train(version)
    publishing = asyncio.create_task(library.tune(version))
    await asyncio.sleep(0)
    slow.let.set()
    await publishing
    named = [asked[0] for asked in slow.asked]
    assert named == [spoken.understood_as for spoken in version.translated]  # once, though two asked
    assert {asked[-1] for asked in slow.asked} == {"setfit"}
