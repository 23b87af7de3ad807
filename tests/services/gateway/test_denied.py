"""Without credentials every route says no, but for those named here."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from litestar import Litestar
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from services.gateway.app import ROUTES
from tests.services.gateway.conftest import Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("GET", "/setup"),
    ("GET", "/invitation"),
    ("GET", "/demo"),
    ("GET", "/widget.js"),
    ("GET", "/assets/{name}"),
    ("POST", "/v1/session"),
    ("POST", "/v1/setup"),
    ("POST", "/v1/invitation"),
    ("POST", "/v1/invitation/password"),
    ("POST", "/v1/widget/tickets"),
    ("GET", "/v1/widget/config/{key}"),
    ("WEBSOCKET", "/v1/chat"),
}
"""What anybody may ask. The WebSocket wants an Origin of ours or of a widget's, and a ticket."""


def table() -> set[tuple[str, str]]:
    """Every route there is, as Litestar itself knows them."""
    found: set[tuple[str, str]] = set()
    for route in Litestar(route_handlers=list(ROUTES), openapi_config=None).routes:
        path = re.sub(r":str}", "}", route.path)
        if route.scope_type.value == "websocket":
            found.add(("WEBSOCKET", path))
        else:
            found |= {(method, path) for method in route.methods if method != "OPTIONS"}  # type: ignore[attr-defined]
    return found | {("GET", "/schema"), ("GET", "/schema/openapi.json")}


def filled(path: str) -> str:
    return re.sub(r"{[a-z_]+}", "mfzwizltoqxgg33o", path)


async def test_the_list_names_what_there_is() -> None:
    assert table() >= OPEN


@pytest.mark.parametrize("key", [None, "b2t_mfzwizltoqxgg33o_" + "x" * 43, "nonsense"])
async def test_every_route_is_denied_without_credentials(shared: Shared, key: str | None) -> None:
    async with shared.box.client(key) as client:
        for method, path in sorted(table() - OPEN):
            if method == "WEBSOCKET":
                headers = {} if key is None else {"authorization": f"Bearer {key}"}
                url = f"ws://127.0.0.1:{shared.box.port}{filled(path)}"
                with pytest.raises(InvalidStatus) as caught:
                    await connect(url, origin=shared.box.url, additional_headers=headers)  # type: ignore[arg-type]
                status = caught.value.response.status_code
                body = caught.value.response.headers["content-type"]
            else:
                answer = await client.request(method, filled(path), json={} if method == "POST" else None)
                status, body = answer.status_code, answer.headers["content-type"]
            assert status in (401, 429), (method, path, status)
            assert body == "application/problem+json"


async def test_a_key_without_the_right_is_denied(shared: Shared) -> None:
    from appliance.access.rights import Right

    wants = {
        "/v1/conversations": Right.READ_CONVERSATIONS,
        "/v1/conversations/x": Right.READ_CONVERSATIONS,
        "/v1/conversations/x/turns/1/why": Right.READ_CONVERSATIONS,
        "/v1/agents": Right.READ_AGENTS,
        "/v1/insights/summary": Right.READ_INSIGHTS,
        "/metrics": Right.READ_METRICS,
        "/v1/api-keys": Right.MANAGE_KEYS,
        "/v1/accounts": Right.MANAGE_ACCOUNTS,
    }
    for path, right in wants.items():
        others = [other for other in Right if other is not right]
        async with shared.box.client(await shared.box.key(*others)) as client:
            assert (await client.get(path)).status_code == 403, path
        async with shared.box.client(await shared.box.key(right)) as client:
            assert (await client.get(path)).status_code in (200, 404), path


async def test_a_route_that_says_nothing_is_denied() -> None:
    from unittest.mock import Mock

    from appliance.access.rights import Principal, Right
    from appliance.errors import Denied
    from services.gateway.authentication import deny_by_default

    principal = Principal("account", "a", "a", frozenset(Right))
    connection: Any = Mock(scope={"type": "http", "state": {}, "user": principal})
    for opt in ({}, {"right": None}, {"right": "keys.manage"}, {"public": "yes"}, {"right": ()}):
        with pytest.raises(Denied):
            await deny_by_default(connection, Mock(opt=opt))


async def test_who_is_refused_is_in_the_audit_log_and_cannot_fill_it(shared: Shared) -> None:
    from appliance.access.rights import Right

    key = await shared.box.key(Right.READ_AGENTS)
    account = f"api_key:{key.split('_')[1]}"
    async with shared.box.client(key) as client:
        for _ in range(40):
            assert (await client.get("/v1/api-keys")).status_code == 403
    async with asyncio.timeout(10):
        while not (found := [one for one in await told(shared) if one.get("account") == account]):
            await asyncio.sleep(0.05)
    one = found[0]
    assert (one["action"], one["right"], one["result"]) == ("access_denied", "keys.manage", "refused")
    assert one["source"]
    async with shared.box.client("nonsense") as client:
        await client.get("/v1/agents")
    async with asyncio.timeout(10):
        while not [one for one in await told(shared) if one["action"] == "sign_in_failed"]:
            await asyncio.sleep(0.05)
    denied = [one for one in await told(shared) if one.get("account") == account]
    assert 1 <= len(denied) < 40


async def told(shared: Shared) -> list[dict[str, Any]]:
    return [json.loads(data) async for _, data in shared.units.bus.read("AUDIT", "b2t.audit.gateway")]
