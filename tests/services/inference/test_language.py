"""Dialogue's view of the text process, over the real bus."""

from __future__ import annotations

import asyncio

import pytest

from appliance.adapters.inference import RESULT, InferenceClient, Problem
from appliance.adapters.nats import Bus
from appliance.adapters.speech import SpeechClient
from appliance.errors import Invalid, Unavailable, Unknown

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
    answer = RESULT.validate_json(await bus.request("b2t.inference.detect", b"{}"))
    assert answer == Problem("invalid", "The request is not understood.")


async def test_without_a_text_process_it_is_unavailable(bus: Bus) -> None:
    with pytest.raises(Unavailable):
        await InferenceClient(bus).detect("hello")
