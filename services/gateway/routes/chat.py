"""The widget's WebSocket."""

from __future__ import annotations

import contextlib
from typing import Any, Final

import structlog
from litestar import WebSocket, websocket

from appliance.errors import B2TError, Denied, Full, Invalid, Unavailable
from services import faults
from services.gateway import frames
from services.gateway.authentication import NotSignedIn, refusal
from services.gateway.chat import Connection
from services.gateway.followers import ReaderGone
from services.gateway.frames import Hello
from services.gateway.gateway import Gateway
from services.gateway.lines import SocketLine
from services.gateway.opening import Opened
from services.gateway.tickets import Ticket

log = structlog.get_logger(__name__)

HELLO_S: Final = 5.0
SESSION_S: Final = 30.0


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
        ticket, opened, after = await _open(gateway, line, origin)
    except (ReaderGone, TimeoutError):
        await line.close(4408)
        return
    except B2TError as error:
        await _refuse(line, error)
        return
    await converse(gateway, line, opened, after, ticket.session)


async def _open(gateway: Gateway, line: SocketLine, origin: str) -> tuple[Ticket, Opened, int]:
    if len(gateway.desk.legs) >= gateway.config.gateway.max_chats:
        raise Full("Too many chats are open now.")
    hello = frames.read_frame(await line.receive(HELLO_S))
    if not isinstance(hello, Hello):
        raise Invalid("The first frame is a hello.")
    ticket = gateway.tickets.take(hello.ticket, origin)
    if ticket.session is not None and await gateway.accounts.look(ticket.session, used=False) is None:
        raise NotSignedIn("You are not signed in any more.")
    return ticket, await gateway.opening.chat(ticket), hello.after


async def converse(gateway: Gateway, line: SocketLine, opened: Opened, after: int, session: str | None = None) -> None:
    """Welcome, and from then on both directions, until it is over, or the session it hangs on is."""
    connection = Connection(gateway.desk, line, opened.seat, after)
    if session is not None:
        work = _with_session(gateway, line, connection, session)
        watching = gateway.desk.background.spawn(work, f"session of {opened.seat.conversation}")
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
        if session is not None:
            watching.cancel()
        connection.close()
        await line.close(1000)


async def _with_session(gateway: Gateway, line: SocketLine, connection: Connection, session: str) -> None:
    """To speak keeps the session alive; once it is over, whoever sits there next is to see nothing of the chat."""
    while True:
        seen = gateway.signing_out.count
        with contextlib.suppress(Unavailable):
            if await gateway.accounts.look(session, used=connection.spoke()) is None:
                await line.close(4401)
                connection.close()
                return
        await gateway.signing_out.after(seen, SESSION_S)


async def _refuse(line: SocketLine, error: B2TError) -> None:
    try:
        await line.send(frames.problem(error.code, error.title, retryable=error.retryable))
    except ReaderGone:
        return
    await line.close(4000 + error.status)
