"""uvicorn's HTTP and WebSocket protocols, with limits where they have none.

A head that does not come within `HEAD_S` ends the connection; a refused head is answered as a problem; pings without
reading, endless empty fragments and a peer that never reads cost a bounded amount of memory and then the connection.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from services.gateway.problems import MEDIA_TYPE, encode, make

HEAD_S: Final = 10.0
MAX_HEAD: Final = 32 * 1024
MAX_CONNECTIONS: Final = 20_000
MAX_FRAGMENTS: Final = 64
LINGER_S: Final = 5.0
_BODY: Final = encode(make(431, "none"))
REFUSED_HEAD: Final = (
    f"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: {MEDIA_TYPE}\r\n"
    f"Content-Length: {len(_BODY)}\r\nConnection: close\r\n\r\n"
).encode() + _BODY


class BoundedHttp(H11Protocol):
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._head_timer = self.loop.call_later(HEAD_S, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.scope is not None:
            self._cancel_head_timer()

    def send_400_response(self, msg: str) -> None:
        """A head that is no HTTP, or too large; then the connection ends."""
        body = encode(make(400, "none"))
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        try:
            parts = [
                self.conn.send(h11.Response(status_code=400, headers=headers, reason=b"Bad Request")),
                self.conn.send(h11.Data(data=body)),
                self.conn.send(h11.EndOfMessage()),
            ]
            self.transport.write(b"".join(part for part in parts if part))
        except h11.LocalProtocolError:  # an answer is under way already
            pass
        self.transport.close()

    def _head_is_late(self) -> None:
        if self.scope is None and not self.transport.is_closing():
            self.transport.abort()

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class BoundedWebSocket(WebSocketsSansIOProtocol):
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self._refuse_head()

    def _refuse_head(self) -> None:
        """websockets takes smaller heads than h11 does, and uvicorn would leave the client without an answer."""
        self.transport.write(REFUSED_HEAD)
        self.transport.close()

    def handle_cont(self, event: Any) -> None:
        if len(self.frames) >= MAX_FRAGMENTS:
            self.transport.abort()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        if not self.writable.is_set():
            self.transport.abort()
            return
        super().handle_ping()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(LINGER_S, self.transport.abort)
