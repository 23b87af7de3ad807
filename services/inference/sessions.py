"""The worker's side of streaming sessions: opening within a limit, frames in and out, leases. See `appliance.streams`.

A host that is full stops listening for further openings, so that another worker gets them; the one that slips through
is answered `full`, which the opener takes as "ask again".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, Generic, TypeVar

import structlog
from prometheus_client import Counter, Gauge
from pydantic import TypeAdapter, ValidationError

from appliance.adapters.nats import Bus, Stop
from appliance.errors import B2TError, Full, Invalid, Unavailable
from appliance.streams import (
    BEAT_S,
    CREDITED,
    OPENED,
    OPENERS,
    QUEUE,
    REFUSAL,
    Endpoint,
    Frame,
    Kind,
    Opened,
    Opener,
    OpenGeneration,
    OpenSynthesis,
    OpenTranscription,
    Refusal,
    StreamBroken,
    inward,
    opening_subject,
    outward,
)

log = structlog.get_logger(__name__)
Opening = TypeVar("Opening", OpenTranscription, OpenSynthesis, OpenGeneration)
IDLE_LIMIT_S: Final = 120.0
"""The longest a session may last, whoever keeps it alive."""

OPEN = Gauge("b2t_inference_sessions", "Sessions open now", ["kind"])
ENDED = Counter("b2t_inference_sessions_ended", "Sessions ended, by how", ["kind", "outcome"])


class Session:
    """One open session as its work sees it. Frames of the opener's come from `next`; `CANCEL` cancels the work."""

    def __init__(self, bus: Bus, opener: Opener, name: str, credits: int, window: int) -> None:
        self.name = name
        self.opener: Opener = opener
        self._outward = outward(opener, name)
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._endpoint = Endpoint(credits=credits, window=window, now=self._loop.time())
        self._frames: asyncio.Queue[Frame] = asyncio.Queue(window + 8)
        self._credited = asyncio.Event()
        self.work: asyncio.Task[None] | None = None
        self.broken = False

    async def next(self) -> Frame:
        return await self._frames.get()

    def waiting(self) -> list[Frame]:
        """The audio frames that have piled up behind the one just taken."""
        frames: list[Frame] = []
        while not self._frames.empty() and self._frames._queue[0].kind is Kind.AUDIO:  # type: ignore[attr-defined]
            frames.append(self._frames.get_nowait())
        return frames

    async def send(self, kind: Kind, payload: bytes = b"") -> None:
        if kind in CREDITED:
            while self._endpoint.credits <= 0:
                self._credited.clear()
                await self._credited.wait()
        await self._bus.publish(self._outward, self._endpoint.send(kind, payload, self._loop.time()))

    async def consumed(self, frames: int) -> None:
        """Give back the credits of audio frames that were dealt with."""
        for _ in range(frames):
            credit = self._endpoint.consumed(self._loop.time())
            if credit is not None:
                await self._bus.publish(self._outward, credit)

    async def on_message(self, _subject: str, data: bytes) -> None:
        try:
            frame = self._endpoint.take(data, self._loop.time())
            self._credited.set()
            if frame is None:
                return
            if frame.kind is Kind.CANCEL:
                self.give_up()
            elif frame.kind in (Kind.AUDIO, Kind.FINISH):
                self._frames.put_nowait(frame)
            else:
                raise StreamBroken("A frame of the session is out of place.")
        except (StreamBroken, asyncio.QueueFull):
            self.broken = True
            self.give_up()

    async def tick(self) -> None:
        try:
            beat = self._endpoint.tick(self._loop.time())
        except StreamBroken:
            self.broken = True
            self.give_up()
            return
        if beat is not None:
            await self._bus.publish(self._outward, beat)

    def give_up(self) -> None:
        if self.work is not None:
            self.work.cancel()


Work = Callable[[Session], Awaitable[None]]


class SessionHost(Generic[Opening]):
    """Sessions of one kind. `begin` takes an opening's engine session (or refuses); what it returns does the work."""

    def __init__(
        self,
        bus: Bus,
        subject: str,
        openings: TypeAdapter[Opening],
        begin: Callable[[Opening], Awaitable[Work]],
        *,
        engine: str,
        limit: int,
        window: int = 64,
        openers: tuple[Opener, ...] = OPENERS,
    ) -> None:
        self._bus, self._subject, self._engine, self._openers = bus, subject, engine, openers
        self._openings: TypeAdapter[Opening] = openings
        self._begin: Callable[[Opening], Awaitable[Work]] = begin
        self._limit, self._window = limit, window
        self._kind = subject.split(".")[-2]
        self._sessions: dict[tuple[Opener, str], Session] = {}
        self._starting = 0
        self._stops: list[Stop] = []
        self._changing = asyncio.Lock()

    async def run(self) -> None:
        """Serve until cancelled; then every session ends as failed."""
        try:
            await self._listen()
            while True:
                await asyncio.sleep(BEAT_S / 2)
                for session in list(self._sessions.values()):
                    await session.tick()
        finally:
            await self._hear_no_more()
            for session in list(self._sessions.values()):
                session.give_up()

    async def _listen(self) -> None:
        """Hear openings exactly while there is room."""
        async with self._changing:
            room = len(self._sessions) + self._starting < self._limit
            if room and not self._stops:
                for opener in self._openers:
                    subject = opening_subject(self._subject, opener)
                    self._stops.append(await self._bus.serve(subject, partial(self._open, opener), queue=QUEUE))
            elif not room:
                await self._hear_no_more()

    async def _hear_no_more(self) -> None:
        while self._stops:
            await self._stops.pop()()

    async def _open(self, opener: Opener, request: bytes) -> bytes:
        if len(self._sessions) + self._starting >= self._limit:
            return _refusal(Full("Every session of this worker is taken."))
        self._starting += 1
        try:
            opening = self._openings.validate_json(request)
            if (opener, opening.session) in self._sessions:
                raise Invalid("That session is open already.")
            work = await self._begin(opening)
            credits = 0 if isinstance(opening, OpenTranscription) else opening.credits
            session = Session(self._bus, opener, opening.session, credits, self._window)
            stop = await self._bus.subscribe(inward(opener, session.name), session.on_message)
            await self._bus.flush()
            self._sessions[opener, session.name] = session
            session.work = asyncio.create_task(self._run(session, work, stop), name=f"session {session.name[:8]}")
        except ValidationError:
            return _refusal(Invalid("The request to open a session is not understood."))
        except B2TError as error:
            return _refusal(error)
        finally:
            self._starting -= 1
        OPEN.labels(self._kind).set(len(self._sessions))
        if len(self._sessions) >= self._limit:
            await self._listen()
        return OPENED.dump_json(Opened(session=session.name, engine=self._engine, credits=self._window))

    async def _run(self, session: Session, work: Work, stop: Stop) -> None:
        outcome = "done"
        try:
            async with asyncio.timeout(IDLE_LIMIT_S):
                await work(session)
        except asyncio.CancelledError:
            outcome = "broken" if session.broken else "cancelled"
            await _tell(session, StreamBroken("The session was given up."))
        except B2TError as error:
            outcome = "failed"
            await _tell(session, error)
        except TimeoutError:
            outcome = "too long"
            await _tell(session, Unavailable("The session lasted too long."))
        except Exception:
            outcome = "failed"
            log.exception("session_failed", kind=self._kind)
            await _tell(session, Unavailable("The engine failed."))
        finally:
            self._sessions.pop((session.opener, session.name), None)
            OPEN.labels(self._kind).set(len(self._sessions))
            ENDED.labels(self._kind, outcome).inc()
            await stop()
            await self._listen()


def _refusal(error: B2TError) -> bytes:
    return OPENED.dump_json(Refusal(code=error.code, title=error.title, retryable=error.retryable))


async def _tell(session: Session, error: B2TError) -> None:
    refusal: Any = Refusal(code=error.code, title=error.title, retryable=error.retryable)
    try:
        await session.send(Kind.FAILED, REFUSAL.dump_json(refusal))
    except B2TError:
        log.warning("failure_not_told")
