"""Every error is a problem (RFC 9457) that repeats nothing of what was sent; every answer has its headers."""

from __future__ import annotations

import asyncio
import json
import socket

import httpx
import pytest

from tests.services.gateway.conftest import Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = "4111-secret-1111"


def check(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert set(problem) <= {"type", "title", "status", "code", "retryable", "instance", "errors"}
    assert problem["status"] == status
    assert problem["instance"] == f"urn:b2t:request:{answer.headers['x-request-id']}"
    assert SECRET not in answer.text
    assert SECRET not in str(answer.headers)
    return problem


async def test_every_kind_of_error(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        check(await client.get(f"/nothing/{SECRET}"), 404)
        check(await client.get(f"/assets/{SECRET}"), 404)
        wrong = await client.put("/v1/session")
        check(wrong, 405)
        assert set(wrong.headers["allow"].split(", ")) >= {"GET", "POST", "DELETE"}
        check(await client.post("/v1/conversations", content=b"{" + SECRET.encode()), 400)
        for body in (b'{"agent": "\xff\xfe"}', b'{"agent": "\xed\xa0\x80"}', b"[" * 50_000):
            check(await client.post("/v1/conversations", content=body), 400)
        check(await client.post("/v1/conversations", content=b"x" * 70_000), 413)
        check(await client.get(f"/v1/conversations?limit={SECRET}"), 400)
        check(await client.get("/v1/conversations?limit=0"), 400)
        check(await client.get(f"/v1/conversations/{SECRET}%20x"), 400)
        check(await client.get("/v1/conversations/unknown"), 404)
        check(await client.get("/v1/agents/unknown"), 404)
        check(await client.post("/v1/conversations", json={"agent": "unknown"}), 404)
        check(await client.get("/v1/agents", headers={"authorization": f"Bearer {SECRET}"}), 401)
        check(await client.get("/" + "x" * 5000), 414)
        check(await client.get("/v1/agents", headers={"host": "evil.example"}), 421)


async def test_what_is_wrong_is_named_but_not_repeated(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        problem = check(await client.post("/v1/conversations", json={"agent": f"{SECRET} !", SECRET: 1}), 400)
        errors = problem["errors"]
        assert {"where": "agent", "what": "has a wrong form"} in errors  # type: ignore[operator]
        problem = check(await client.post("/v1/conversations", json={}), 400)
        assert problem["errors"] == [{"where": "agent", "what": "is missing"}]
        problem = check(await client.post("/v1/conversations/x/messages", json={"id": SECRET, "text": ""}), 400)
        assert {error["where"] for error in problem["errors"]} == {"id", "text"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"\x16\x03\x01 hello\r\n\r\n", b"400", "invalid"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: 1\r\n\r\n", b"400", "invalid"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"431", "headers-too-large"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 60_000, b"400", "invalid"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2_000 + b"Host: localhost\r\n\r\n", b"431", "headers-too-large"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400", "invalid"),
    ],
)
async def test_a_head_that_is_no_http_or_too_large(shared: Shared, head: bytes, status: bytes, code: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.box.port)
    writer.write(head)
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"application/problem+json" in answer
    assert json.loads(answer.rpartition(b"\r\n\r\n")[2])["code"] == code


async def test_who_never_ends_its_head_is_dropped(shared: Shared) -> None:
    raw = socket.create_connection(("127.0.0.1", shared.box.port))
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(raw, b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(15):
        try:
            assert await loop.sock_recv(raw, 10) == b""
        except ConnectionResetError:
            pass
    raw.close()


async def test_every_answer_is_protected(shared: Shared) -> None:
    async with shared.box.client(shared.key) as client:
        for path in ("/healthz", "/v1/agents", "/nothing", "/", "/widget.js"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert len(headers["x-request-id"]) == 26
            assert "server" not in headers
        assert (await client.get("/v1/agents")).headers["cache-control"] == "no-store"
