"""Setting up, signing in and out, sessions and their cookie, API keys; each told to the audit log."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from appliance.access.lockout import MAX_TRIES
from appliance.access.rights import Right
from services.gateway.setup_link import setup_link, setup_token_file
from tests.conftest import ROOT
from tests.services.gateway.conftest import PASSWORD, Box, Shared, place

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMIN = {"name": "admin", "role": "administrator", "rights": sorted(Right)}


async def audited(shared: Shared) -> list[dict[str, str]]:
    await asyncio.sleep(0.2)
    return [json.loads(data) async for _, data in shared.units.bus.read("AUDIT", "b2t.audit.*")]


def link_printed(box: Box) -> str:
    command = [sys.executable, "-m", "services.gateway", "setup-link", "--data-dir", str(box.folder)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    return made.stdout.strip()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ready(shared: Shared) -> Shared:
    """With an administrator."""
    with shared.box.nobody_yet():
        link = setup_link(shared.box.paths, _config(shared.box)) or ""
        body = {"token": link.partition("#")[2], "name": "admin", "password": PASSWORD}
        async with shared.box.client(origin=shared.box.url) as client:
            assert (await client.post("/v1/setup", json=body)).status_code == 204
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def signed_in(ready: Shared) -> AsyncIterator[httpx.AsyncClient]:
    async with ready.box.client(origin=ready.box.url) as client:
        await sign_in(client)
        yield client


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, name: str = "admin") -> httpx.Response:
    return await client.post("/v1/session", json={"name": name, "password": password})


def _config(box: Box):  # type: ignore[no-untyped-def]
    from appliance.config import load_config

    return load_config(box.paths)


async def test_the_setup_link_works_once_and_stays_the_same_until_then(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with place(tmp_path_factory.mktemp("setup")) as (box, units):
        box.configure()
        link = await asyncio.to_thread(link_printed, box)
        assert re.fullmatch(rf"http://127\.0\.0\.1:{box.port}/setup#[A-Za-z0-9_-]{{43}}", link)
        assert await asyncio.to_thread(link_printed, box) == link
        assert setup_token_file(box.paths).stat().st_mode & 0o777 == 0o600
        token = link.partition("#")[2]
        assert token.encode() not in (box.folder / "gateway" / "records.db").read_bytes()
        await box.start()
        async with box.client(origin=box.url) as client:
            for body in (
                {"token": "x" * 43, "password": PASSWORD},
                {"token": "", "password": PASSWORD},
            ):
                answer = await client.post("/v1/setup", json=body)
                assert answer.status_code in (400, 403)
            weak = await client.post("/v1/setup", json={"token": token, "password": "short1"})
            assert (weak.status_code, weak.json()["code"]) == (400, "invalid")
            assert "12 characters" in weak.json()["title"]
            assert (await client.post("/v1/setup", json={"token": token, "password": PASSWORD})).status_code == 204
            again = await client.post("/v1/setup", json={"token": token, "password": PASSWORD})
            assert again.status_code == 403
            assert (await sign_in(client)).status_code == 200
        assert not setup_token_file(box.paths).exists()
        assert await asyncio.to_thread(link_printed, box) == ""
        await asyncio.sleep(0.2)
        told = [json.loads(data)["action"] async for _, data in units.bus.read("AUDIT", "b2t.audit.*")]
        told = [action for action in told if not action.startswith("unit_")]
        assert told == ["setup_refused", "setup_completed", "setup_refused", "signed_in"]
        assert token not in box.log
        assert PASSWORD not in box.log


async def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(ready: Shared) -> None:
    async with ready.box.client(origin=ready.box.url) as client:
        answer = await sign_in(client)
        assert answer.json() == ADMIN
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert "Secure" not in cookie
        assert (await client.get("/v1/session")).json() == ADMIN
        token = client.cookies["b2t_session"]
        stored = (ready.box.folder / "gateway" / "records.db").read_bytes()
        assert token.encode() not in stored
        assert PASSWORD.encode() not in stored
        assert (await client.delete("/v1/session")).status_code == 204
        assert (await client.get("/v1/session", headers={"cookie": f"b2t_session={token}"})).status_code == 401
    actions = [entry["action"] for entry in await audited(ready)]
    assert "signed_in" in actions
    assert actions[-1] == "signed_out"


async def test_a_wrong_name_and_a_wrong_password_look_the_same(ready: Shared) -> None:
    async with ready.box.client(origin=ready.box.url) as client:
        wrong = await sign_in(client, "wrong password 1")
        unknown = await sign_in(client, "wrong password 1", name="nobody")
        good = await sign_in(client)
        assert good.status_code == 200
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "instance": ""} == {**unknown.json(), "instance": ""}
    failed = [entry for entry in await audited(ready) if entry["action"] == "sign_in_failed"]
    assert sorted("account" in entry for entry in failed[-2:]) == [False, True]
    assert "nobody" not in json.dumps(failed)


async def test_ten_wrong_passwords_lock_the_account(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with place(tmp_path_factory.mktemp("lock")) as (box, _):
        await box.start()
        link = setup_link(box.paths, _config(box)) or ""
        async with box.client(origin=box.url) as client:
            await client.post("/v1/setup", json={"token": link.partition("#")[2], "password": PASSWORD})
        headers = {"origin": box.url}
        statuses = []
        async with box.client(**headers) as client:
            while len(statuses) < MAX_TRIES:
                answer = await sign_in(client, "wrong password 1")
                if answer.status_code == 429:
                    assert int(answer.headers["retry-after"]) >= 1
                    await asyncio.sleep(int(answer.headers["retry-after"]))
                    continue
                statuses.append(answer.status_code)
        assert set(statuses) == {401}
        database = sqlite3.connect(box.folder / "gateway" / "records.db")
        failed, until = database.execute("SELECT failed_tries, locked_until FROM accounts").fetchone()
        assert failed == MAX_TRIES
        assert until > time.time() + 1700
        await box.stop()
        await box.start()  # the rate limit starts anew, the lock does not
        async with box.client(**headers) as client:
            assert (await sign_in(client)).status_code == 401
            database.execute("UPDATE accounts SET locked_until = 1")
            database.commit()
            assert (await sign_in(client)).status_code == 200
        database.close()


async def test_tries_are_limited_by_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with place(tmp_path_factory.mktemp("rate")) as (box, _):
        await box.start()
        async with box.client(origin=box.url) as client:
            answers = [await sign_in(client, "x", name="nobody") for _ in range(14)]
        assert {answer.status_code for answer in answers} == {401, 429}
        limited = answers[-1]
        assert limited.json()["code"] == "too-many"
        assert limited.json()["retryable"] is True


async def test_a_session_ends_when_idle(ready: Shared, signed_in: httpx.AsyncClient) -> None:
    database = sqlite3.connect(ready.box.folder / "gateway" / "records.db")
    assert (await signed_in.get("/v1/session")).status_code == 200
    database.execute("UPDATE sessions SET used_at = ?", (int(time.time()) - 899,))
    database.commit()
    assert (await signed_in.get("/v1/session")).status_code == 200
    database.execute("UPDATE sessions SET used_at = ?", (int(time.time()) - 901,))
    database.commit()
    assert (await signed_in.get("/v1/session")).status_code == 401
    database.close()


async def test_another_site_cannot_act_with_the_cookie(ready: Shared, signed_in: httpx.AsyncClient) -> None:
    cookie = {"cookie": f"b2t_session={signed_in.cookies['b2t_session']}"}
    body = {"name": "stolen", "rights": ["metrics.read"]}
    async with ready.box.client() as client:
        for origin in (None, "https://evil.example", "null", "https://intranet.example"):
            headers = cookie if origin is None else {**cookie, "origin": origin}
            answer = await client.post("/v1/api-keys", json=body, headers=headers)
            assert answer.status_code == 403, origin
        answer = await client.post("/v1/session", json=body, headers={"origin": "https://evil.example"})
        assert answer.status_code in (400, 403)
        signing = {"name": "admin", "password": PASSWORD}
        answer = await client.post("/v1/session", json=signing, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403


async def test_a_chat_of_somebody_signed_in_goes_on_for_them_alone(ready: Shared, signed_in: httpx.AsyncClient) -> None:
    from appliance import events as e

    ticket = (await signed_in.post("/v1/widget/tickets", json={"widget": "demo"})).json()["ticket"]
    chat = await ready.box.chat_with(ticket)
    start = next(s for s in ready.units.of(e.Start) if s.conversation == chat.welcome["conversation"])
    assert start.account
    resume = {"widget": "demo", "resume": chat.welcome["resume"]}
    assert (await signed_in.post("/v1/widget/tickets", json=resume)).status_code == 201
    async with ready.box.client(origin=ready.box.url) as nobody:
        answer = await nobody.post("/v1/widget/tickets", json=resume)
        assert (answer.status_code, answer.json()["code"]) == (403, "resume-refused")
    await chat.close()


async def test_signing_out_ends_the_chats_that_hang_on_it(ready: Shared) -> None:
    async with ready.box.client(origin=ready.box.url) as client:
        await sign_in(client)
        ticket = (await client.post("/v1/widget/tickets", json={"widget": "demo"})).json()["ticket"]
        chat = await ready.box.chat_with(ticket)
        await chat.next("reply_finished")
        other = await ready.box.chat()
        assert (await client.delete("/v1/session")).status_code == 204
        assert await chat.closed() == 4401
        await other.say("not signed in, not ended")
        assert (await other.next("accepted"))["type"] == "accepted"
        await other.close()


async def test_api_keys_are_shown_once_work_and_are_revoked(ready: Shared, signed_in: httpx.AsyncClient) -> None:
    made = await signed_in.post("/v1/api-keys", json={"name": "crm", "rights": ["agents.read"], "expires_in_days": 30})
    assert made.status_code == 201, made.text
    key, id = made.json()["key"], made.json()["id"]
    listed = (await signed_in.get("/v1/api-keys")).json()["keys"]
    row = next(row for row in listed if row["id"] == id)
    assert row["rights"] == ["agents.read"]
    assert row["expires_at"] is not None
    assert key.rpartition("_")[2] not in json.dumps(listed)
    assert key.split("_", 2)[2].encode() not in (ready.box.folder / "gateway" / "records.db").read_bytes()
    async with ready.box.client(key) as program:
        assert (await program.get("/v1/agents")).status_code == 200
        itself = {"name": "crm", "role": "api_key", "rights": ["agents.read"]}
        assert (await program.get("/v1/session")).json() == itself
        assert (await program.get("/v1/conversations")).status_code == 403
        assert (await program.post("/v1/api-keys", json={"name": "x", "rights": ["agents.read"]})).status_code == 403
        assert (await signed_in.delete(f"/v1/api-keys/{id}")).status_code == 204
        assert (await program.get("/v1/agents")).status_code == 401
    assert (await signed_in.delete(f"/v1/api-keys/{id}")).status_code == 404
    actions = [(entry["action"], entry.get("key")) for entry in await audited(ready)]
    assert ("api_key_created", id) in actions
    assert ("api_key_revoked", id) in actions


async def test_a_key_gives_no_more_than_its_giver_has(ready: Shared) -> None:
    from appliance.access.rights import Right

    async with ready.box.client(await ready.box.key(Right.MANAGE_KEYS)) as giver:
        answer = await giver.post("/v1/api-keys", json={"name": "x", "rights": ["conversations.read"]})
        assert answer.status_code == 403
        answer = await giver.post("/v1/api-keys", json={"name": "x", "rights": ["keys.manage"]})
        assert answer.status_code == 201


async def test_an_expired_key_is_no_key(ready: Shared) -> None:
    key = await ready.box.key()
    database = sqlite3.connect(ready.box.folder / "gateway" / "records.db")
    database.execute("UPDATE api_keys SET expires_at = 1000 WHERE id = ?", (key.split("_")[1],))
    database.commit()
    database.close()
    async with ready.box.client(key) as client:
        answer = await client.get("/v1/agents")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with place(tmp_path_factory.mktemp("https")) as (box, _):
        box.gateway_settings = 'public_url = "https://voice.bank.example"\n'
        await box.start()
        link = setup_link(box.paths, _config(box)) or ""
        assert link.startswith("https://voice.bank.example/setup#")
        headers = {"host": "voice.bank.example", "origin": "https://voice.bank.example"}
        async with box.client(**headers) as client:
            await client.post("/v1/setup", json={"token": link.partition("#")[2], "password": PASSWORD})
            answer = await sign_in(client)
            assert answer.status_code == 200, answer.text
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-b2t=")
            assert "Secure" in cookie
            assert "strict-transport-security" in answer.headers
            plain = {"origin": "http://voice.bank.example"}
            assert (
                await client.post("/v1/session", json={"name": "a", "password": "b"}, headers=plain)
            ).status_code == 403
