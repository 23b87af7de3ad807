"""`b2t agents test`: how well examples teach, alone and beside another version; inference is faked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from appliance.agents.loading import TEMPLATES, load_agent
from appliance.agents.understood import OfIntent, Shares, Understood
from appliance.cli import agents_test, agents_understood
from appliance.cli.app import make
from appliance.cli.exit_codes import Exit
from tests.fakes.inference import FakeInference

BANKING = load_agent(TEMPLATES / "banking")
FELL = Understood(100, 100, Shares(0.74, 0.97), Shares(0.98, 0.97), {"balance": OfIntent(50, 0.5, 1.0, "transactions")})


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Understood]:
    """What asking comes to; no scenario is played."""
    figures: dict[str, Understood] = {}

    async def plays(asked: Any, models: Any, folder: Any, understood: dict[str, Understood]) -> AsyncIterator[Any]:
        understood |= figures if asked.measure else {}
        played: tuple[Any, ...] = ()
        for one in played:
            yield one

    monkeypatch.setattr(agents_test, "_plays", plays)
    monkeypatch.setattr(structlog, "configure", lambda **_: None)
    return figures


def told(*arguments: str) -> Any:
    return CliRunner().invoke(make(["agents"]), ["agents", "test", str(TEMPLATES / "banking"), *arguments])


def test_what_publishing_after_another_would_come_to(found: dict[str, Understood]) -> None:
    found["en-US"] = FELL
    done = told("--against", "banking", "--json")
    assert done.exit_code == Exit.FAILED
    understood = json.loads(done.stdout)["understanding"]
    assert understood["languages"]["en-US"]["lost"] == ["balance"]
    assert understood["languages"]["en-US"]["before"] == {"accuracy": 0.98, "out_of_scope": 0.97}
    assert "may go (policies.publish.accuracy). Lost most: balance 100% → 50%" in understood["refused"][0]
    assert told("--json").exit_code == Exit.OK
    said = told("--against", "banking").stdout
    assert "en-US: of 100 examples left out 74.0% (before: 98.0%) are understood" in said
    assert "Publishing would be refused: en-US: of 100 examples" in said


def test_it_is_left_out_where_only_some_scenarios_are_played(found: dict[str, Understood]) -> None:
    found["en-US"] = FELL
    for left_out in (("--filter", "balance"), ("--no-understanding",)):
        assert "understanding" not in json.loads(told("--json", *left_out).stdout)
    assert "understanding" in json.loads(told("--json", "--filter", "balance", "--against", "banking").stdout)


def test_only_languages_that_learn_something_else_are_asked() -> None:
    inference: Any = FakeInference(BANKING.agent)
    assert list(asyncio.run(agents_understood.figures(inference, BANKING, None))) == ["en-US", "de-DE"]
    assert asyncio.run(agents_understood.figures(inference, BANKING, BANKING)) == {}
    assert inference.measured == ["en", "de"]
