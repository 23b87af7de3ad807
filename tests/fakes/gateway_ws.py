"""A gateway for the pages' tests: the chat WebSocket and the HTTP the pages ask for, from a script instead of an agent.

Its counterpart is `services.gateway`. Like the real one it keeps what was accepted across a restart, resends whole
batches after a given sequence, and takes the same message id only once. It runs on a thread of its own, since the
browser that talks to it is driven by another.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.config.cors import CORSConfig
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath

from appliance.privacy.capture import CaptureKey

Frame = dict[str, Any]

WIDGET = "demo"
PHONE_NUMBER = "+1 555 0100"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri /violations"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}


@dataclass(slots=True)
class Batch:
    """What one step of the conversation says, all under one sequence."""

    sequence: int
    frames: list[Frame]


@dataclass(slots=True)
class Conversation:
    id: str
    resume: str
    batches: list[Batch] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    ended: str | None = None
    capture: str | None = None


@dataclass(slots=True)
class Script:
    """How the next things go wrong. Each count is used up."""

    lose_accepted: int = 0
    """The message is taken, but the line breaks before the answer."""
    lose_message: int = 0
    """The line breaks before the message is taken."""
    break_after_deltas: int | None = None
    """The line breaks in the middle of the next live reply."""
    break_after_said: int = 0
    """The line breaks between two frames of one batch."""
    refuse: list[Frame] = field(default_factory=list)
    """Problems that answer the next messages."""
    delta_pause: float = 0.01
    ignore_messages: int = 0
    """Taken by nobody, answered by nothing."""


def answer(text: str) -> tuple[str, bool, str | None]:
    """Reply, whether it asks for a PIN, and why the conversation ends with it."""
    words = text.lower()
    if "balance" in words:
        return "Please enter your PIN so that I can look up your balance.", True, None
    if "bye" in words:
        return "Thank you for writing to us. Goodbye.", False, "goodbye"
    return f"You wrote {len(text)} characters, and this is what I make of them: {text}", False, None


class FakeGateway:
    """Start it, point a browser at `url`, script what goes wrong, and look at what arrived."""

    def __init__(self, pages: Path, routes: list[Any] | None = None, origins: list[str] | None = None) -> None:
        self.pages = pages
        self.script = Script()
        self.messages: list[tuple[str, str]] = []
        self.attempts: list[str] = []
        self.digits: list[str] = []
        self.hellos: list[int] = []
        self.violations: list[str] = []
        self.conversations: dict[str, Conversation] = {}
        self.code_lifetime = 300
        self.phone_number: str | None = PHONE_NUMBER
        self._tickets: dict[str, str] = {}
        self._sequence = 100
        self._key = CaptureKey()
        self._lines: set[WebSocket[Any, Any, Any]] = set()
        self._news = asyncio.Condition()
        self._routes = routes or []
        self._origins = origins or []
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.port = 0

    # ---- its own life ----------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app(), log_level="warning", ws="websockets-sansio", timeout_graceful_shutdown=1, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="fake-gateway", daemon=True)
        self._thread.start()
        assert ready.wait(10), "the fake gateway did not start"

    def _run(self, ready: threading.Event) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._news = asyncio.Condition()
            server, sock = self._server, self._socket
            assert server is not None
            assert sock is not None
            serving = asyncio.create_task(server.serve(sockets=[sock]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.005)
            ready.set()
            await serving

        asyncio.run(serve())

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self.drop()
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._server = self._thread = None
        if self._socket is not None:
            self._socket.close()

    def drop(self) -> None:
        """Breaks every open line."""

        async def close() -> None:
            for line in list(self._lines):
                self._lines.discard(line)
                await line.close(code=1012)

        self._call(close())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def say(self, conversation: Conversation, text: str) -> None:
        """The agent speaks without having been asked."""
        self._call(self._append(conversation, [_reply(text)]))

    # ---- HTTP ------------------------------------------------------------------------------------------------------

    def _app(self) -> Litestar:
        cors = CORSConfig(allow_origins=self._origins, allow_methods=["POST", "GET"], allow_headers=["content-type"])
        pages = [
            self._page("/", "index.html"),
            self._page("/sign-in", "index.html"),
            self._page("/setup", "index.html"),
            self._page("/invitation", "index.html"),
        ]
        pages += [self._page("/demo", "demo.html"), self._page("/widget.js", "widget.js")]
        own = [self._assets(), self._tickets_route(), self._config(), self._violations(), self._chat()]
        return Litestar([*pages, *own, *self._routes], cors_config=cors, openapi_config=None)

    def _file(self, name: str) -> Response[bytes]:
        path = (self.pages / name).resolve()
        if not path.is_relative_to(self.pages.resolve()) or not path.is_file():
            return Response(b"", status_code=404, media_type="text/plain")
        headers = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}
        return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=headers)

    def _page(self, path: str, name: str) -> Any:
        @get(path, sync_to_thread=False, name=f"page {path}")
        def page() -> Response[bytes]:
            return self._file(name)

        return page

    def _assets(self) -> Any:
        @get("/assets/{name:str}", sync_to_thread=False)
        def asset(name: FromPath[str]) -> Response[bytes]:
            return self._file(f"assets/{name}")

        return asset

    def _violations(self) -> Any:
        @post("/violations", status_code=204)
        async def violation(request: Request[Any, Any, Any]) -> None:
            self.violations.append((await request.body()).decode())

        return violation

    def _tickets_route(self) -> Any:
        @post("/v1/widget/tickets", status_code=201)
        async def ticket(request: Request[Any, Any, Any]) -> Response[Frame]:
            asked = json.loads(await request.body())
            if asked["widget"] != WIDGET:
                title = "No widget of that key"
                problem = {"type": "about:blank", "status": 404, "title": title, "code": "unknown_widget"}
                return Response(problem, status_code=404, media_type="application/problem+json")
            resume = asked["resume"]
            known = next((c for c in self.conversations.values() if c.resume == resume), None)
            if known is None:
                known = Conversation(secrets.token_hex(8), secrets.token_hex(16))
                self.conversations[known.id] = known
                greeting = _reply("Hello, this is the Banking assistant. How can I help you?")
                await self._append(known, [greeting])
            given = secrets.token_urlsafe(16)
            self._tickets[given] = known.id
            return Response({"ticket": given, "expires_in": 60}, status_code=201)

        return ticket

    def _config(self) -> Any:
        @get("/v1/widget/config/{key:str}", sync_to_thread=False)
        def config(key: FromPath[str]) -> Response[Frame]:
            return Response({"widget": key, "agent": {"name": "Banking"}, "phone_number": self.phone_number})

        return config

    # ---- the chat --------------------------------------------------------------------------------------------------

    def _chat(self) -> Any:
        @websocket("/v1/chat")
        async def chat(socket: WebSocket[Any, Any, Any]) -> None:
            await socket.accept()
            self._lines.add(socket)
            try:
                await self._converse(socket)
            except (WebSocketDisconnect, RuntimeError):
                pass
            finally:
                self._lines.discard(socket)

        return chat

    async def _converse(self, line: WebSocket[Any, Any, Any]) -> None:
        hello = json.loads(await line.receive_text())
        assert hello["type"] == "hello", hello
        self.hellos.append(hello["after"])
        conversation = self.conversations.get(self._tickets.pop(hello["ticket"], ""))
        if conversation is None:
            problem = {"type": "problem", "code": "ticket_invalid", "title": "Ticket is not valid", "retryable": True}
            await line.send_json(problem)
            await line.close(code=4401)
            return
        agent = {"name": "Banking"}
        welcome = {"type": "welcome", "conversation": conversation.id, "resume": conversation.resume, "agent": agent}
        await line.send_json({**welcome, "phone_number": self.phone_number})
        follower = asyncio.create_task(self._follow(line, conversation, hello["after"]))
        try:
            while True:
                await self._take(line, conversation, json.loads(await line.receive_text()))
        finally:
            follower.cancel()

    async def _follow(self, line: WebSocket[Any, Any, Any], conversation: Conversation, after: int) -> None:
        newest = conversation.batches[-1].sequence if conversation.batches else 0
        while True:
            async with self._news:
                await self._news.wait_for(lambda after=after: any(b.sequence > after for b in conversation.batches))
            for batch in [b for b in conversation.batches if b.sequence > after]:
                for frame in batch.frames:
                    await self._show(line, {**frame, "sequence": batch.sequence}, live=batch.sequence > newest)
                after = batch.sequence

    async def _show(self, line: WebSocket[Any, Any, Any], frame: Frame, *, live: bool) -> None:
        if frame["type"] == "ended":
            await line.send_json({"type": "ended", "reason": frame["reason"]})
            return
        if frame["type"] == "reply_finished" and live:
            await self._stream(line, frame)
        await line.send_json(frame)
        if frame["type"] == "said" and live and self._used("break_after_said"):
            await self._break(line)

    async def _stream(self, line: WebSocket[Any, Any, Any], frame: Frame) -> None:
        await line.send_json({"type": "reply_started", "sequence": frame["sequence"], "reply": frame["reply"]})
        for count, word in enumerate(frame["text"].split(" ")):
            if count == self.script.break_after_deltas:
                self.script.break_after_deltas = None
                await self._break(line)
            await line.send_json({"type": "reply_delta", "reply": frame["reply"], "text": word + " "})
            await asyncio.sleep(self.script.delta_pause)

    async def _break(self, line: WebSocket[Any, Any, Any]) -> None:
        self._lines.discard(line)
        await line.close(code=1012)
        raise WebSocketDisconnect(detail="scripted", code=1012)

    def _used(self, name: str) -> bool:
        left: int = getattr(self.script, name)
        if left > 0:
            setattr(self.script, name, left - 1)
        return left > 0

    async def _take(self, line: WebSocket[Any, Any, Any], conversation: Conversation, frame: Frame) -> None:
        if frame["type"] == "say":
            self.attempts.append(frame["id"])
            if self._used("ignore_messages"):
                return
            if self._used("lose_message"):
                await self._break(line)
            if self.script.refuse:
                await line.send_json({"type": "problem", "id": frame["id"], **self.script.refuse.pop(0)})
                return
        take: dict[str, Callable[[Conversation, Frame], Coroutine[Any, Any, None]]] = {
            "say": self._say,
            "capture": self._capture,
        }
        if frame["type"] in take:
            if frame["id"] not in conversation.taken:
                conversation.taken.add(frame["id"])
                await take[frame["type"]](conversation, frame)
            if self._used("lose_accepted"):
                await self._break(line)
            await line.send_json({"type": "accepted", "id": frame["id"]})
        elif frame["type"] == "code":
            code = {"type": "code", "code": "482913", "expires_in": self.code_lifetime}
            await line.send_json({**code, "phone_number": self.phone_number})
        elif frame["type"] == "end":
            await self._append(conversation, [{"type": "ended", "reason": "closed"}])
        elif frame["type"] == "ping":
            await line.send_json({"type": "pong"})

    async def _say(self, conversation: Conversation, frame: Frame) -> None:
        self.messages.append((frame["id"], frame["text"]))
        text, secure, ended = answer(frame["text"])
        reply = _reply(text)
        if secure:
            conversation.capture = secrets.token_hex(8)
            reply["secure"] = {"capture": conversation.capture, "label": "pin", "min": 4, "max": 8}
            reply["secure"]["public_key"] = asdict(self._key.public)
        frames = [{"type": "said", "id": frame["id"], "text": frame["text"]}, reply]
        if ended is not None:
            frames.append({"type": "ended", "reason": ended})
        await self._append(conversation, frames)

    async def _capture(self, conversation: Conversation, frame: Frame) -> None:
        if frame.get("cancelled"):
            await self._append(conversation, [_reply("All right, we leave that. What else can I do for you?")])
            return
        self.digits.append(self._key.decrypt(conversation.id, frame["capture"], frame["box"]))
        await self._append(conversation, [_reply("Thank you. Your checking account holds $1,234.56.")])

    async def _append(self, conversation: Conversation, frames: list[Frame]) -> None:
        async with self._news:
            self._sequence += 3
            conversation.batches.append(Batch(self._sequence, frames))
            self._news.notify_all()


def _reply(text: str) -> Frame:
    return {"type": "reply_finished", "reply": secrets.token_hex(8), "text": text, "secure": None}
