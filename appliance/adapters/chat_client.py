"""A chat with the box over the gateway's WebSocket, as the widget holds it; only this file imports websockets.

Used by `b2t chat` and tests; the protocol is written down in docs/operations.md. Secret digits leave only encrypted.
"""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from appliance.errors import Denied, Unavailable, Unknown
from appliance.privacy.capture import CAPTURE_KEY, encrypt_capture

OPEN_S: Final = 5.0
QUIET_S: Final = 0.4
"""The agent has finished when nothing came for as long after a reply's end."""
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the agent said. `secure` is the capture it asks for, as on the wire."""

    text: str
    secure: dict[str, Any] | None = None


@dataclass(slots=True)
class Chat:
    """One open chat. Frames come in order; what is not awaited here (pongs, own messages) is passed over."""

    socket: ClientConnection
    conversation: str
    agent: str
    ended: str | None = None
    code: str | None = None
    """The newest one-time code shown, to go on by phone."""
    code_expires_in: int = 0
    """Seconds from when it came."""

    async def say(self, text: str, timeout_s: float = 15.0) -> list[Reply]:
        """Say something; what the agent answers."""
        await self._send({"type": "say", "id": str(uuid.uuid4()), "text": text})
        return await self.replies(timeout_s)

    async def key(self, secure: dict[str, Any], digits: str, timeout_s: float = 15.0) -> list[Reply]:
        """Hand over secret digits, encrypted to the connectors' key; what the agent answers."""
        key = CAPTURE_KEY.validate_python(secure["public_key"])
        box = encrypt_capture(key, self.conversation, secure["capture"], digits)
        await self._send({"type": "capture", "id": str(uuid.uuid4()), "capture": secure["capture"], "box": box})
        return await self.replies(timeout_s)

    async def ask_code(self, timeout_s: float = 5.0) -> str:
        """Ask for a one-time code to go on by phone."""
        self.code = None
        await self._send({"type": "code"})
        while self.code is None:
            frame = await self._receive(timeout_s)
            if frame is None:
                raise Unavailable("No code came in time.")
            self._note(frame)
        return self.code

    async def end(self, timeout_s: float = 5.0) -> None:
        """End the conversation, and wait until the box has taken that."""
        if self.ended is not None:
            return
        await self._send({"type": "end"})
        while self.ended is None:
            frame = await self._receive(timeout_s)
            if frame is None:
                raise Unavailable("The box did not end the chat in time.")
            self._note(frame)

    async def replies(self, timeout_s: float = 15.0) -> list[Reply]:
        """What the agent says, until it has been quiet for a moment. Raises Unavailable if it says nothing in time."""
        found: list[Reply] = []
        while self.ended is None:
            frame = await self._receive(QUIET_S if found else timeout_s)
            if frame is None:
                if found:
                    return found
                raise Unavailable("The agent did not answer in time.")
            if frame["type"] == "reply_finished":
                found.append(Reply(frame["text"], frame.get("secure")))
            self._note(frame)
        return found

    def _note(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ended":
                self.ended = str(frame["reason"])
            case "code":
                self.code, self.code_expires_in = str(frame["code"]), int(frame["expires_in"])
            case "problem":
                raise Unavailable(str(frame["title"]))

    async def _receive(self, within_s: float) -> dict[str, Any] | None:
        try:
            return _OBJECT.validate_json(await asyncio.wait_for(self.socket.recv(), within_s))
        except TimeoutError:
            return None
        except (WebSocketException, ValidationError) as error:
            raise Unavailable("The chat was closed by the box.") from error

    async def _send(self, frame: dict[str, Any]) -> None:
        try:
            await self.socket.send(json.dumps(frame))
        except WebSocketException as error:
            raise Unavailable("The chat was closed by the box.") from error


@asynccontextmanager
async def open_chat(url: str, widget: str, cookie: str = "") -> AsyncIterator[Chat]:
    """Open a chat through the widget's key; with a session's `cookie` it is the chat of who is signed in.

    Raises Unavailable where nothing answers, Unknown for a key of no widget, Denied where it may not be.
    """
    ticket = await asyncio.to_thread(_ticket, url, widget, cookie)
    try:
        address = url.replace("http", "ws", 1) + "/v1/chat"
        async with connect(address, origin=url, open_timeout=OPEN_S, close_timeout=1) as socket:  # type: ignore[arg-type]
            await socket.send(json.dumps({"type": "hello", "ticket": ticket, "after": 0}))
            welcome = _OBJECT.validate_json(await asyncio.wait_for(socket.recv(), OPEN_S))
            if welcome.get("type") != "welcome":
                raise Denied(str(welcome.get("title", "The box refused the chat.")))
            yield Chat(socket, str(welcome["conversation"]), str(welcome["agent"]["name"]))
    except (OSError, TimeoutError, WebSocketException, ValidationError) as error:
        raise Unavailable(f"The gateway at {url} does not answer.") from error


def _ticket(url: str, widget: str, cookie: str) -> str:
    asked = urllib.request.Request(  # noqa: S310 - the scheme is ours
        f"{url}/v1/widget/tickets",
        data=json.dumps({"widget": widget}).encode(),
        headers={"Content-Type": "application/json", "Origin": url} | ({"Cookie": cookie} if cookie else {}),
    )
    try:
        with urllib.request.urlopen(asked, timeout=OPEN_S) as answer:  # noqa: S310
            return str(json.load(answer)["ticket"])
    except urllib.error.HTTPError as error:
        kind = Unknown if error.code == Unknown.status else Denied
        raise kind(_title(error.read(), "The box gave no ticket for a chat.")) from None
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(f"The gateway at {url} does not answer.") from error


def _title(problem: bytes, otherwise: str) -> str:
    """The title of RFC 9457 problem details."""
    try:
        return str(json.loads(problem)["title"])
    except (ValueError, KeyError, TypeError):
        return otherwise
