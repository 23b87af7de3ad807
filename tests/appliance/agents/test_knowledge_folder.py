"""Documents in an agent's folder are part of its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.agents.loading import AgentMistakes, load_agent, stored_version

BANK = Path(__file__).parents[1] / "conversation" / "bank"


def test_another_document_is_another_version(tmp_path: Path) -> None:
    agent = tmp_path / "bank"
    agent.mkdir()
    for file in BANK.glob("*.yaml"):
        (agent / file.name).write_text(file.read_text("utf-8"), "utf-8")
    plain = load_agent(agent)
    (base,) = plain.agent.knowledge
    assert plain.agent.knowledge[base].generation is None
    documents = agent / "knowledge" / base
    documents.mkdir(parents=True)
    (documents / "fees.md").write_text("# Fees\n\nTen dollars.\n")
    first = load_agent(agent)
    (documents / "fees.md").write_text("# Fees\n\nTwelve dollars.\n")
    second = load_agent(agent)
    assert len({plain.version, first.version, second.version}) == 3
    assert stored_version(second.version, second.content).agent == second.agent
    (documents / "fees.md").write_text("# Fees\n\nTen dollars.\n")
    assert load_agent(agent).version == first.version


def test_documents_of_a_base_that_is_not_there_are_a_mistake(tmp_path: Path) -> None:
    agent = tmp_path / "bank"
    (agent / "knowledge" / "fqa").mkdir(parents=True)
    (agent / "knowledge" / "fqa" / "fees.md").write_text("# Fees")
    for file in BANK.glob("*.yaml"):
        (agent / file.name).write_text(file.read_text("utf-8"), "utf-8")
    with pytest.raises(AgentMistakes, match='there is no knowledge base "fqa"'):
        load_agent(agent)
