"""The widget's WebSocket."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import WebSocket, websocket

from appliance.errors import B2TError, Denied, Full, Invalid
from services import faults
from services.gateway import frames
from services.gateway.authentication import refusal
from services.gateway.chat import Connection
from services.gateway.followers import ReaderGone
from services.gateway.frames import Hello
from services.gateway.gateway import Gateway
from services.gateway.lines import SocketLine
from services.gateway.opening import Opened

log = structlog.get_logger(__name__)

HELLO_S: Final = 5.0


@websocket("/v1/chat", opt={"public": True})
async def chat(socket: WebSocket[Any, Any, Any]) -> None:
    """The chat protocol; the first frame shows a ticket."""
    gateway: Gateway = socket.app.state.gateway
    origin = socket.headers.get("origin", "")
    if not (gateway.gate.is_own(socket) or gateway.origins.embeds_any(origin)):
        raise refusal(socket, Denied("This page may not open a chat."))
    await socket.accept()
    line = SocketLine(socket)
    try:
        opened, after = await _open(gateway, line, origin)
    except (ReaderGone, TimeoutError):
        await line.close(4408)
        return
    except B2TError as error:
        await _refuse(line, error)
        return
    await converse(gateway, line, opened, after)


async def _open(gateway: Gateway, line: SocketLine, origin: str) -> tuple[Opened, int]:
    if len(gateway.desk.legs) >= gateway.config.gateway.max_chats:
        raise Full("Too many chats are open now.")
    hello = frames.read_frame(await line.receive(HELLO_S))
    if not isinstance(hello, Hello):
        raise Invalid("The first frame is a hello.")
    ticket = gateway.tickets.take(hello.ticket, origin)
    return await gateway.opening.chat(ticket), hello.after


async def converse(gateway: Gateway, line: SocketLine, opened: Opened, after: int) -> None:
    """Welcome, and from then on both directions, until it is over."""
    connection = Connection(gateway.desk, line, opened.seat, after)
    try:
        await line.send(
            frames.write(
                "welcome",
                conversation=opened.seat.conversation,
                resume=opened.resume,
                agent={"name": opened.agent},
                phone_number=opened.seat.phone_number,
            )
        )
        faults.point("gateway.welcomed")
        await connection.run()
    except ReaderGone:
        pass
    except Exception:
        log.exception("chat_failed", conversation=opened.seat.conversation)
        await line.close(1011)
    finally:
        connection.close()
        await line.close(1000)


async def _refuse(line: SocketLine, error: B2TError) -> None:
    try:
        await line.send(frames.problem(error.code, error.title, retryable=error.retryable))
    except ReaderGone:
        return
    await line.close(4000 + error.status)
