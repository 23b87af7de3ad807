"""Days and times that a recogniser is told to expect are those that entities read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from appliance.agents.definition import Entity
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.phrases import phrases
from appliance.agents.spoken_values import days, times
from models.understanding.entities import EntityFinder

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def read(kind: str, text: str) -> list[str]:
    finder = EntityFinder({}, {"asked": Entity(type=kind)})  # type: ignore[arg-type]
    return [found.entity.value for found in finder.find(text, ("asked",), AT, "en-US")]


@pytest.mark.parametrize("text", [*days()[:45], *days()[45::37]])
def test_every_day_said_is_read_as_one(text: str) -> None:
    assert read("date", text), text


@pytest.mark.parametrize("text", [one for one in times()[:3]] + [one for one in times()[6::11]])
def test_every_time_said_is_read_as_one(text: str) -> None:
    assert read("time", text), text


def test_they_are_expected_where_they_are_asked_for() -> None:
    banking = load_agent(TEMPLATES / "banking")
    assert "the third of may" in phrases(banking.agent, "dispute/day")
    assert "the third of may" not in phrases(banking.agent, "dispute/card")
    assert "the third of may" not in phrases(banking.spoken("de-DE").agent, "dispute/day")
