"""People and their accounts: invited, given roles, locked, reset and removed; each on record before it counts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from appliance.access.rights import ROLES, Role
from appliance.config import load_config
from services.gateway.setup_link import setup_link
from tests.services.gateway.conftest import PASSWORD, Box, Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW = "another battery staple 2"


async def told(shared: Shared) -> list[dict[str, Any]]:
    return [json.loads(data) async for _, data in shared.units.bus.read("AUDIT", "b2t.audit.gateway")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ready(shared: Shared) -> Shared:
    """With an administrator, and no limit on how often this machine asks in a minute."""
    link = setup_link(shared.box.paths, load_config(shared.box.paths)) or ""
    async with shared.box.client(origin=shared.box.url) as client:
        body = {"token": link.partition("#")[2], "name": "admin", "password": PASSWORD}
        assert (await client.post("/v1/setup", json=body)).status_code == 204
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def admin(ready: Shared) -> AsyncIterator[httpx.AsyncClient]:
    async with ready.box.client(origin=ready.box.url) as client:
        assert (await sign_in(client, "admin", PASSWORD)).status_code == 200
        yield client


async def patient(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """Signing in and accepting are limited by address: wait as one is told to."""
    while True:
        answer = await client.post(path, json=body)
        if answer.status_code != 429:
            return answer
        await asyncio.sleep(int(answer.headers["retry-after"]))


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await patient(client, "/v1/session", {"name": name, "password": password})


async def invite(admin: httpx.AsyncClient, name: str, role: str = "member") -> tuple[str, str]:
    """Id and token."""
    made = await admin.post("/v1/accounts", json={"name": name, "role": role})
    assert made.status_code == 201, made.text
    return made.json()["account"]["id"], made.json()["link"].partition("#")[2]


async def joined(box: Box, admin: httpx.AsyncClient, name: str, role: str = "member") -> tuple[str, httpx.AsyncClient]:
    """Somebody who has accepted and signed in."""
    id, token = await invite(admin, name, role)
    client = box.client(origin=box.url)
    accepted = await patient(client, "/v1/invitation/password", {"token": token, "password": NEW})
    assert (accepted.status_code, accepted.json()) == (200, {"name": name, "role": role})
    assert (await sign_in(client, name, NEW)).status_code == 200
    return id, client


async def test_an_invited_person_sets_their_own_password_with_a_link_that_works_once(
    ready: Shared, admin: httpx.AsyncClient
) -> None:
    made = await admin.post("/v1/accounts", json={"name": "Jordan", "role": "supervisor"})
    assert made.status_code == 201, made.text
    shown, link = made.json()["account"], made.json()["link"]
    assert (shown["name"], shown["state"], shown["yours"]) == ("jordan", "invited", False)
    assert re.fullmatch(rf"{ready.box.url}/invitation#[A-Za-z0-9_-]{{43}}", link)
    token = link.partition("#")[2]
    assert token.encode() not in (ready.box.folder / "gateway" / "records.db").read_bytes()
    async with ready.box.client(origin=ready.box.url) as person:
        assert (await sign_in(person, "jordan", "")).status_code == 400
        assert (await sign_in(person, "jordan", NEW)).status_code == 401
        looked = await patient(person, "/v1/invitation", {"token": token})
        assert looked.json() == {"name": "jordan", "role": "supervisor"}
        weak = await patient(person, "/v1/invitation/password", {"token": token, "password": "jordan 12345678"})
        assert weak.status_code == 400
        taken = await patient(person, "/v1/invitation/password", {"token": token, "password": NEW})
        assert taken.status_code == 200
        for path in ("/v1/invitation", "/v1/invitation/password"):
            again = await patient(person, path, {"token": token, **({"password": NEW} if "pass" in path else {})})
            assert (again.status_code, again.json()["code"]) == (403, "denied")
        signed_in = (await sign_in(person, "jordan", NEW)).json()
        assert signed_in["rights"] == sorted(ROLES[Role.SUPERVISOR])
    listed = (await admin.get("/v1/accounts")).json()
    row = next(row for row in listed["accounts"] if row["name"] == "jordan")
    assert (row["state"], row["invited_until"]) == ("active", None)
    assert row["signed_in_at"] is not None
    assert {one["role"] for one in listed["roles"]} == set(Role)
    entries = [entry for entry in await told(ready) if entry.get("account") == f"account:{shown['id']}"]
    assert [entry["action"] for entry in entries if entry["action"] != "sign_in_failed"] == [
        "account_created",
        "credential_changed",
        "signed_in",
    ]
    created = entries[0]
    assert created["role"] == "supervisor"
    assert created["by"].startswith("account:")
    assert created["source"]
    everything = json.dumps(await told(ready)) + ready.box.log
    for secret in (token, NEW, "jordan"):
        assert secret not in everything
