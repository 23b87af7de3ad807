"""Canaries of every kind through the API, and wrong requests with one at each place there is."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from tests.box.canaries import KNOWN_MISSES, Canary, canaries
from tests.box.planting import Plants
from tests.privacy.sweep import SHORT

WAIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What was stored of a canary's sentence."""

    canary: Canary
    conversation: str
    redacted: str


def known_by_now(plants: Plants) -> list[Canary]:
    """One of each kind that the detector does not miss, kept among the plants."""
    missed = {miss.kind for miss in KNOWN_MISSES}
    made = [canary for canary in canaries(plants.chance) if canary.kind not in missed]
    for canary in made:
        where = plants.forbidden if canary.secret else plants.personal
        for at, trace in enumerate(
            trace for trace in dict.fromkeys(canary.traces) if sum(map(str.isalnum, trace)) > SHORT
        ):
            where[f"said: {canary.kind} {at}"] = trace
    return made


def say_all(client: httpx.Client, said: Sequence[Canary]) -> list[Taken]:
    """Each in a conversation of its own, which none of the others can have ended; waits until all are written."""
    conversations = {}
    for canary in said:
        locale = "de-DE" if canary.language == "de" else "en-US"
        started = _post(client, "/v1/conversations", {"agent": "banking", "locale": locale})
        conversations[conversation := started.json()["conversation"]] = canary
        message = {"id": str(uuid.uuid4()), "text": canary.sentence}
        _post(client, f"/v1/conversations/{conversation}/messages", message)
    return [Taken(canary, id, _line(client, id)) for id, canary in conversations.items()]


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
    """A sender that is told to wait waits, and one that may try again does."""
    until = time.monotonic() + WAIT_S
    while True:
        answer = client.post(path, json=body)
        if answer.is_success:
            return answer
        assert answer.status_code in (429, 503), (path, answer.status_code, answer.text)
        assert time.monotonic() < until, (path, answer.text)
        time.sleep(min(float(answer.headers.get("Retry-After", 0.5)), 2.0))


def _line(client: httpx.Client, conversation: str) -> str:
    """What was said in it, redacted, as soon as that is written."""
    until = time.monotonic() + WAIT_S
    while True:
        lines = client.get(f"/v1/conversations/{conversation}").json()["lines"]
        for line in lines:
            if line["kind"] == "said":
                return str(line["text"])
        assert time.monotonic() < until, conversation
        time.sleep(0.2)


def more_wrong_requests(plants: Plants, client: httpx.Client) -> Iterator[tuple[str, httpx.Request]]:
    """Headers, content types, encodings, bodies of every route that takes one, each with secrets in it."""

    def ask(label: str, method: str, path: str, **more: Any) -> tuple[str, httpx.Request]:
        return label, client.build_request(method, path, **more)

    def card(label: str) -> str:
        return plants.error(f"also {label}")

    def mail(label: str) -> str:
        return plants.error_mail(f"also {label}")

    for header in ("User-Agent", "Referer", "X-Forwarded-For", "X-Request-Id", "Traceparent", "Accept",
                   "Accept-Language", "If-None-Match", "Range", "Forwarded", "Sec-WebSocket-Protocol"):  # fmt: skip
        yield ask(f"header {header}", "GET", "/v1/nothing", headers={header: card(f"header {header}")})
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
                 "application/msgpack", "application/json; charset=utf-16"):  # fmt: skip
        body = f'{{"agent": "{mail(f"body as {kind}")}", "x": {card(f"card as {kind}")}}}'.encode()
        yield ask(f"body as {kind}", "POST", "/v1/conversations", content=body, headers={"Content-Type": kind})
    text = card("twice encoded")
    yield ask("percent", "GET", f"/v1/nothing?x={quote(quote(mail('percent')))}%3D{text}")
    yield ask("base64 query", "GET", f"/v1/nothing?x={base64.b64encode(card('base64 query').encode()).decode()}")
    yield ask("encoded body", "POST", "/v1/conversations", content=card("encoded body").encode(),
              headers={"Content-Encoding": "gzip"})  # fmt: skip
    yield ask("deep body", "POST", "/v1/conversations", content=(b"[" * 500) + card("deep body").encode())
    yield ask("utf-16 body", "POST", "/v1/conversations", content=card("utf-16 body").encode("utf-16"))
    nobody = uuid.uuid4().hex[:26]
    for label, path in (
        ("publish", "/v1/agents/banking/versions"), ("deploy", "/v1/deployments"),
        ("rollback", "/v1/deployments/rollback"), ("api key", "/v1/api-keys"), ("session", "/v1/session"),
        ("setup", "/v1/setup"), ("ticket", "/v1/widget/tickets"), ("message", f"/v1/conversations/{nobody}/messages"),
        ("unredaction", f"/v1/conversations/{nobody}/unredactions"),
        ("break-glass", f"/v1/conversations/{nobody}/break-glass"),
        ("invite", "/v1/accounts"), ("invitation", "/v1/invitation/password"), ("password", "/v1/session/password"),
    ):  # fmt: skip
        value = {"files": {card(f"{label} file"): card(f"{label} content")}, "agent": card(f"{label} agent"),
                 "version": card(f"{label} version"), "reason": mail(f"{label} reason"), "id": card(f"{label} id"),
                 "text": mail(f"{label} text"), card(f"{label} name"): card(f"{label} value")}  # fmt: skip
        yield ask(f"{label} of everything", "POST", path, json=value)
        cut = json.dumps({"text": card(f"{label} cut off")})[:-1].encode()
        yield ask(f"{label} cut off", "POST", path, content=cut, headers={"Content-Type": "application/json"})
    yield ask("publish no agent", "POST", "/v1/agents/banking/versions",
              json={"files": {"agent.yaml": f"name: {card('yaml name')}\ntexts: [{mail('yaml text')}"}})  # fmt: skip
    for path in ("conversations/{}/recordings", "conversations/{}/recordings/x", "conversations/{}/turns/1/why",
                 "conversations/{}/events", "agents/{}/versions", "widget/config/{}",
                 "conversations/x/unredactions/{}"):  # fmt: skip
        yield ask(f"get {path}", "GET", f"/v1/{path.format(card(f'in {path}'))}")
    yield ask("delete key", "DELETE", f"/v1/api-keys/{card('deleted key')}")
