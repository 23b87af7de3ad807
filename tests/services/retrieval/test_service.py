"""`b2t.retrieval.*` on the real bus, and what an agent's folder brings."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, cast

from appliance.adapters.nats import Bus
from appliance.knowledge import questions as q
from services.retrieval.service import Service, agents_bases
from tests.services.retrieval.conftest import Desk

HOURS = "# Hours\n\nBranches open from nine to five on working days.\n"


class Told:
    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.audited: list[dict[str, Any]] = []

    async def audit_soon(self, action: str, **fields: Any) -> None:
        self.audited.append({"action": action, **fields})


async def test_orders_and_questions_are_answered_and_changes_put_on_record(desk: Desk, bus: Bus) -> None:
    told = Told()
    service = Service(cast(Any, told), desk.knowledge)
    await service.start()
    assert told.parts == {"knowledge": "ok"}
    stops = [await bus.serve(q.ASK_SUBJECT, service.ask), await bus.serve(q.MANAGE_SUBJECT, service.manage)]
    incoming = uuid.uuid4().hex
    (desk.folder / "incoming" / incoming).write_text(HOURS)
    order = q.ORDER.dump_json(q.AddDocument("faq", "hours.md", incoming))
    managed = q.MANAGED.validate_json(await bus.request(q.MANAGE_SUBJECT, order, timeout_s=60))
    assert isinstance(managed, q.Bases)
    assert managed.bases[0].passages == 1
    assert told.audited == [{"action": "configuration_changed", "setting": "knowledge.faq"}]
    asked = q.ASK.dump_json(q.Ask("when do branches open", ("faq",)))
    reply = q.REPLY.validate_json(await bus.request(q.ASK_SUBJECT, asked, timeout_s=60))
    assert isinstance(reply, q.Answered)
    refused = q.MANAGED.validate_json(await bus.request(q.MANAGE_SUBJECT, b'{"kind":"add","base":"../x"}'))
    assert isinstance(refused, q.Refused)
    assert isinstance(q.REPLY.validate_json(await bus.request(q.ASK_SUBJECT, b"{}")), q.Refused)
    for stop in stops:
        await stop()


async def test_who_publishes_brings_a_versions_documents_and_changes_nothing_else(desk: Desk) -> None:
    service = Service(cast(Any, Told()), desk.knowledge)
    await service.start()
    incoming = uuid.uuid4().hex
    (desk.folder / "incoming" / incoming).write_text(HOURS)
    orders: list[q.Order] = [
        q.AddDocument("bank.faq", "hours.md", incoming), q.RemoveDocument("bank.faq"), q.Reindex(None), q.ListBases(),
        q.HoldDocuments("faq", {"hours.md": incoming}),
    ]  # fmt: skip
    for order in orders:
        assert isinstance(q.MANAGED.validate_json(await service.hold(q.ORDER.dump_json(order))), q.Refused), order
    assert isinstance(q.MANAGED.validate_json(await service.hold(b"nonsense")), q.Refused)
    held = q.HoldDocuments("bank.faq", {"hours.md": incoming})
    managed = q.MANAGED.validate_json(await service.hold(q.ORDER.dump_json(held)))
    assert isinstance(managed, q.Bases)
    assert [row.name for row in managed.bases] == ["bank.faq"]


def test_an_agents_folder_brings_bases_in_its_language(tmp_path: Path) -> None:
    agent = tmp_path / "small"
    (agent / "knowledge" / "faq").mkdir(parents=True)
    (agent / "knowledge" / "faq" / "hours.md").write_text(HOURS)
    (agent / "knowledge" / "faq" / ".hidden").write_text(HOURS)
    bank = Path(__file__).parents[2] / "appliance" / "conversation" / "bank" / "agent.yaml"
    (agent / "agent.yaml").write_text(bank.read_text("utf-8"), "utf-8")
    found = agents_bases(tmp_path, tmp_path / "nowhere")
    ((name, (language, files)),) = found.items()
    assert (name.split(".")[1], language, list(files)) == ("faq", "en", ["hours.md"])
    (agent / "agent.yaml").write_text("name: [")
    assert agents_bases(tmp_path) == {}


def test_a_later_agent_of_the_same_name_brings_the_base_unless_it_has_mistakes(tmp_path: Path) -> None:
    bank = (Path(__file__).parents[2] / "appliance" / "conversation" / "bank" / "agent.yaml").read_text("utf-8")
    for folder in ("first", "second"):
        base = tmp_path / folder / "small" / "knowledge" / "faq"
        base.mkdir(parents=True)
        (base / f"{folder}.md").write_text(HOURS)
        (base.parents[1] / "agent.yaml").write_text(bank, "utf-8")
    assert brought(tmp_path / "first", tmp_path / "second") == ["second.md"]
    (tmp_path / "second" / "small" / "agent.yaml").write_text(f"{bank}\nnonsense: 1\n", "utf-8")
    assert brought(tmp_path / "first", tmp_path / "second") == ["first.md"]


def brought(*folders: Path) -> list[str]:
    ((_, files),) = agents_bases(*folders).values()
    return list(files)
