"""What retrieval says becomes an input, once; what it does not say becomes one too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus, inbox_subject
from appliance.agents.loading import Version, load_agent
from appliance.conversation.climbing import answer_place, source_place
from appliance.conversation.following import AskKnowledge
from appliance.knowledge import questions as q
from appliance.privacy.sealing import heard_place
from services.dialogue.knowing import Knowing, ports
from tests.fakes.keys import FakeKeyRing, keys_of

BANK = Path(__file__).parents[2] / "appliance" / "conversation" / "bank"


class Versions:
    def __init__(self) -> None:
        self.held = load_agent(BANK)

    async def version(self, name: str, version: str) -> Version:
        assert (name, version) == (self.held.name, self.held.version)
        return self.held


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def asked(versions: Versions) -> AskKnowledge:
    held = versions.held
    question = keys_of("k1").seal_text(heard_place("i1"), "what does <CARD_1> cost abroad")
    return AskKnowledge("k1", held.name, held.version, "call_1", None, question, "i1", "en-US", 5000)


@pytest.fixture
async def knowing(bus: Bus, versions: Versions) -> Knowing:
    keys: Any = FakeKeyRing()
    return Knowing(bus, keys, versions)


async def inputs(bus: Bus) -> list[Any]:
    return [e.INBOX.validate_json(raw) async for _, raw in bus.read("INBOX", inbox_subject("k1"))]


async def test_an_answer_comes_back_sealed_and_once(
    bus: Bus, knowing: Knowing, asked: AskKnowledge, versions: Versions
) -> None:
    heard: list[q.Ask] = []

    async def retrieval(raw: bytes) -> bytes:
        heard.append(q.ASK.validate_json(raw))
        return q.REPLY.dump_json(q.Answered("It costs 12 dollars.", "Fees, Transfers", ("p1",), 0.9))

    stop = await bus.serve(q.ASK_SUBJECT, retrieval)
    await knowing.ask(asked)
    await knowing.ask(asked)
    (given,) = await inputs(bus)
    keys = keys_of("k1")
    assert (given.kind, given.outcome, given.citations) == ("knowledge_answered", "answered", ("p1",))
    assert keys.unseal_text(answer_place("call_1"), given.text) == "It costs 12 dollars."
    assert keys.unseal_text(source_place("call_1"), given.source) == "Fees, Transfers"
    assert heard[0].question == "what does cost abroad"
    (base,) = versions.held.agent.knowledge
    assert heard[0].bases == (f"{versions.held.name}.{base}", base)
    await stop()


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (q.REPLY.dump_json(q.NothingKnown()), "nothing"),
        (q.REPLY.dump_json(q.Refused("unavailable", "The knowledge is being read.", True)), "failed"),
        (b"no answer at all", "failed"),
        (None, "failed"),
    ],
)
async def test_no_answer_is_an_input_too(
    bus: Bus, knowing: Knowing, asked: AskKnowledge, reply: bytes | None, outcome: str
) -> None:
    async def retrieval(_raw: bytes) -> bytes:
        assert reply is not None
        return reply

    stop = await bus.serve(q.ASK_SUBJECT, retrieval) if reply is not None else None
    await knowing.ask(asked)
    (given,) = await inputs(bus)
    assert (given.outcome, given.text) == (outcome, None)
    if stop is not None:
        await stop()


def test_knowledge_is_there_to_be_asked_where_the_agent_names_a_base(versions: Versions) -> None:
    agent = versions.held.agent
    assert ports(agent) == {"knowledge"}
    assert ports(replace(agent, knowledge={})) == frozenset()
