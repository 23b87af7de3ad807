"""A channel's view of speech: the real workers as processes of their own, over the real bus."""

from __future__ import annotations

import asyncio
import time

import pytest

from appliance.adapters.nats import Bus
from appliance.adapters.speech import SpeechClient
from appliance.errors import Invalid, Unavailable
from appliance.ports import Hints

WAIT_S = 30.0
HINTS = Hints(("what is my balance", "talk to a person", "goodbye"), digits=True)


async def said(client: SpeechClient, text: str) -> bytes:
    async with client.synthesize(text) as speech:
        return b"".join([chunk async for chunk in speech])


async def test_what_is_spoken_is_recognised(bus: Bus, start_worker) -> None:
    await start_worker("text", "1")
    await start_worker("speech", "2")
    client = SpeechClient(bus, "phone")
    pcm = await said(client, "what is my balance")
    assert 1.0 < len(pcm) / 16_000 < 3.0
    utterance = client.transcribe(HINTS)
    for at in range(0, len(pcm), 320):
        utterance.feed(pcm[at : at + 320])
    heard = await utterance.finish(WAIT_S)
    assert heard.final
    assert heard.text == "what is my balance"
    partials = [partial.text async for partial in utterance.partials()]
    assert partials
    assert utterance.engine == "pocketsphinx"


async def test_audio_of_another_rate_is_taken(bus: Bus, start_worker) -> None:
    await start_worker("text", "1")
    await start_worker("speech", "2")
    client = SpeechClient(bus, "phone")
    async with client.synthesize("what is my balance", sample_rate=16000) as speech:
        pcm = b"".join([chunk async for chunk in speech])
    utterance = client.transcribe(HINTS, sample_rate=16000)
    utterance.feed(pcm)
    assert (await utterance.finish(WAIT_S)).text == "what is my balance"


async def test_a_killed_recogniser_is_noticed_by_its_silence(bus: Bus, start_worker) -> None:
    worker = await start_worker("speech")
    utterance = SpeechClient(bus, "phone").transcribe(HINTS)
    utterance.feed(bytes(1600))
    while utterance.engine is None:
        await asyncio.sleep(0.01)
    worker.kill()
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await utterance.finish(timeout_s=30)
    assert time.monotonic() - started < 10, "a lease is over after a second and a half"


async def test_without_a_worker_a_session_fails_soon(bus: Bus) -> None:
    with pytest.raises(Unavailable):
        await SpeechClient(bus, "phone").transcribe(HINTS).finish()


async def test_another_worker_takes_what_a_full_one_refuses(bus: Bus, start_worker) -> None:
    await start_worker("speech", "1")
    client = SpeechClient(bus, "phone")
    open_now = [client.transcribe(HINTS) for _ in range(8)]
    while any(utterance.engine is None for utterance in open_now):
        await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await client.transcribe(HINTS).finish()
    await start_worker("speech", "2")
    await client.transcribe(HINTS).finish(WAIT_S)
    for utterance in open_now:
        await utterance.close()

    async def ten_at_once() -> bool:
        again = [client.transcribe(HINTS) for _ in range(10)]
        ended = await asyncio.gather(*(utterance.finish(WAIT_S) for utterance in again), return_exceptions=True)
        return not any(isinstance(found, Exception) for found in ended)

    async with asyncio.timeout(WAIT_S):
        while not await ten_at_once():  # those that were closed are still being freed
            await asyncio.sleep(0.1)


async def test_an_opener_that_vanishes_frees_its_session(bus: Bus, nats_server, start_worker) -> None:
    await start_worker("speech")
    other = await Bus.connect(nats_server.url, "gone")
    abandoned = [SpeechClient(other, "phone").transcribe(HINTS) for _ in range(8)]
    while any(utterance.engine is None for utterance in abandoned):
        await asyncio.sleep(0.01)
    await other.close()
    await asyncio.sleep(2.2)
    await SpeechClient(bus, "phone").transcribe(HINTS).finish(WAIT_S)
    for utterance in abandoned:
        utterance._task.cancel()


async def test_speech_is_cut_off_when_closed(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = SpeechClient(bus, "phone")
    speech = client.synthesize("This goes on for a long while. " * 60)
    first = await anext(speech)
    assert first
    await speech.close()
    assert len(await said(client, "And this is next.")) > 8000


async def test_a_long_text_keeps_its_order_and_waits_for_a_slow_listener(bus: Bus, start_worker) -> None:
    await start_worker("text")
    client = SpeechClient(bus, "phone")
    text = "One two three four five six seven eight nine ten. " * 20
    whole = await said(client, text)
    slow = b""
    async with client.synthesize(text) as speech:
        async for chunk in speech:
            slow += chunk
            await asyncio.sleep(0.003)
    assert abs(len(slow) - len(whole)) < 4000  # its noise is random


async def test_an_unknown_voice_or_language_is_refused(bus: Bus, start_worker) -> None:
    await start_worker("text", "1")
    await start_worker("speech", "2")
    client = SpeechClient(bus, "phone")
    with pytest.raises(Invalid):
        await anext(client.synthesize("hello", voice="nobody"))
    with pytest.raises(Invalid):
        await client.transcribe(HINTS, language="fr").finish()
