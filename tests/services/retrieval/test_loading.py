"""A box on which nobody asks loads nothing: bases are loaded with the first question, from what was made before."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.agents.knowledge_folder import documents_of
from appliance.agents.loading import TEMPLATES
from appliance.errors import Unavailable
from appliance.knowledge import questions as q
from services.retrieval import knowledge as module
from services.retrieval.knowledge import Knowledge, Tools
from services.retrieval.service import Service
from services.retrieval.shelf import Shelf
from tests.conftest import ROOT
from tests.services.retrieval.conftest import Desk, WordVectors

FEES = "# Fees\n\n## Transfers\n\nA transfer abroad costs 12 dollars.\n"
ABROAD = q.Ask("what does a transfer abroad cost", ("faq",))


class Told:
    def __init__(self) -> None:
        self.parts: dict[str, str] = {}


def counted(desk: Desk, folder: Path, prepared: Path | None = None) -> tuple[Knowledge, list[str]]:
    made: list[str] = []

    def make() -> Tools:
        made.append("tools")
        return Tools(desk.embedding, desk.vectors)

    return Knowledge(Shelf(folder, prepared), make, desk.embedding.name), made


async def test_a_start_loads_nothing_and_the_first_question_is_answered(desk: Desk) -> None:
    await desk.add("fees.md", FEES)
    knowledge, made = counted(desk, desk.folder)
    told = Told()
    await Service(cast(Any, told), knowledge).start()
    assert (told.parts, made) == ({"knowledge": "ok"}, [])
    assert knowledge.rows().bases[0].passages == 1
    assert made == []
    assert isinstance(await knowledge.ask(ABROAD), q.Answered)
    assert made == ["tools"]
    knowledge.close()


async def test_templates_bring_bases_that_were_cut_at_set_up(desk: Desk, tmp_path: Path) -> None:
    prepared = tmp_path / "installed"
    made_by = module_of(ROOT / "scripts" / "train" / "templates.py")
    made_by.cut(WordVectors(), prepared)
    before = {file: file.stat().st_mtime_ns for file in prepared.rglob("*")}
    knowledge, made = counted(desk, tmp_path / "box", prepared)
    service = Service(cast(Any, Told()), knowledge, TEMPLATES)
    await service.start()
    rows = {row.name: row for row in knowledge.rows().bases}
    assert set(rows) == {f"{agent.name}.{base}" for agent in TEMPLATES.iterdir() for base in documents_of(agent)}
    assert all(row.passages and not row.problems for row in rows.values())
    assert (made, list((tmp_path / "box" / "parts").iterdir())) == ([], [])
    for name in rows:
        assert not isinstance(await asked(service, q.Ask("what does it cost", (name,))), q.Refused)
    assert {file: file.stat().st_mtime_ns for file in prepared.rglob("*")} == before
    knowledge.close()


def module_of(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


async def asked(service: Service, ask: q.Ask) -> q.Reply:
    return q.REPLY.validate_json(await service.ask(q.ASK.dump_json(ask)))


async def test_a_base_that_takes_long_to_load_is_said_to_be_read_and_then_answers(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.add("fees.md", FEES)
    go, started = threading.Event(), []

    def make() -> Tools:
        started.append(True)
        assert go.wait(60)
        return Tools(desk.embedding, desk.vectors)

    knowledge = Knowledge(Shelf(desk.folder), make, desk.embedding.name)
    await knowledge.open()
    monkeypatch.setattr(module, "READ_WITHIN_S", 0.05)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match=r"is being read"):
                await knowledge.ask(ABROAD)
    finally:
        go.set()
    monkeypatch.setattr(module, "READ_WITHIN_S", 90)
    replies = await asyncio.gather(*(knowledge.ask(ABROAD) for _ in range(3)))
    assert all(isinstance(reply, q.Answered) for reply in replies)
    assert started == [True]
    knowledge.close()


async def test_a_question_before_the_agents_were_looked_through_waits_for_them(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "fees.md"
    file.write_text(FEES)
    service = Service(cast(Any, Told()), desk.knowledge)
    monkeypatch.setattr("services.retrieval.service.agents_bases", lambda *_: {"bank.faq": ("en", {"fees.md": file})})
    waiting = asyncio.create_task(asked(service, q.Ask(ABROAD.question, ("bank.faq",))))
    await asyncio.sleep(0)
    await service.start()
    assert isinstance(await waiting, q.Answered)
