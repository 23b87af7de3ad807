"""The outermost layer of every request: its id, the Host check, limits on its body's pace, security headers, counts.

Plain ASGI around Litestar, so that it holds for errors, static files and WebSockets alike.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import structlog
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from appliance.access.origins import Origins
from appliance.access.tokens import new_id
from services.gateway.problems import MEDIA_TYPE, encode, make

log = structlog.get_logger(__name__)

BODY_S: Final = 20.0
MAX_TARGET: Final = 4096
MAX_HEADERS: Final = 16 * 1024
"""Bytes, each header counting 32 more."""
CORS_PREFIX: Final = "/v1/widget/"
"""The only routes that pages of other sites may ask."""
REQUESTS = Counter("b2t_gateway_requests", "HTTP requests answered.", ("method", "status"))
SECONDS = Histogram(
    "b2t_gateway_request_seconds",
    "Time to the head of the answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

ROUTER_REASONS: Final = {"Not Found": 404, "Method Not Allowed": 405}
"""How Litestar's router closes a socket that no route is for: the status is in its words alone."""

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", API_POLICY.encode()),
)
"""On every answer, unless the route set that header itself."""
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


class Edge:
    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = new_id()
        scope["b2t_request_id"] = request_id  # type: ignore[typeddict-unknown-key]
        is_socket = str(scope["type"]) == "websocket"
        structlog.contextvars.bind_contextvars(request=request_id)
        answer = _Answer(scope, send, request_id, self._embedder(scope), https=self._origins.is_https)
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        if not self._origins.serves(host):
            await answer.refuse(421)
            return
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET:
            await answer.refuse(414)
            return
        if sum(len(name) + len(value) + 32 for name, value in scope["headers"]) > MAX_HEADERS:
            await answer.refuse(431)
            return
        if str(scope.get("method")) == "OPTIONS" and scope["path"].startswith(CORS_PREFIX):
            await answer.preflight()
            return
        await self._app(scope, receive if is_socket else _paced(receive), answer.send)

    def _embedder(self, scope: Scope) -> bytes:
        """The Origin of a page that may embed a widget and asks for one; empty for every other request."""
        if not scope["path"].startswith(CORS_PREFIX):
            return b""
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        return origin if self._origins.embeds_any(origin.decode("latin-1")) else b""


def _paced(receive: Receive) -> Receive:
    """A body that trickles in is given up. Once it is complete, waiting for the client to leave may take long."""
    deadline = time.monotonic() + BODY_S
    complete = False

    async def paced() -> Any:
        nonlocal complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return paced


class _Answer:
    """Adds headers to an answer; turns a WebSocket's refusal before its handshake into a problem."""

    def __init__(self, scope: Scope, send: Send, request_id: str, embedder: bytes, *, https: bool) -> None:
        self._scope = scope
        self._embedder = embedder
        self._send: Any = send
        self._request_id = request_id
        self._https = https
        self._began = time.perf_counter()
        self._accepted = False

    async def send(self, message: Any) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            problem = self._readable() if message["status"] >= 400 else []
            message["headers"] = self._headers([*message.get("headers", []), *problem])
            self._count(message["status"])
        elif kind == "websocket.accept":
            self._accepted = True
        elif kind == "websocket.close" and not self._accepted:
            code, reason = int(message.get("code", 4403)), str(message.get("reason", ""))
            await self.refuse(ROUTER_REASONS.get(reason, code - 4000) if 4400 <= code < 4600 else 403)
            return
        await self._send(message)

    async def refuse(self, status: int) -> None:
        body = encode(make(status, self._request_id))
        kept = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        headers = self._headers([*kept, *self._readable()])
        self._count(status)
        kind = "websocket.http.response" if str(self._scope["type"]) == "websocket" else "http.response"
        start: Any = {"type": f"{kind}.start", "status": status, "headers": headers}
        rest: Any = {"type": f"{kind}.body", "body": body, "more_body": False}
        await self._send(start)
        await self._send(rest)

    def _readable(self) -> list[tuple[bytes, bytes]]:
        """An embedding page must be able to read why its widget is refused, or it tries again for ever."""
        if not self._embedder:
            return []
        return [
            (b"access-control-allow-origin", self._embedder),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"vary", b"Origin"),
        ]

    async def preflight(self) -> None:
        """A browser asks before it sends another site's request; which widget it is about is not known yet."""
        headers = [(b"vary", b"Origin")]
        if self._embedder:
            headers += [
                (b"access-control-allow-origin", self._embedder),
                (b"access-control-allow-methods", b"GET, POST"),
                (b"access-control-allow-headers", b"content-type"),
                (b"access-control-max-age", b"600"),
            ]
        self._count(204)
        await self._send({"type": "http.response.start", "status": 204, "headers": self._headers(headers)})
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in given}
        more = [(name, value) for name, value in HEADERS if name not in names]
        if self._https:
            more.append(HSTS)
        return [*given, *more, (b"x-request-id", self._request_id.encode())]

    def _count(self, status: int) -> None:
        method = str(self._scope.get("method", "WEBSOCKET"))
        REQUESTS.labels(method if method in METHODS else "other", str(status)).inc()
        SECONDS.observe(time.perf_counter() - self._began)
