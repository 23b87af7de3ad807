"""Dialogue's view of the text process, over the real bus."""

from __future__ import annotations

import asyncio
import importlib.util
from datetime import UTC, datetime

import pytest

from appliance.adapters.inference import RESULT, Asked, InferenceClient, Problem
from appliance.adapters.nats import Bus
from appliance.adapters.speech import SpeechClient
from appliance.agents.definition import Entity
from appliance.errors import Invalid, Unavailable, Unknown
from appliance.ports import PersonalSpan
from services.inference.language import with_named

INTENTS = {
    "balance": ("what is my balance", "how much money do I have", "tell me my balance", "check my balance"),
    "goodbye": ("goodbye", "bye", "that is all", "see you later"),
}
OPTIONS = {"account": {"checking": ("checking",), "savings": ("savings",)}}


async def test_detect_train_understand(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = InferenceClient(bus)
    text = "my card is four one double one 1111 1111 1111"
    spans = await client.detect(text)
    assert [(text[span.start : span.end], span.kind) for span in spans] == [(text[11:], "CARD")]
    secret = await client.detect("4321", expecting_secret=True)
    assert [(span.kind, span.secret) for span in secret] == [("PIN", True)]

    with pytest.raises(Unknown):
        await client.understand("v1", "what is my balance")
    assert not (await client.train("v1", INTENTS, OPTIONS)).cached
    assert (await client.train("v1", INTENTS, OPTIONS)).cached
    understood = await client.understand("v1", "what's my balance on savings", expects=("account",))
    assert understood.intent == "balance"
    assert [entity.value for entity in understood.entities] == ["savings"]


async def test_how_well_examples_teach_is_measured_beside_those_before(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = InferenceClient(bus)
    before = {name: tuple((one,) for one in said) for name, said in INTENTS.items()}
    mixed = {"balance": before["balance"][:1], "goodbye": before["goodbye"], "count": before["balance"][1:]}
    alone = await client.measure(before)
    assert (alone.examples, alone.before, set(alone.intents)) == (8, None, {*INTENTS, "out_of_scope"})
    assert alone.outside > 50
    beside = await client.measure(mixed, before)
    assert beside.before is not None
    assert beside.examples == 5
    assert await client.measure(mixed, before) == beside


async def test_an_agents_own_entities(bus: Bus, start_worker) -> None:
    """What is personal is found in raw text with its value; what is harmless is understood against the time given."""
    await start_worker("text")
    client = InferenceClient(bus)
    typed = {"day": Entity(type="date"), "born": Entity(type="date", prefer="past", personal=True)}
    now = datetime(2026, 4, 15, 10, tzinfo=UTC)
    said = "I was born on the third of may nineteen eighty four"
    with pytest.raises(Unknown):
        await client.detect(said, asked=Asked("v1", at=now))
    assert not (await client.train("v1", INTENTS, OPTIONS, "en-US", typed)).cached
    assert [span.value for span in await client.detect(said, asked=Asked("v1", at=now)) if span.kind == "BORN"] == [
        '{"date":"1984-05-03","type":"date"}'
    ]
    understood = await client.understand("v1", "tomorrow, born on <BORN_1>", "en-US", (), now)
    assert [(one.kind, one.value) for one in understood.entities] == [("day", "date:2026-04-16"), ("born", "BORN_1")]


@pytest.mark.parametrize(
    ("found", "named", "kept"),
    [
        ([(0, 4, "DATE", False)], [(0, 9, "BORN")], ["BORN"]),
        ([(2, 12, "PHONE", False)], [(0, 9, "BORN")], ["PHONE"]),
        ([(0, 4, "PIN", True)], [(0, 9, "BORN")], ["PIN"]),
        ([(0, 4, "CARD", False)], [(5, 9, "BORN")], ["CARD", "BORN"]),
        ([], [(5, 9, "BORN")], ["BORN"]),
    ],
)
def test_an_entity_takes_the_place_of_what_it_holds(
    found: list[tuple[int, int, str, bool]], named: list[tuple[int, int, str]], kept: list[str]
) -> None:
    spans = [PersonalSpan(start, end, kind, 0.9, secret) for start, end, kind, secret in found]
    own = [PersonalSpan(start, end, kind, 1.0) for start, end, kind in named]
    assert [span.kind for span in with_named(spans, own)] == kept


async def test_detection_and_speech_go_on_while_training(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = InferenceClient(bus)
    training = asyncio.create_task(client.train("v1", INTENTS, OPTIONS))
    while not training.done():
        assert (await client.detect("my pin is 4321"))[0].secret
        async with SpeechClient(bus, "phone").synthesize("hello") as speech:
            assert await anext(speech)
    assert not (await training).cached


NONSENSE = [b"", b"{}", b"\xff\xfe", b'{"text":1}', b"[" * 10_000, b'{"text":"' + b"x" * 9000]


async def test_nonsense_is_answered_as_invalid(bus: Bus, start_worker) -> None:
    await start_worker("text", "1")
    await start_worker("speech", "2")
    for subject in ("detect", "understand", "train", "transcribe.open.phone", "synthesize.open.phone"):
        for request in NONSENSE:
            assert b'"code":"invalid"' in await bus.request(f"b2t.inference.{subject}", request)


async def test_what_is_refused_says_so(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = InferenceClient(bus)
    with pytest.raises(Invalid):
        await client.train("v1", {}, {})
    if importlib.util.find_spec("torch") is None:
        with pytest.raises(Invalid, match="install the extra `train`"):
            await client.train("v1", INTENTS, OPTIONS, engine="setfit")
    answer = RESULT.validate_json(await bus.request("b2t.inference.detect", b"{}"))
    assert answer == Problem("invalid", "The request is not understood.")


async def test_without_a_text_process_it_is_unavailable(bus: Bus) -> None:
    with pytest.raises(Unavailable):
        await InferenceClient(bus).detect("hello")
