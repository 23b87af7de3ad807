"""The language model in whole turns over the real bus: what it proposes is recorded, once, and nothing hangs on it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance import events as e
from appliance.adapters.language_model import LanguageModelClient
from appliance.adapters.nats import Bus, inbox_subject
from appliance.agents.definition import ModelPolicy
from appliance.agents.loading import TEMPLATES, Version, version_of
from appliance.conversation.calling import MODEL
from appliance.conversation.climbing import answer_place
from appliance.conversation.following import AskKnowledge
from appliance.conversation.state import State
from appliance.errors import Full, Invalid, Unavailable
from appliance.knowledge import questions as q
from appliance.ports import Prompt
from appliance.privacy.sealing import heard_place, reply_place
from services.dialogue.knowing import Knowing
from services.dialogue.proposing import LEFT_ALONE_S, Proposing
from tests.conftest import data_folder
from tests.fakes.house_bank import HOUSE_BANK, HouseTalk
from tests.fakes.inference import FakeInference
from tests.fakes.keys import FakeKeyRing, keys_of
from tests.services.dialogue.conftest import Box, Copy
from tests.services.dialogue.units import Units

LADDER = "fallback: [model, again, person]"


class Says:
    """Answers with what it is given, in order; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.prompts: list[Prompt] = []

    async def answer(self, prompt: Prompt, *_: Any) -> str:
        self.prompts.append(prompt)
        said = self.answers.pop(0) if self.answers else ""
        if isinstance(said, Exception):
            raise said
        return str(said)


@pytest.fixture
def model() -> Says:
    return Says()


@pytest.fixture
async def copy(bus: Bus, inference: FakeInference, tmp_path: Path, model: Says) -> AsyncIterator[Copy]:
    folder = tmp_path / "agents" / "banking"
    shutil.copytree(TEMPLATES / "banking", folder)
    agent = folder / "agent.yaml"
    text = agent.read_text("utf-8")
    assert text.count("\npolicies:\n") == 1
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("  fallback:")]
    agent.write_text("".join(lines).replace("\npolicies:\n", f"\npolicies:\n  {LADDER}\n"), "utf-8")
    started = await Copy(bus, inference, tmp_path / "agents", model=model).start()
    yield started
    await started.stop()


async def test_a_flow_that_it_chose_is_begun_and_recorded(box: Box, copy: Copy, model: Says) -> None:
    model.answers = [json.dumps({"flow": "balance", "slots": {"account": "savings"}})]
    await box.start("c1")
    heard = await box.say("c1", "how am I doing with jane@example.org money wise")
    assert heard == "What is your customer number? It has eight digits."
    (understood,) = [one for one in await box.events("c1") if isinstance(one, e.TurnUnderstood) and one.by == "model"]
    assert understood.understanding.intent == "balance"
    (prompt,) = model.prompts
    assert "<EMAIL_1>" in prompt.given
    assert "jane" not in prompt.given
    await box.say("c1", "12345678")
    assert len(model.prompts) == 1, "what is understood is not asked about"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Unavailable("late"), "late"),
        (Full("taken"), "not_asked"),
        (Invalid("too long"), "garbage"),
        ("I cannot help with that.", "garbage"),
        (json.dumps({"flow": "none"}), "none"),
        (json.dumps({"flow": "bank.balance"}), "garbage"),
    ],
)
async def test_whatever_goes_wrong_is_as_if_there_were_none(box: Box, model: Says, said: Any, reason: str) -> None:
    model.answers = [said]
    await box.start("c1")
    heard = await box.say("c1", "colourless green ideas")
    assert heard.startswith("Sorry")
    decided = [one.decided for one in await box.events("c1") if isinstance(one, e.ReplyMade)][-1]
    assert decided is not None
    assert decided.about["reason"] == reason


async def test_one_that_does_not_answer_is_left_alone_for_a_while(bus: Bus) -> None:
    now = 0.0
    keys: Any = FakeKeyRing()
    proposing = Proposing(bus, keys, Says(Unavailable("late")), clock=lambda: now)
    assert proposing.ports == {MODEL}
    assert (await proposing._say(Prompt("", ""), None, None)).outcome == "late"  # type: ignore[arg-type]
    assert proposing.ports == frozenset()
    assert (await proposing._say(Prompt("", ""), None, None)).outcome == "not_asked"  # type: ignore[arg-type]
    now = LEFT_ALONE_S
    assert proposing.ports == {MODEL}
    assert Proposing(bus, keys, None).ports == frozenset()


async def test_an_input_that_comes_again_asks_it_no_second_time(box: Box, bus: Bus, copy: Copy, model: Says) -> None:
    """Whoever folds the log, and whoever takes a proposal twice, finds what it was."""
    model.answers = [json.dumps({"flow": "balance"})]
    await box.start("c1")
    await box.say("c1", "colourless green ideas")
    before = await box.events("c1")
    (call,) = [one.call for one in before if isinstance(one, e.ConnectorCallStarted)]
    other = e.Understanding("goodbye", 1.0)
    proposed = e.ModelAnswered(input_id=call, conversation="c1", call=call, outcome="answered", understanding=other)
    await bus.append(inbox_subject("c1"), e.INBOX.dump_json(proposed), message_id="again")
    await box.say("c1", "checking")
    after = await box.events("c1")
    assert after[: len(before)] == before
    assert sum(isinstance(one, e.TurnUnderstood) and one.by == "model" for one in after) == 1
    assert len(model.prompts) == 1


@pytest.mark.engines
async def test_the_real_engine_in_a_whole_turn(bus: Bus, nats_server: Any, tmp_path: Path) -> None:
    """The starter model knows nothing of banks: whatever it chooses is one of the flows, by the schema."""
    weights = data_folder() / "starter-llm" / "stories260K-f32.gguf"
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed (the extra llm): the language model is not tried")
    if not weights.is_file():
        pytest.skip(f"the starter language model is not at {weights} (set B2T_DATA): the language model is not tried")
    units = Units(tmp_path / "data", nats_server)
    units.write_config('[inference]\nlanguage_model = "llama-cpp"\nlanguage_model_context = 8192\n')
    folder = tmp_path / "data" / "models" / "llama-cpp"
    folder.mkdir(parents=True)
    shutil.copy(weights, folder)
    units.start("inference", "lm", "language_model")
    try:
        await units.ready(bus, "inference", "lm")
        keys: Any = FakeKeyRing()
        proposing = Proposing(bus, keys, LanguageModelClient(bus, "dialogue"), within_s=20.0)
        talk = HouseTalk(ports=frozenset({MODEL}))
        talk.agent = replace(talk.agent, policies=replace(talk.agent.policies, fallback=("model", "person")))
        talk.start()
        talk.say("could you shift something over")
        asked = replace(
            talk.asked(),
            question=keys_of("c1").seal_text(heard_place(talk.asked().input_id), "could you shift something over"),
            timeout_ms=20_000,
        )
        await proposing.ask(asked, talk.state, talk.agent)
        (given,) = [e.INBOX.validate_json(raw) async for _, raw in bus.read("INBOX", inbox_subject("c1"))]
        assert isinstance(given, e.ModelAnswered)
        assert given.reason in (None, "none"), "it answered in time, and what it said could be read"
        assert talk.put(given)
        assert (talk.event("turn_understood").by == "model") == (given.outcome == "answered")
    finally:
        units.stop()


# ---- other words, and answers -----------------------------------------------------------------------------------


def allowing(**allowed: bool) -> Version:
    agent = HOUSE_BANK.agent
    return version_of(replace(agent, policies=replace(agent.policies, model=ModelPolicy(**allowed))))


def batch(text: str) -> e.Batch:
    made = e.ReplyMade("r1", None, keys_of("c1").seal_text(reply_place("r1"), text))
    started = e.ConversationStarted("house_bank", "v", e.Channel.CHAT, "en-US")
    return e.Batch(conversation="c1", agent="house_bank", version="v", number=1, taken=1, at="", events=(started, made))


async def worded(bus: Bus, version: Version, own: str, said: str) -> e.ReplyMade:
    keys: Any = FakeKeyRing()
    proposing = Proposing(bus, keys, Says(json.dumps({"reply": said})))
    made = (await proposing.worded(batch(own), State("c1"), version, keys_of("c1"))).events[-1]
    assert isinstance(made, e.ReplyMade)
    return made


@pytest.mark.parametrize(
    ("allowed", "said", "taken"),
    [
        (True, "So, your card is blocked.", True),
        (True, "Your card is not blocked.", False),
        (False, "So, your card is blocked.", False),
    ],
)
async def test_other_words_are_said_where_they_say_the_same(bus: Bus, allowed: bool, said: str, taken: bool) -> None:
    made = await worded(bus, allowing(phrases=allowed), "Your card is blocked.", said)
    text = keys_of("c1").unseal_text(reply_place("r1"), made.text)
    assert (text, made.worded) == ((said, "phrased") if taken else ("Your card is blocked.", None))


FOUND = (
    q.Found("p1", "house_bank.faq", "Fees", "A wire abroad costs 12 dollars. It takes two days.", 0.9, 0.9, 0.9),
    q.Found("p2", "house_bank.faq", "Hours", "We are closed on Sundays.", 0.8, 0.9, 0.9),
    q.Found("p3", "house_bank.faq", "Loans", "Loans are for members.", 0.1, 0.2, 0.1),
)


def sentence(passage: str, text: str) -> dict[str, str]:
    return {"passage": passage, "text": text}


@pytest.mark.parametrize(
    ("allowed", "said", "text", "citations"),
    [
        (
            True,
            [sentence("1", "The wire abroad costs 12 dollars."), sentence("2", "We are closed on Sundays.")],
            "The wire abroad costs 12 dollars. We are closed on Sundays.",
            ("p1", "p2"),
        ),
        (True, [sentence("1", "A wire abroad costs 2 dollars.")], "It is quoted.", ("p1",)),
        (True, [sentence("3", "Loans are for members.")], "It is quoted.", ("p1",)),  # not surely about it
        (False, [sentence("2", "We are closed on Sundays.")], "It is quoted.", ("p1",)),
    ],
)
async def test_an_answer_is_composed_or_quoted(
    bus: Bus, allowed: bool, said: list[dict[str, str]], text: str, citations: tuple[str, ...]
) -> None:
    version = allowing(answers=allowed)

    class Versions:
        async def version(self, *_: str) -> Version:
            return version

    async def retrieval(_raw: bytes) -> bytes:
        return q.REPLY.dump_json(q.Answered("It is quoted.", "Fees", ("p1",), 0.9, FOUND))

    stop = await bus.serve(q.ASK_SUBJECT, retrieval)
    keys: Any = FakeKeyRing()
    model = Says(json.dumps({"sentences": said}))
    question = keys_of("k1").seal_text(heard_place("i1"), "what does <CARD_1> cost abroad")
    asked = AskKnowledge("k1", version.name, version.version, "call_1", None, question, "i1", "en-US", 5000)
    await Knowing(bus, keys, Versions(), Proposing(bus, keys, model)).ask(asked)
    (given,) = [e.INBOX.validate_json(raw) async for _, raw in bus.read("INBOX", inbox_subject("k1"))]
    assert isinstance(given, e.KnowledgeAnswered)
    assert given.text is not None
    assert keys_of("k1").unseal_text(answer_place("call_1"), given.text) == text
    assert (given.citations, given.composed) == (citations, text != "It is quoted.")
    assert all("CARD" not in prompt.given for prompt in model.prompts)
    await stop()
