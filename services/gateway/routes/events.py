"""A conversation as it goes on: as server-sent events and over a WebSocket, in the chat protocol's frames.

Who started it sees it as the party does and may speak on the WebSocket; who may read conversations sees it redacted and
may only listen, which the audit log is told first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from litestar import Request, WebSocket, get, websocket
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from appliance.access.rights import Principal, Right
from appliance.errors import B2TError, Full, Invalid, Unavailable, Unknown
from services.gateway.authentication import Caller, refusal
from services.gateway.chat import Connection, Line
from services.gateway.desk import Seat
from services.gateway.followers import ReaderGone
from services.gateway.gateway import Gateway
from services.gateway.lines import SocketLine
from services.gateway.opening import Opened
from services.gateway.routes.chat import converse
from services.gateway.routes.conversations import CONVERSATION, ConversationId
from services.gateway.transcript import View

BEAT_S: Final = 15.0
CHECK_S: Final = 60.0
"""So often a long connection's right to be there is looked at again."""
SAME: Final = ("rights", "role", "owner_role")
"""What a reader may see hangs on these."""
MAX_QUEUED: Final = 8
EITHER: Final = (Right.TAKE_PART, Right.READ_CONVERSATIONS)
After = Annotated[int, QueryParameter(ge=0, le=2**53, description="Only what came after this sequence.")]


@get(
    "/v1/conversations/{id:str}/events",
    opt={"right": EITHER},
    tags=["Conversations"],
    summary="Follow a conversation by server-sent events",
    description="Each event is a frame of the chat protocol; its id is the stream sequence; `Last-Event-ID` goes on "
    "after it. Frames of one sequence come together; after a broken connection the last sequence may come again.",
    media_type="text/event-stream",
)
async def follow(request: Request[Any, Any, Any], id: ConversationId, after: After = 0) -> Stream:
    gateway: Gateway = request.app.state.gateway
    seat = await _seat(gateway, request.user, id)
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 17 else after
    if len(gateway.streams) >= gateway.config.gateway.max_chats:
        raise Full("Too many conversations are followed now.")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_events(gateway, request, seat, after), media_type="text/event-stream", headers=headers)


@websocket("/v1/conversations/{id:str}/stream", opt={"right": EITHER})
async def stream(socket: WebSocket[Any, Any, Any], id: FromPath[str]) -> None:
    """The chat protocol without its hello: the API key, or the session and our own Origin, say who it is."""
    gateway: Gateway = socket.app.state.gateway
    try:
        after = _after(socket)
        seat = await _seat(gateway, socket.user, id)
        if len(gateway.desk.legs) >= gateway.config.gateway.max_chats:
            raise Full("Too many chats are open now.")
    except B2TError as error:
        raise refusal(socket, error) from None
    await socket.accept()
    line = SocketLine(socket)
    checking = asyncio.create_task(_while_allowed(gateway, socket, line), name="check right")
    try:
        await converse(gateway, line, Opened(seat, None, await gateway.opening.title_of(id)), after)
    finally:
        checking.cancel()


def _after(socket: WebSocket[Any, Any, Any]) -> int:
    given = socket.query_params.get("after", "0")
    if not (given.isascii() and given.isdigit() and len(given) < 17):
        raise Invalid("`after` is a sequence.")
    return int(given)


async def _seat(gateway: Gateway, principal: Principal, conversation: str) -> Seat:
    if not re.fullmatch(CONVERSATION, conversation):
        raise Unknown("There is no such conversation.")
    leg = await gateway.api_legs.find(conversation, principal.actor)
    if leg is not None and principal.may(Right.TAKE_PART):
        return Seat(conversation, leg, None)
    if not principal.may(Right.READ_CONVERSATIONS):
        raise Unknown("There is no such conversation of yours.")
    if not await gateway.desk.replies.read(conversation):
        raise Unknown("There is no such conversation.")
    await gateway.unit.audit("conversation_read", conversation=conversation, account=principal.actor)
    return Seat(conversation, "", None, View.REDACTED, may_speak=False, policy=gateway.reading_policy(principal))


async def _while_allowed(gateway: Gateway, caller: Caller, line: Line) -> None:
    """A session that ends, a key that is revoked or a changed role ends the connection, within a minute at most."""
    while True:
        seen = gateway.signing_out.count
        with contextlib.suppress(Unavailable):
            if not _is_same(await gateway.gate.still(caller), caller.user):
                await line.close(4401)
                return
        await gateway.signing_out.after(seen, CHECK_S)


def _is_same(now: Principal | None, then: Principal) -> bool:
    return now is not None and all(getattr(now, name) == getattr(then, name) for name in SAME)


class _EventLine:
    """Events waiting for one reader: a few; who reads slower makes the follower wait."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(MAX_QUEUED)

    async def send(self, frame: str) -> None:
        await self.queue.put(frame)

    async def receive(self, timeout_s: float) -> str:
        raise ReaderGone

    async def close(self, code: int) -> None:
        """At a stop what still waits is dropped: it is in the log."""
        if code == 1000:
            await self.queue.put(None)
            return
        while self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


async def _events(gateway: Gateway, caller: Caller, seat: Seat, after: int) -> AsyncIterator[bytes]:
    line = _EventLine()
    connection = Connection(gateway.desk, line, seat, after)
    gateway.streams.add(line)
    connection.listen()
    checking = asyncio.create_task(_while_allowed(gateway, caller, line), name="check right")
    try:
        yield b"retry: 2000\n\n"
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    frame = await line.queue.get()
            except TimeoutError:
                yield b": beat\n\n"
                continue
            if frame is None:
                return
            yield _event(frame)
    finally:
        checking.cancel()
        gateway.streams.discard(line)
        connection.close()


def _event(frame: str) -> bytes:
    fields = json.loads(frame)
    sequence = fields.get("sequence")
    head = "" if sequence is None else f"id: {sequence}\n"
    return f"event: {fields['type']}\n{head}data: {frame}\n\n".encode()
