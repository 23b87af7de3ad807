"""Speaks replies into one call: synthesis over the bus, into the call's playback as telephone payload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import structlog

from appliance.adapters.speech import SpeechClient
from appliance.errors import B2TError, Invalid
from appliance.events import Expectation
from appliance.telephony import g711
from appliance.telephony.sdp import Codec
from appliance.turns.playback import MAX_WAITING_MS, Playback
from services.phone.metrics import FAILURES

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 10.0
PAUSE_S: Final = 0.3
AUDIBLE: Final = 64
"""Samples softer than that at the very start of a reply are left out: engines begin with silence."""
MAX_LEFT_OUT: Final = 4000
MAX_REPLY_S: Final = 600


@dataclass(frozen=True, slots=True)
class Manner:
    """How a reply is spoken; what is not given is as usual."""

    speed: float = 1.0
    voice: str = ""
    language: str | None = None

    @classmethod
    def of(cls, expectation: Expectation) -> Manner:
        speed = max(0.5, min(expectation.speed or 1.0, 2.0))
        return cls(speed, expectation.voice or "", expectation.language)


USUAL: Final = Manner()


@dataclass(slots=True)
class _Fed:
    """How much of a reply lies in the playback, whichever session made it."""

    samples: int = 0


class Voice:
    def __init__(self, speech: SpeechClient, playback: Playback, language: str, codec: Codec) -> None:
        self._speech, self._playback, self._language = speech, playback, language
        self.codec = codec
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def say(self, reply: str, text: str, ready: Callable[[], None], manner: Manner = USUAL) -> bool:
        """Speak after what is queued already; False where there is nothing to say or no room.

        `ready` is called once there is sound, or will be none.
        """
        if not text.strip() or not self._playback.queue(reply):
            return False
        task = asyncio.create_task(self._speak(reply, text, ready, manner), name=f"speak {reply[:8]}")
        self._tasks[reply] = task
        task.add_done_callback(lambda _: self._tasks.pop(reply, None) and None)
        return True

    def stop(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()

    async def _speak(self, reply: str, text: str, ready: Callable[[], None], manner: Manner) -> None:
        """Try until it is spoken or the time is up; what was heard already is not said again. By the usual voice where
        the agent's own is not there."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        fed = _Fed()
        try:
            while True:
                try:
                    await self._stream(reply, text, fed, ready, manner)
                    return
                except B2TError as error:
                    if error.code == Invalid.code and manner.voice and not fed.samples:
                        log.warning("no_such_voice", voice=manner.voice)
                        manner = replace(manner, voice="")
                        continue
                    FAILURES.labels("synthesis").inc()
                    if not error.retryable or asyncio.get_running_loop().time() + PAUSE_S > deadline:
                        log.warning("synthesis_failed", code=error.code)
                        return
                await asyncio.sleep(PAUSE_S)
        finally:
            self._playback.finish(reply)
            ready()

    async def _stream(self, reply: str, text: str, fed: _Fed, ready: Callable[[], None], manner: Manner) -> None:
        """Feed what the engine makes beyond what is fed already. Raises what ended the session early."""
        made = 0
        language = manner.language or self._language
        asked = self._speech.synthesize(
            text, voice=manner.voice, language=language, sample_rate=g711.RATE, speed=manner.speed
        )
        async with asked as speech:
            leading = True
            async for chunk in speech:
                pcm = chunk
                if leading:
                    pcm = _without_silence(chunk)
                    leading = not pcm
                made += len(pcm) // 2
                if made <= fed.samples:
                    continue
                pcm = pcm[max(0, len(pcm) - 2 * (made - fed.samples)) :]
                fed.samples = made
                self._playback.feed(reply, g711.encode(self.codec, pcm))
                ready()
                if not await self._make_room(reply):
                    return

    async def _make_room(self, reply: str) -> bool:
        """Wait while enough of it lies ready; whether it is still wanted."""
        for _ in range(MAX_REPLY_S * 2):
            waiting = self._playback.waiting_ms(reply)
            if waiting is None or waiting <= MAX_WAITING_MS:
                return waiting is not None
            await asyncio.sleep(0.5)
        return False


def _without_silence(pcm: bytes) -> bytes:
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) >= AUDIBLE)
    start = int(loud[0]) if len(loud) else len(samples)
    return pcm[2 * min(start, MAX_LEFT_OUT) :]
