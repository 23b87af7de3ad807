"""Which utterances are compared: of these agents, of these days, said and not keyed, as often as they were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from appliance import events as e
from appliance.agents.predictions import compared
from appliance.cli import agents_predictions
from appliance.cli.agents_predictions import document, said_lately, tell
from appliance.cli.box import Box
from appliance.cli.output import Output
from appliance.config import Config, Paths
from appliance.errors import Unavailable, Unknown
from appliance.insights.queries import ConversationList, ConversationRow
from appliance.insights.rows import StoredBatch
from appliance.privacy.sealing import KEY_BYTES, ConversationKeys, heard_place


def row(name: str, agent: str, days_ago: int) -> ConversationRow:
    started = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    return ConversationRow(name, agent, "v", ("chat",), started, None, None, None, 1)


def keys(name: str) -> ConversationKeys:
    return ConversationKeys(name, cast(Any, {"redacted": {1: b"r" * KEY_BYTES}}))


def batches(name: str, *texts: str) -> list[tuple[int, StoredBatch]]:
    heard = [
        e.TurnHeard(f"t{at}", "leg", e.Modality.TEXT, f"i{at}", keys(name).seal_text(heard_place(f"i{at}"), text))
        for at, text in enumerate(texts)
    ]
    keyed = e.TurnHeard("k", "leg", e.Modality.KEYS, "ik")
    return [(1, StoredBatch(name, datetime.now(UTC), (*heard, keyed), 0))]


def box(tmp_path: Path, reading: str = "reference") -> Box:
    config = Config.model_validate({"privacy": {"readers": {"operator": {"reading": reading}}}})
    return Box(Paths(tmp_path), config, cast(Any, None))


@dataclass
class Ring:
    bus: object
    unit: str

    async def lease(self, name: str, *, classes: frozenset[str]) -> ConversationKeys:
        assert classes == {"redacted"}
        if name == "erased":
            raise Unknown("There are no keys.")
        return keys(name)


@pytest.fixture
def _log(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        None: ConversationList((row("one", "bank", 0), row("other", "shop", 0), row("erased", "bank", 1)), 7),
        7: ConversationList((row("two", "bank", 2), row("old", "bank", 9)), 6),
    }

    async def listed(_box: Box, _limit: int, before: int | None) -> ConversationList:
        return pages[before]

    async def read(_box: Box, name: str) -> Sequence[tuple[int, StoredBatch]]:
        return batches(name, "my balance", "hello") if name == "one" else batches(name, "my balance", " ")

    monkeypatch.setattr("appliance.cli.conversations.ask_list", listed)
    monkeypatch.setattr("appliance.cli.conversations.read_batches", read)
    monkeypatch.setattr(agents_predictions, "KeyRing", Ring)


@pytest.mark.usefixtures("_log")
async def test_what_was_said_to_these_agents_in_these_days_is_taken(tmp_path: Path) -> None:
    found = await said_lately(box(tmp_path), {"bank"}, 7, 100)
    assert (found.conversations, dict(found.texts)) == (2, {"my balance": 2, "hello": 1})
    one = await said_lately(box(tmp_path), {"bank"}, 7, 1)
    assert (one.conversations, one.texts.total()) == (1, 2)
    told = document(found, compared(found.texts, {"my balance": "a", "hello": "b"}, {"my balance": "c", "hello": "b"}))
    assert (told["utterances"], told["changed"], told["share"]) == (3, 2, 0.6667)


@pytest.mark.usefixtures("_log")
async def test_nothing_is_compared_where_reading_cannot_be_put_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(_box: Box, _name: str) -> list[tuple[int, StoredBatch]]:
        raise Unavailable("The audit log cannot be written.")

    monkeypatch.setattr("appliance.cli.conversations.read_batches", refused)
    with pytest.raises(Unavailable):
        await said_lately(box(tmp_path), {"bank"}, 7, 100)


@pytest.mark.usefixtures("_log")
@pytest.mark.parametrize(
    ("reading", "seen"), [("reference", "card <CARD_1>"), ("mask", "card ****"), ("drop", "card ")]
)
async def test_examples_are_shown_as_the_operator_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reading: str, seen: str
) -> None:
    async def read(_box: Box, name: str) -> Sequence[tuple[int, StoredBatch]]:
        return batches(name, "card <CARD_1>")

    monkeypatch.setattr("appliance.cli.conversations.read_batches", read)
    found = await said_lately(box(tmp_path, reading), {"bank"}, 7, 100)
    changed = compared(found.texts, {"card <CARD_1>": "a"}, {"card <CARD_1>": "c"})
    assert [one["examples"] for one in document(found, changed)["changes"]] == [(seen,)]
    tell(Output(as_json=False), found, changed)
    assert seen.strip() in capsys.readouterr().out
