"""Recognition and synthesis as a channel uses them: sessions with the inference service over the bus.

Counterpart of `services.inference.sessions`. Nothing here waits in the media path: `feed` only queues, a task of the
session's own sends. A worker that dies is noticed within `LEASE_S` and ends the session as `Unavailable`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, Self

from pydantic import ValidationError

from appliance import errors
from appliance.adapters.nats import Bus, Stop
from appliance.ports import Hints, Transcript
from appliance.streams import (
    BEAT_S,
    OPEN_SYNTHESIS,
    OPEN_TRANSCRIPTION,
    OPENED,
    OPENING_SYNTHESIS,
    OPENING_TRANSCRIPTION,
    REFUSAL,
    TRANSCRIPT,
    Endpoint,
    Frame,
    Kind,
    Opened,
    Opener,
    OpenTranscription,
    Refusal,
    StreamBroken,
    inward,
    opening_subject,
    outward,
)

MAX_FRAME: Final = 8_000
"""Bytes of PCM in one frame at most: what has piled up goes out together, so that the recogniser catches up."""
MAX_WAITING_S: Final = 30.0
"""Seconds of audio that may wait for credit before the session is given up."""
OPEN_WITHIN_S: Final = 1.5
SYNTHESIS_WINDOW: Final = 32


class SpeechClient:
    """Opens sessions. One for each process is enough; it holds no state."""

    def __init__(self, bus: Bus, opener: Opener) -> None:
        """`opener`: the unit whose rights on the bus the connection has."""
        self._bus = bus
        self._opener: Opener = opener

    def transcribe(self, hints: Hints, language: str = "en", sample_rate: int = 8000) -> Utterance:
        """Begin recognising one utterance of PCM at 8000 or 16000 Hz. Returns at once; opening goes on behind."""
        session = secrets.token_hex(16)
        opening = OpenTranscription(
            session=session,
            language=language,
            sample_rate=16000 if sample_rate == 16000 else 8000,
            phrases=hints.phrases,
            digits=hints.digits,
            amounts=hints.amounts,
        )
        return Utterance(self._bus, self._opener, session, OPENING_TRANSCRIPTION.dump_json(opening), sample_rate)

    def synthesize(
        self, text: str, voice: str = "", language: str = "en", sample_rate: int = 8000, speed: float = 1.0
    ) -> Speech:
        """Speech of `text` as PCM at `sample_rate` (8000, 16000, 22050, 24000 or 48000 Hz), chunk by chunk; `speed`
        (0.5 to 2) is of the voice's own pace."""
        session = secrets.token_hex(16)
        opening = OPENING_SYNTHESIS.validate_python(
            {
                "session": session,
                "text": text,
                "voice": voice,
                "language": language,
                "sample_rate": sample_rate,
                "credits": SYNTHESIS_WINDOW,
                "speed": speed,
            }
        )
        return Speech(self._bus, self._opener, session, OPENING_SYNTHESIS.dump_json(opening))


class Session:
    """What all kinds share, those of `language_model.py` too: opening, the pump that sends, beats, and the end."""

    def __init__(self, bus: Bus, opener: Opener, session: str, kind: str, opening: bytes, window: int) -> None:
        self._bus = bus
        self._inward, self._outward = inward(opener, session), outward(opener, session)
        self._loop = asyncio.get_running_loop()
        self._endpoint = Endpoint(credits=0, window=window, now=self._loop.time())
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._failure: errors.B2TError | None = None
        self._outbox: deque[tuple[Kind, bytes]] = deque()
        self._task = asyncio.create_task(
            self._run(opening_subject(kind, opener), opening), name=f"speech session {session[:8]}"
        )
        self.engine: str | None = None

    async def _run(self, subject: str, opening: bytes) -> None:
        stop: Stop | None = None
        try:
            stop = await self._bus.subscribe(self._outward, self._on_message)
            answer = await self._open(subject, opening)
            self.engine = answer.engine
            self._endpoint.begin(answer.credits, self._loop.time())
            while not self._over.is_set():
                await self._send_waiting()
                beat = self._endpoint.tick(self._loop.time())
                if beat is not None:
                    await self._bus.publish(self._inward, beat)
                self._wake.clear()
                if self._sendable():
                    continue
                try:
                    await asyncio.wait_for(self._wake.wait(), BEAT_S / 2)
                except TimeoutError:
                    pass
            await self._send_waiting()
        except errors.B2TError as error:
            self._fail(error)
        finally:
            self._over.set()
            self._ended()
            if stop is not None:
                await stop()

    async def _open(self, subject: str, opening: bytes) -> Opened:
        """Ask until some worker takes the session; one that is full has another taken, or itself a moment later."""
        deadline = self._loop.time() + OPEN_WITHIN_S
        while True:
            try:
                answer = OPENED.validate_json(await self._bus.request(subject, opening, timeout_s=OPEN_WITHIN_S))
                if isinstance(answer, Opened):
                    return answer
                error = error_of(answer)
            except ValidationError:
                raise errors.Unavailable("The speech service's answer is not understood.") from None
            except errors.Unavailable as unanswered:
                error = unanswered
            if not error.retryable or self._loop.time() + 0.05 > deadline or self._over.is_set():
                raise error
            await asyncio.sleep(0.05)

    async def _send_waiting(self) -> None:
        while self._sendable():
            kind, payload = self._outbox.popleft()
            while kind is Kind.AUDIO and self._outbox and self._outbox[0][0] is Kind.AUDIO:
                if len(payload) + len(self._outbox[0][1]) > MAX_FRAME:
                    break
                payload += self._outbox.popleft()[1]
            await self._bus.publish(self._inward, self._endpoint.send(kind, payload, self._loop.time()))

    def _sendable(self) -> bool:
        return bool(self._outbox) and (self._outbox[0][0] is not Kind.AUDIO or self._endpoint.credits > 0)

    def _queue(self, kind: Kind, payload: bytes = b"") -> None:
        self._outbox.append((kind, payload))
        self._wake.set()

    async def _on_message(self, subject: str, data: bytes) -> None:
        if self._over.is_set():
            return
        try:
            frame = self._endpoint.take(data, self._loop.time())
            if frame is not None:
                self._on_frame(frame)
        except StreamBroken as error:
            self._outbox.clear()
            self._queue(Kind.CANCEL)
            self._fail(error)
        except ValidationError:
            self._fail(StreamBroken("A frame of the session is malformed."))
        self._wake.set()

    def _on_frame(self, frame: Frame) -> None:
        if frame.kind is Kind.FAILED:
            self._fail(error_of(REFUSAL.validate_json(frame.payload)))

    def _fail(self, error: errors.B2TError) -> None:
        if self._failure is None and not self._over.is_set():
            self._failure = error
        self._over.set()
        self._wake.set()

    def _ended(self) -> None:
        """Wake whoever waits for a result."""

    async def close(self) -> None:
        """Give the session up. Safe to call at any time, and twice."""
        if not self._over.is_set():
            self._outbox.clear()
            self._queue(Kind.CANCEL)
            self._over.set()
        if not self._task.done() and asyncio.current_task() is not self._task:
            await asyncio.wait({self._task}, timeout=OPEN_WITHIN_S)
            self._task.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Utterance(Session):
    """One utterance being recognised: `feed` audio, watch `partials`, `finish` for the final transcript."""

    def __init__(self, bus: Bus, opener: Opener, session: str, opening: bytes, sample_rate: int) -> None:
        super().__init__(bus, opener, session, OPEN_TRANSCRIPTION, opening, window=1)
        self._limit = int(MAX_WAITING_S * sample_rate) * 2
        self._heard: asyncio.Queue[Transcript | None] = asyncio.Queue(64)
        self._final: asyncio.Future[Transcript] = self._loop.create_future()
        self.partial: Transcript | None = None

    def feed(self, pcm: bytes) -> None:
        """Add audio; never waits. Raises what ended the session, if something did."""
        if self._failure is not None:
            raise self._failure
        if sum(len(waiting) for _, waiting in self._outbox) > self._limit:
            self._fail(errors.Full("The recogniser is too far behind."))
            raise errors.Full("The recogniser is too far behind.")
        for at in range(0, len(pcm), MAX_FRAME):
            self._queue(Kind.AUDIO, pcm[at : at + MAX_FRAME])

    async def partials(self) -> AsyncIterator[Transcript]:
        """Partial transcripts as they change; ends with the session. A slow reader misses the oldest."""
        while (heard := await self._heard.get()) is not None:
            yield heard

    async def finish(self, timeout_s: float = 3.0) -> Transcript:
        """End the utterance: the final transcript. Raises Unavailable (also as StreamBroken) or Full."""
        self._queue(Kind.FINISH)
        try:
            return await asyncio.wait_for(asyncio.shield(self._final), timeout_s)
        except TimeoutError:
            raise errors.Unavailable("The recogniser took too long.") from None
        finally:
            await self.close()

    def _on_frame(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.PARTIAL:
                self.partial = TRANSCRIPT.validate_json(frame.payload)
                if self._heard.full():
                    self._heard.get_nowait()
                self._heard.put_nowait(self.partial)
            case Kind.FINAL:
                if not self._final.done():
                    self._final.set_result(TRANSCRIPT.validate_json(frame.payload))
                self._over.set()
            case _:
                super()._on_frame(frame)

    def _ended(self) -> None:
        if not self._final.done():
            self._final.set_exception(self._failure or errors.Unavailable("The session was closed."))
            self._final.exception()
        if self._heard.full():
            self._heard.get_nowait()
        self._heard.put_nowait(None)


class Speech(Session):
    """One text being spoken: iterate for PCM chunks; `close` (or leaving `async with`) stops the work at once."""

    def __init__(self, bus: Bus, opener: Opener, session: str, opening: bytes) -> None:
        super().__init__(bus, opener, session, OPEN_SYNTHESIS, opening, window=SYNTHESIS_WINDOW)
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(SYNTHESIS_WINDOW + 2)
        self._complete = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk. Raises Unavailable where the worker is gone before the text was spoken."""
        chunk = await self._chunks.get()
        if chunk is None:
            self._chunks.put_nowait(None)
            if self._failure is not None:
                raise self._failure
            raise StopAsyncIteration
        if not self._over.is_set():
            credit = self._endpoint.consumed(self._loop.time())
            if credit is not None:
                await self._bus.publish(self._inward, credit)
        return chunk

    async def aclose(self) -> None:
        await self.close()

    def _on_frame(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.AUDIO:
                if self._chunks.qsize() >= SYNTHESIS_WINDOW:
                    raise StreamBroken("The speech service sends more than it was allowed.")
                self._chunks.put_nowait(frame.payload)
            case Kind.END:
                self._complete = True
                self._over.set()
            case _:
                super()._on_frame(frame)

    def _ended(self) -> None:
        if self._chunks.full():
            self._chunks.get_nowait()
        self._chunks.put_nowait(None)


def error_of(refusal: Refusal) -> errors.B2TError:
    known: dict[str, type[errors.B2TError]] = {
        kind.code: kind for kind in (errors.Invalid, errors.Unknown, errors.Full, errors.Unavailable)
    }
    return known.get(refusal.code, errors.Unavailable)(refusal.title)
