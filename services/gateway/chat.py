"""One connection to one conversation: frames of the party in, frames of the conversation out.

The WebSockets of the widget and of the API both run this; they differ in how the leg came about. What a party says is
taken in order, one after the other; `accepted` is sent only when it is durably in the inbox. Nothing is buffered for a
client beyond `MAX_WAITING` of its own inputs: who sends faster waits, who reads slower is disconnected.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict
from typing import Any, Final, Protocol

import structlog

from appliance.access.limits import Meter, Rate
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.events import SecureCapture
from services import faults
from services.gateway import frames, transcript
from services.gateway.desk import Desk, Seat
from services.gateway.followers import Follower, ReaderGone
from services.gateway.frames import Capture, ClientFrame, Code, End, Hello, Ping, Say
from services.gateway.speaking import Speaker
from services.gateway.transcript import View

log = structlog.get_logger(__name__)

MAX_WAITING: Final = 8
MAX_MALFORMED: Final = 50
FRAMES_RATE: Final = Rate(burst=30, per_second=10)
PACE_S: Final = 0.1
SILENCE_S: Final = 120.0
"""A client that says nothing at all for so long, not even `ping`, is gone; the socket's own pings run beside it."""


class Line(Protocol):
    """A connection's far end."""

    async def send(self, frame: str) -> None:
        """Raises ReaderGone where the client is gone or reads too slowly."""
        ...

    async def receive(self, timeout_s: float) -> str:
        """The next frame. Raises ReaderGone once there is none, TimeoutError, and Invalid for a binary one."""
        ...

    async def close(self, code: int) -> None: ...


class Connection:
    """Runs until the client or the conversation is gone."""

    __slots__ = (
        "_desk",
        "_follower",
        "_line",
        "_malformed",
        "_meter",
        "_over",
        "_seat",
        "_speaker",
        "_spoke",
        "_waiting",
        "_worker",
    )

    def __init__(self, desk: Desk, line: Line, seat: Seat, after: int) -> None:
        now = asyncio.get_running_loop().time()
        self._desk = desk
        self._line = line
        self._seat = seat
        self._speaker = Speaker(desk, seat)
        self._follower: Follower = desk.replies.follow(seat.conversation, after, seat.view, self._show, seat.policy)
        self._meter = Meter(FRAMES_RATE, now)
        self._malformed = 0
        self._over = False
        self._spoke = False
        self._waiting: deque[Say | Capture | Code | End] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Deliver and take frames; the welcome has been sent. Returns once it is over."""
        seat = self._seat
        if seat.may_speak:
            self._desk.legs.arrive(seat.conversation, seat.leg)
        self._follower.go(self._follower_failed)
        try:
            while not self._over:
                await self._read_one()
        except (ReaderGone, TimeoutError):
            pass
        finally:
            self.close()
            if seat.may_speak:
                self._desk.legs.depart(seat.conversation, seat.leg, over=self._follower.story.ended is not None)

    def listen(self) -> None:
        """Deliver only; whoever listens closes this connection in the end."""
        self._follower.go(self._follower_failed)

    def spoke(self) -> bool:
        """Whether the party has said anything since this was last asked."""
        spoke, self._spoke = self._spoke, False
        return spoke

    def close(self) -> None:
        self._over = True
        self._follower.close()
        if self._worker is not None:
            self._worker.cancel()

    # -- from the client --------------------------------------------------------------------------------------------

    async def _read_one(self) -> None:
        text = ""
        try:
            text = await self._line.receive(SILENCE_S)
            await self._pace()
            await self._take(frames.read_frame(text))
        except Invalid as error:
            await self._refuse(error, frames.input_id_in(text))
        except B2TError as error:
            title, id = error.title, frames.input_id_in(text)
            await self._line.send(frames.problem(error.code, title, retryable=error.retryable, id=id))

    async def _pace(self) -> None:
        """Who sends too fast waits: reading is paused meanwhile, down to the client's own socket."""
        while not self._meter.take(asyncio.get_running_loop().time()):  # noqa: ASYNC110
            await asyncio.sleep(PACE_S)

    async def _refuse(self, error: B2TError, id: str | None) -> None:
        self._malformed += 1
        await self._line.send(frames.problem(error.code, error.title, retryable=False, id=id))
        if self._malformed >= MAX_MALFORMED:
            await self._line.close(1008)
            self._over = True

    async def _take(self, frame: ClientFrame) -> None:
        if isinstance(frame, Ping):
            await self._line.send(frames.write("pong"))
            return
        if isinstance(frame, Hello):
            raise Invalid("A hello comes once, and first.")
        if not self._seat.may_speak:
            raise Invalid("This connection may only listen.")
        if len(self._waiting) >= MAX_WAITING:
            id = frame.id if isinstance(frame, Say | Capture) else None
            title = "Too much is waiting to be taken; send it again later."
            await self._line.send(frames.problem("too-fast", title, retryable=True, id=id))
            return
        self._waiting.append(frame)
        self._spoke = True
        if self._worker is None:
            self._worker = self._desk.background.spawn(self._work(), f"inputs {self._seat.conversation}")

    async def _work(self) -> None:
        try:
            while self._waiting and not self._over:
                await self._carry_out(self._waiting.popleft())
        except ReaderGone:
            pass
        finally:
            self._worker = None

    async def _carry_out(self, frame: Say | Capture | Code | End) -> None:
        id = frame.id if isinstance(frame, Say | Capture) else None
        faults.point("gateway.received")
        try:
            match frame:
                case Say():
                    await self._speaker.say(frame)
                case Capture():
                    await self._speaker.capture(frame)
                case Code():
                    await self._line.send(await self._speaker.code())
                case End():
                    await self._speaker.end()
        except B2TError as error:
            await self._line.send(frames.problem(error.code, error.title, retryable=error.retryable, id=id))
            return
        faults.point("gateway.accepted")
        if id is not None:
            await self._line.send(frames.write("accepted", id=id))
            faults.point("gateway.answered")

    # -- to the client ----------------------------------------------------------------------------------------------

    async def _show(self, shown: transcript.Shown, replayed: bool) -> None:
        match shown:
            case transcript.Said():
                id = frames.client_input(self._seat.conversation, shown.input_id)
                await self._line.send(frames.write("said", sequence=shown.sequence, id=id, text=shown.text))
            case transcript.Replied():
                await self._reply(shown, replayed)
            case transcript.Ended():
                await self._line.send(frames.write("ended", reason=shown.reason))
                await self._finish(1000)
            case transcript.Moved():
                pass  # the conversation ends as `continued` right after

    async def _reply(self, shown: transcript.Replied, replayed: bool) -> None:
        """Streamed when live; whole when read again. With a secure field only once its key is known."""
        secure = None if shown.secure is None else await self._secure(shown.secure)
        head = {"sequence": shown.sequence, "reply": shown.reply}
        if not replayed:
            await self._line.send(frames.write("reply_started", **head))
            for piece in frames.deltas(shown.text):
                await self._line.send(frames.write("reply_delta", reply=shown.reply, text=piece))
                faults.point("gateway.delta_sent")
        await self._line.send(frames.write("reply_finished", **head, text=shown.text, secure=secure))
        faults.point("gateway.reply_sent")
        if self._seat.may_speak and shown.reply in self._follower.story.unheard:
            self._follower.story.unheard.discard(shown.reply)
            self._desk.background.spawn(self._speaker.played(shown.reply), f"played {shown.reply}")

    async def _secure(self, capture: SecureCapture) -> dict[str, Any] | None:
        if self._seat.view is not View.PARTY:
            return None
        try:
            key = await self._desk.connectors.key()
        except Unavailable as error:
            await self._line.send(frames.problem(error.code, error.title, retryable=True))
            await self._finish(1013)  # the client comes back and is shown this reply again
            raise ReaderGone from None
        return {
            "capture": capture.capture,
            "label": capture.label,
            "min": capture.min_digits,
            "max": capture.max_digits,
            "public_key": asdict(key),
        }

    async def _finish(self, code: int) -> None:
        self._over = True
        await self._line.close(code)

    def _follower_failed(self, error: Exception) -> None:
        if not isinstance(error, ReaderGone):
            self._desk.background.spawn(self._finish(1011), f"close {self._seat.conversation}")
