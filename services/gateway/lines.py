"""A WebSocket as a chat connection's far end: one text frame at a time, and no patience with those who do not read."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from litestar import WebSocket
from litestar.exceptions import WebSocketException

from appliance.errors import Invalid
from services.gateway.followers import ReaderGone

SEND_S: Final = 15.0

Socket = WebSocket[Any, Any, Any]


class SocketLine:
    __slots__ = ("_closed", "_socket")

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._closed = False

    async def send(self, frame: str) -> None:
        if self._closed:
            raise ReaderGone
        try:
            async with asyncio.timeout(SEND_S):
                await self._socket.send({"type": "websocket.send", "text": frame, "bytes": None})
        except TimeoutError:  # it does not read: nothing more is kept for it
            self._closed = True
            raise ReaderGone from None
        except (OSError, RuntimeError, WebSocketException):
            self._closed = True
            raise ReaderGone from None

    async def receive(self, timeout_s: float) -> str:
        async with asyncio.timeout(timeout_s):
            message: Any = await self._socket.receive()
        if message["type"] != "websocket.receive":
            self._closed = True
            raise ReaderGone
        text = message.get("text")
        if text is None:
            raise Invalid("A frame is text.")
        return str(text)

    async def close(self, code: int) -> None:
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError, RuntimeError, WebSocketException, TimeoutError):
            async with asyncio.timeout(SEND_S):
                await self._socket.send({"type": "websocket.close", "code": code, "reason": ""})
