"""`b2t.inference.transcribe`: one utterance a session. Audio at 8 or 16 kHz comes in; partials and the final go out."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import soxr

from appliance.adapters.nats import Bus
from appliance.errors import Invalid
from appliance.ports import Hints, SpeechToText, Transcription
from appliance.streams import OPEN_TRANSCRIPTION, OPENING_TRANSCRIPTION, TRANSCRIPT, Kind, OpenTranscription
from services import faults
from services.inference.sessions import Session, SessionHost, Work


class Recognition:
    """Runs a recogniser's blocking calls in threads, each utterance's in order."""

    def __init__(self, engine: SpeechToText, threads: ThreadPoolExecutor) -> None:
        self._engine, self._threads = engine, threads

    def host(self, bus: Bus, limit: int) -> SessionHost[OpenTranscription]:
        name = self._engine.capabilities.name
        return SessionHost(bus, OPEN_TRANSCRIPTION, OPENING_TRANSCRIPTION, self.begin, engine=name, limit=limit)

    async def begin(self, opening: OpenTranscription) -> Work:
        hints = Hints(opening.phrases, opening.digits, opening.amounts)
        transcription = await self._call(self._engine.open, hints, opening.language)

        async def work(session: Session) -> None:
            try:
                await self._utterance(session, transcription, opening.sample_rate)
            finally:
                self._threads.submit(transcription.close)

        return work

    async def _utterance(self, session: Session, transcription: Transcription, rate: int) -> None:
        resample = _resampler(rate, self._engine.capabilities.sample_rate)
        while (frame := await session.next()).kind is Kind.AUDIO:
            frames = [frame, *session.waiting()]
            pcm = b"".join(one.payload for one in frames)
            if len(pcm) % 2:
                raise Invalid("Audio comes in whole samples.")
            faults.point("inference.heard")
            partial = await self._call(transcription.feed, resample(pcm, False))
            await session.consumed(len(frames))
            if partial is not None:
                await session.send(Kind.PARTIAL, TRANSCRIPT.dump_json(partial))
        rest = resample(b"", True)
        if rest:
            await self._call(transcription.feed, rest)
        final = await self._call(transcription.finish)
        faults.point("inference.recognised")
        await session.send(Kind.FINAL, TRANSCRIPT.dump_json(final))

    async def _call(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _resampler(source: int, target: int) -> Any:
    if source == target:
        return lambda pcm, last: pcm
    import numpy as np

    stream = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")
    return lambda pcm, last: stream.resample_chunk(np.frombuffer(pcm, np.int16), last).tobytes()
