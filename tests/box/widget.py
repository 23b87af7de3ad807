"""A chat client that does what the widget does: one message at a time until it is accepted, back after every break."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from appliance.privacy.capture import CAPTURE_KEY, encrypt_capture
from tests.box.conftest import Box

AGAIN_S = 0.1
ACCEPT_S = 12.0
"""As in the widget: no answer to a message for so long, and the line is given up."""
WAIT_S = 45.0
Frame = dict[str, Any]


@dataclass
class Shown:
    """A reply as it is on the page."""

    sequence: int
    text: str | None = None
    secure: Frame | None = None


class Widget:
    """`async with Widget(box) as widget`: it opens a conversation and shows what comes."""

    def __init__(self, box: Box, resume: str | None = None) -> None:
        self.box = box
        self.resume = resume
        self.conversation = ""
        self.replies: dict[str, Shown] = {}
        """By id, in the order in which they appeared."""
        self.said: dict[str, str] = {}
        """Own messages that the gateway has shown, by id."""
        self.accepted: list[str] = []
        self.sent: list[str] = []
        """Ids of everything written, in order."""
        self.problems: list[Frame] = []
        self.ended: str | None = None
        self.connections = 0
        self.breaks = 0
        """How often the line is to break right after a message has gone out."""
        self._seen = 0
        self._waiting: list[Frame] = []
        self._answered_captures: set[str] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="widget")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    # ---- what the person does ----------------------------------------------------------------------------------------

    def say(self, text: str, id: str | None = None) -> str:
        """Write a message; its id. With an `id`, send that one again, or the one another tab sends."""
        return self._send("say", id, text=text)

    async def ask(self, text: str, pattern: str) -> str:
        """Say it, and wait for a reply that matches."""
        shown = len(self.replies)
        self.say(text)
        return await self.hears(pattern, shown)

    async def enter(self, digits: str, pattern: str) -> str:
        """Answer the secure field, as often as it is shown again, until a reply matches."""
        shown = len(self.replies)
        while True:
            await self.until(lambda: self.field is not None or self._matching(pattern, shown) is not None)
            found = self._matching(pattern, shown)
            if found is not None:
                return found
            assert self.field is not None
            capture, key = self.field["capture"], CAPTURE_KEY.validate_python(self.field["public_key"])
            self._answered_captures.add(capture)
            self._send("capture", capture=capture, box=encrypt_capture(key, self.conversation, capture, digits))

    async def hears(self, pattern: str, since: int = 0) -> str:
        """Wait for a whole reply that matches, not counting the first `since`."""
        await self.until(lambda: self._matching(pattern, since) is not None)
        return self._matching(pattern, since) or ""

    async def until(self, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain; shown: {self.texts}, problems: {self.problems}") from None
        assert self._task is not None
        if self._task.done():
            self._task.result()

    @property
    def texts(self) -> list[str | None]:
        return [reply.text for reply in self.replies.values()]

    @property
    def field(self) -> Frame | None:
        """The secure field that waits for digits."""
        last = next(reversed(self.replies.values()), None)
        secure = last.secure if last is not None else None
        return secure if secure is not None and secure["capture"] not in self._answered_captures else None

    @property
    def idle(self) -> bool:
        """Everything written is accepted."""
        return not self._waiting

    # ---- the protocol ------------------------------------------------------------------------------------------------

    def _send(self, type: str, id: str | None = None, **fields: Any) -> str:
        id = id or str(uuid.uuid4())
        self._waiting.append({"type": type, "id": id, **fields})
        if id not in self.sent:
            self.sent.append(id)
        self._changed.set()
        return id

    def _matching(self, pattern: str, since: int) -> str | None:
        texts = self.texts[since:]
        return next((text for text in texts if text is not None and re.search(pattern, text)), None)

    async def _run(self) -> None:
        refused = (OSError, EOFError, httpx.HTTPError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError)
        while self.ended is None:
            with contextlib.suppress(*refused):
                await self._connection()
            await asyncio.sleep(AGAIN_S)

    async def _connection(self) -> None:
        async with httpx.AsyncClient(base_url=self.box.url, timeout=8) as http:
            asked = {"widget": "demo", "resume": self.resume}
            answer = await http.post("/v1/widget/tickets", json=asked, headers={"Origin": self.box.url})
            answer.raise_for_status()
        url = f"ws://127.0.0.1:{self.box.gateway_port}/v1/chat"
        async with connect(url, origin=self.box.url, open_timeout=5, close_timeout=1) as socket:  # type: ignore[arg-type]
            self.connections += 1
            unfinished = [reply.sequence for reply in self.replies.values() if reply.text is None]
            after = max(0, min([self._seen, *unfinished]) - 1)
            await socket.send(json.dumps({"type": "hello", "ticket": answer.json()["ticket"], "after": after}))
            async with asyncio.timeout(10):
                while (frame := json.loads(await socket.recv()))["type"] != "welcome":
                    self.problems.append(frame)
            assert self.conversation in ("", frame["conversation"])
            self.resume, self.conversation = frame["resume"], frame["conversation"]
            await self._talk(socket)

    async def _talk(self, socket: ClientConnection) -> None:
        sent, since = "", 0.0
        reading = asyncio.create_task(self._read(socket), name="read frames")
        try:
            while not reading.done():
                now = asyncio.get_running_loop().time()
                if self._waiting and self._waiting[0]["id"] != sent:
                    sent, since = self._waiting[0]["id"], now
                    await socket.send(json.dumps(self._waiting[0]))
                    if self.breaks:
                        self.breaks -= 1
                        socket.transport.abort()
                        return
                elif self._waiting and now - since > ACCEPT_S:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(reading), 0.02)
            reading.result()
        finally:
            reading.cancel()

    async def _read(self, socket: ClientConnection) -> None:
        while self.ended is None:
            self._take(json.loads(await socket.recv()))
            self._changed.set()

    def _take(self, frame: Frame) -> None:
        sequence = frame.get("sequence", 0)
        self._seen = max(self._seen, sequence)
        match frame["type"]:
            case "accepted":
                self._answered(frame["id"])
            case "said":
                assert self.said.get(frame["id"], frame["text"]) == frame["text"]
                self.said[frame["id"]] = frame["text"]
                self._answered(frame["id"])
            case "reply_started":
                self.replies.setdefault(frame["reply"], Shown(sequence))
            case "reply_finished":
                shown = self.replies.setdefault(frame["reply"], Shown(sequence))
                assert shown.text in (None, frame["text"])
                shown.text, shown.secure = frame["text"], frame["secure"]
            case "ended":
                self.ended = frame["reason"]
            case "problem":
                self.problems.append(frame)
                if "id" in frame and not frame["retryable"]:
                    self._waiting = [one for one in self._waiting if one["id"] != frame["id"]]
                elif "id" in frame:  # the person presses "try again"
                    raise EOFError

    def _answered(self, id: str) -> None:
        if any(one["id"] == id for one in self._waiting):
            self.accepted.append(id)
            self._waiting = [one for one in self._waiting if one["id"] != id]
