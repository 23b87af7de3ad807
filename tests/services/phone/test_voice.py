"""A voice whose engine dies in the middle of a reply."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from appliance.errors import Invalid, Unavailable
from appliance.events import Expectation
from appliance.telephony import g711
from appliance.telephony.sdp import Codec
from appliance.turns.playback import Playback
from services.phone.voice import Manner, Voice

WORDS = (np.cos(np.arange(4000) / 7) * 9000 + np.arange(4000) % 251).astype("<i2").tobytes()


class BreakingSpeech:
    """Synthesis in pieces of 50 ms; the first session ends after three of them, the second after five."""

    def __init__(self) -> None:
        self.sessions = 0
        self.speeds: list[float] = []

    @contextlib.asynccontextmanager
    async def synthesize(self, text: str, *, speed: float, **_: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        self.sessions += 1
        self.speeds.append(speed)
        yield self._pieces({1: 3, 2: 5}.get(self.sessions, 10))

    async def _pieces(self, count: int) -> AsyncIterator[bytes]:
        for place in range(count):
            yield WORDS[place * 800 : place * 800 + 800]
        if count < 10:
            raise Unavailable("The engine is gone.")


async def test_what_was_heard_is_not_said_again() -> None:
    playback = Playback(bytes(range(256)))
    voice = Voice(BreakingSpeech(), playback, "en", Codec.PCMU)  # type: ignore[arg-type]
    assert voice.say("r1", "A sentence.", lambda: None)
    async with asyncio.timeout(5):
        while voice.busy:
            await asyncio.sleep(0.02)
    expected = g711.encode(Codec.PCMU, WORDS)
    said = b"".join(playback.take(160).payload or b"" for _ in range(len(expected) // 160))
    assert said == expected
    assert playback.take(160).payload is None or playback.idle


async def test_a_party_that_wants_it_slower_is_spoken_to_slower_also_after_a_break() -> None:
    speech = BreakingSpeech()
    voice = Voice(speech, Playback(bytes(range(256))), "en", Codec.PCMU)  # type: ignore[arg-type]
    assert voice.say("r1", "A sentence.", lambda: None, Manner(0.8))
    async with asyncio.timeout(5):
        while voice.busy:
            await asyncio.sleep(0.02)
    assert speech.speeds == [0.8, 0.8, 0.8]


class OneVoice(BreakingSpeech):
    """Knows the usual voice of each language and no other."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    @contextlib.asynccontextmanager
    async def synthesize(
        self, text: str, *, voice: str, language: str, **_: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append((voice, language))
        if voice:
            raise Invalid("There is no such voice.")
        yield self._pieces(10)


async def test_a_reply_is_spoken_in_its_language_and_by_the_usual_voice_where_the_agents_own_is_missing() -> None:
    speech = OneVoice()
    voice = Voice(speech, Playback(bytes(range(256))), "en", Codec.PCMU)  # type: ignore[arg-type]
    assert voice.say("r1", "Ein Satz.", lambda: None, Manner.of(Expectation(voice="anna", language="de")))
    async with asyncio.timeout(5):
        while voice.busy:
            await asyncio.sleep(0.02)
    assert speech.asked == [("anna", "de"), ("", "de")]
