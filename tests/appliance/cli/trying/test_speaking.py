"""Scenarios aloud, with a recogniser that is told what to hear: who is asked again says it again, or keys it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

from appliance.adapters.aloud import HEARD, HeardBack
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.scenarios import Scenario, Turn, Written, read_scenarios
from appliance.cli.trying.engines import Engines, engines
from appliance.cli.trying.playing import Played, ready
from appliance.cli.trying.speaking import speak_all
from appliance.cli.trying.stage import Cast
from tests.appliance.cli.trying.small_agent import AGENT

TEXT = """
scenarios:
  - name: a_balance
    connectors: {bank.balance: {outcome: ok, balance: 12.34}}
    turns: [{say: what is the balance of my savings account}, {say: "12345678"}, {secure: "2468"}]
  - name: hours
    turns: [{say: when are you open}]
"""


class Hears:
    """Hears what is said, but for these texts: what it hears each time."""

    def __init__(self, otherwise: dict[str, list[str]]) -> None:
        self._otherwise = otherwise

    async def request(self, _subject: str, order: bytes, *, timeout_s: float) -> bytes:
        said = json.loads(order)["text"]
        waiting = self._otherwise.get(said)
        return HEARD.dump_json(HeardBack(waiting.pop(0) if waiting else said, 1.0))


async def spoken(given: Cast, scenarios: tuple[Written, ...], otherwise: dict[str, list[str]]) -> list[Played]:
    hears = cast(Engines, Hears(otherwise))
    return [played async for played in speak_all(given, hears, scenarios, 10)]


async def test_what_is_misheard_is_said_again_and_counts_where_the_goal_is_reached(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    _, _, texts = (TEMPLATES / "banking" / "agent.yaml").read_text("utf-8").partition("\ntexts:")
    path.write_text(f"{AGENT}\ntexts:{texts}", "utf-8")
    models = tmp_path / "models"
    models.mkdir()
    moment = datetime.now().astimezone()
    version = load_agent(path)
    scenarios = read_scenarios("s.yaml", TEXT, version.agent)
    wish, row = "what is the balance of my savings account", "1, 2, 3, 4, 5, 6, 7, 8"
    async with engines(models, moment) as inference:
        given = Cast(await ready(version, inference), inference, moment, tmp_path)
        right = await spoken(given, scenarios, {})
        again = await spoken(given, scenarios, {wish: [""], row: ["one two three"]})
        wrong = await spoken(given, scenarios, {wish: ["what is the balance of my checking account"]})
        only = tuple(one for one in scenarios if one.name == "hours")
        lost = await spoken(given, only, {"when are you open": ["balance of my savings account"]})
        german = [replace(scenarios[0], scenario=Scenario(name="deutsch", locale="de-DE", turns=(Turn(say="Hallo"),)))]
        assert await spoken(given, tuple(german), {}) == []
    assert [(one.written.title, one.failures, one.notes) for one in right] == [
        ("a_balance [spoken]", [], []),
        ("hours [spoken]", [], []),
    ]
    (first, _) = again
    assert first.failures == []
    assert first.notes == [f'turn 1 was said 2 times: "{wish}"', 'turn 2 was keyed in the end: "12345678"']
    assert [(one.turn, one.heard, one.then) for one in first.misheard] == [
        (1, "", "asked again"),
        (2, "one two three", "asked again"),
    ]
    (other, _) = wrong
    assert other.misheard[0].then == "took another value: account checking"
    assert [failure.what for failure in other.failures] == ["connector calls"]
    assert lost[0].misheard[0].then == "took it for balance"
    assert lost[0].failures
