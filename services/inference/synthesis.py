"""`b2t.inference.synthesize`: one text a session; PCM at the rate asked for goes out as it is made.

An engine that is faster than speech runs ahead of the opener's credits; what it made waits here, bounded by the length
of the text. A cancelled session stops the engine within one chunk.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import soxr

from appliance.adapters.nats import Bus
from appliance.errors import Invalid
from appliance.ports import TextToSpeech
from appliance.streams import OPEN_SYNTHESIS, OPENING_SYNTHESIS, Kind, OpenSynthesis
from services import faults
from services.inference.sessions import Session, SessionHost, Work

LANGUAGE: Final = "en"
"""Of the voice that the configuration names."""
MAX_CHARACTERS: Final = 2000
MAX_FRAME_BYTES: Final = 8000


class Synthesis:
    def __init__(self, engine: TextToSpeech, default_voice: str, threads: ThreadPoolExecutor) -> None:
        self._engine, self._voice, self._threads = engine, default_voice, threads

    def host(self, bus: Bus, limit: int) -> SessionHost[OpenSynthesis]:
        name = self._engine.capabilities.name
        return SessionHost(bus, OPEN_SYNTHESIS, OPENING_SYNTHESIS, self.begin, engine=name, limit=limit)

    async def begin(self, opening: OpenSynthesis) -> Work:
        usual = self._voice if opening.language.split("-")[0].lower() == LANGUAGE else ""
        voice = opening.voice or usual  # of another language: the engine's own choice
        if voice and voice not in self._engine.capabilities.voices:
            raise Invalid("There is no such voice.")
        if opening.language.split("-")[0].lower() not in self._engine.capabilities.languages:
            raise Invalid("The voice does not speak that language.")
        if len(opening.text) > MAX_CHARACTERS:
            raise Invalid(f"A text to speak has at most {MAX_CHARACTERS} characters.")

        async def work(session: Session) -> None:
            making = _Making(self._engine, opening, voice)
            made = asyncio.get_running_loop().run_in_executor(self._threads, making.run)
            try:
                while chunk := await making.next():
                    await session.send(Kind.AUDIO, chunk)
                    faults.point("inference.spoke")
                await made
                await session.send(Kind.END)
            finally:
                making.stop()

        return work


class _Making:
    """The engine running in a thread, and what it has made so far."""

    def __init__(self, engine: TextToSpeech, opening: OpenSynthesis, voice: str) -> None:
        self._engine, self._opening, self._voice = engine, opening, voice
        self._loop = asyncio.get_running_loop()
        self._made: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._done = False
        self._stopped = threading.Event()

    def run(self) -> None:
        """In a thread: everything the engine makes, at the rate asked for."""
        source, target = self._engine.capabilities.sample_rate, self._opening.sample_rate
        convert = _converter(source, target)
        chunks = self._engine.speak(self._opening.text, self._voice, self._opening.language, self._opening.speed)
        try:
            for chunk in chunks:
                if self._stopped.is_set():
                    return
                self._put(convert(chunk, False))
            self._put(convert(b"", True))
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
            self._done = True
            self._loop.call_soon_threadsafe(self._more.set)

    async def next(self) -> bytes:
        """What has piled up, up to one frame's worth; empty at the end."""
        while not self._made and not self._done:
            self._more.clear()
            if not self._made and not self._done:
                await self._more.wait()
        chunk = b""
        while self._made and len(chunk) + len(self._made[0]) <= MAX_FRAME_BYTES:
            chunk += self._made.popleft()
        return chunk

    def stop(self) -> None:
        self._stopped.set()

    def _put(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), MAX_FRAME_BYTES):
            self._made.append(pcm[at : at + MAX_FRAME_BYTES])
        if pcm:
            self._loop.call_soon_threadsafe(self._more.set)


def _converter(source: int, target: int) -> Callable[[bytes, bool], bytes]:
    if source == target:
        return lambda pcm, last: pcm
    stream = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")

    def convert(pcm: bytes, last: bool) -> bytes:
        return bytes(stream.resample_chunk(np.frombuffer(pcm, np.int16), last).tobytes())

    return convert
