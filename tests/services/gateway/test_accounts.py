"""People and their accounts over HTTP and the bus: invited, given roles, locked, reset, removed; each on record."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.typing import Origin

from appliance.access.rights import ROLES, Right, Role
from appliance.adapters.nats_server import make_seeds
from appliance.audit.events import canonical, read_event
from appliance.audit.review import LogResult, Reviewing
from appliance.cli.app import make
from appliance.cli.exit_codes import Exit
from appliance.config import load_config
from appliance.events import Start
from services.gateway.setup_link import setup_link
from tests.services.gateway.conftest import PASSWORD, Box, Shared

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEW = "another battery staple 2"
_places = itertools.count(2)


def person(box: Box) -> httpx.AsyncClient:
    """A browser at a place of its own: how often one may try to sign in is limited by place."""
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{next(_places)}")
    return httpx.AsyncClient(base_url=box.url, headers={"origin": box.url}, timeout=20, transport=transport)


async def raw_entries(shared: Shared) -> list[bytes]:
    return [data async for _, data in shared.units.bus.read("AUDIT", "b2t.audit.gateway")]


async def told(shared: Shared, account: str = "") -> list[dict[str, Any]]:
    """Of one account, or all."""
    entries = [json.loads(data) for data in await raw_entries(shared)]
    return [entry for entry in entries if not account or entry.get("account") == f"account:{account}"]


async def sign_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await client.post("/v1/session", json={"name": name, "password": password})


async def set_up(box: Box) -> None:
    with box.nobody_yet():
        link = setup_link(box.paths, load_config(box.paths)) or ""
        body = {"token": link.partition("#")[2], "name": "admin", "password": PASSWORD}
        async with person(box) as client:
            assert (await client.post("/v1/setup", json=body)).status_code == 204


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ready(shared: Shared) -> Shared:
    """With an administrator."""
    await set_up(shared.box)
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def admin(ready: Shared) -> AsyncIterator[httpx.AsyncClient]:
    async with person(ready.box) as client:
        assert (await sign_in(client, "admin", PASSWORD)).status_code == 200
        yield client


async def invite(admin: httpx.AsyncClient, name: str, role: str = "member") -> tuple[str, str]:
    """Id and token."""
    made = await admin.post("/v1/accounts", json={"name": name, "role": role})
    assert made.status_code == 201, made.text
    return made.json()["account"]["id"], made.json()["link"].partition("#")[2]


async def joined(box: Box, admin: httpx.AsyncClient, name: str, role: str = "member") -> tuple[str, httpx.AsyncClient]:
    """Somebody who has accepted and signed in."""
    id, token = await invite(admin, name, role)
    client = person(box)
    accepted = await client.post("/v1/invitation/password", json={"token": token, "password": NEW})
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
    async with person(ready.box) as client:
        assert (await sign_in(client, "jordan", "")).status_code == 400
        assert (await sign_in(client, "jordan", NEW)).status_code == 401
        looked = await client.post("/v1/invitation", json={"token": token})
        assert looked.json() == {"name": "jordan", "role": "supervisor"}
        weak = await client.post("/v1/invitation/password", json={"token": token, "password": "jordan 12345678"})
        assert weak.status_code == 400
        taken = await client.post("/v1/invitation/password", json={"token": token, "password": NEW})
        assert taken.status_code == 200
        again = await client.post("/v1/invitation/password", json={"token": token, "password": NEW})
        assert (again.status_code, again.json()["code"]) == (403, "denied")
        assert (await client.post("/v1/invitation", json={"token": token})).status_code == 403
        signed_in = (await sign_in(client, "jordan", NEW)).json()
        assert signed_in["rights"] == sorted(ROLES[Role.SUPERVISOR])
    listed = (await admin.get("/v1/accounts")).json()
    row = next(row for row in listed["accounts"] if row["name"] == "jordan")
    assert (row["state"], row["invited_until"]) == ("active", None)
    assert row["signed_in_at"] is not None
    assert {one["role"] for one in listed["roles"]} == set(Role)
    entries = await told(ready, shown["id"])
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


async def test_a_changed_role_holds_from_the_next_request_and_is_in_the_days_review(
    ready: Shared, admin: httpx.AsyncClient
) -> None:
    id, client = await joined(ready.box, admin, "kim")
    async with aclosing(client):
        assert (await client.get("/v1/conversations")).status_code == 403
        changed = await admin.post(f"/v1/accounts/{id}/role", json={"role": "supervisor"})
        assert (changed.status_code, changed.json()["role"]) == (200, "supervisor")
        assert (await client.get("/v1/conversations")).status_code == 200
        assert (await client.get("/v1/session")).json()["rights"] == sorted(ROLES[Role.SUPERVISOR])
        assert (await client.get("/v1/accounts")).status_code == 403
    reviewing = Reviewing("2026-11-30")
    for sequence, raw in enumerate(await raw_entries(ready), 1):
        event = read_event(raw, time.time_ns(), "gateway")
        assert event.action not in ("unreadable", "misattributed"), raw
        reviewing.take(json.loads(canonical(sequence, event)))
    found = reviewing.finish(LogResult(True, 1, 1, 0))
    asked = {(one.kind, one.what, one.of) for one in found.questions}
    who = f"account:{id}"
    assert ("privilege_changes", "role_changed", who) in asked
    assert ("privilege_changes", "account_created", who) in asked
    assert found.privilege_changes >= 3
    (entry,) = (one for one in await told(ready, id) if one["action"] == "role_changed")
    assert (entry["before"], entry["role"]) == ("member", "supervisor")


async def test_a_changed_role_and_a_lock_end_what_hangs_on_the_session(ready: Shared, admin: httpx.AsyncClient) -> None:
    id, client = await joined(ready.box, admin, "noor", "supervisor")
    chat = await ready.box.chat()
    conversation = chat.welcome["conversation"]

    async def follow() -> int:
        """How many lines came until the box closed the stream."""
        async with client.stream("GET", f"/v1/conversations/{conversation}/events") as answer:
            assert answer.status_code == 200
            following.set()
            return len([line async for line in answer.aiter_lines()])

    following = asyncio.Event()
    reading = asyncio.create_task(follow())
    async with aclosing(client), asyncio.timeout(20):
        await following.wait()
        assert (await admin.post(f"/v1/accounts/{id}/role", json={"role": "compliance"})).status_code == 200
        assert await reading > 0
        ticket = (await client.post("/v1/widget/tickets", json={"widget": "demo"})).json()["ticket"]
        own = await ready.box.chat_with(ticket)
        assert (await admin.post(f"/v1/accounts/{id}/lock")).json()["state"] == "locked"
        assert await own.closed() == 4401
        assert (await client.get("/v1/session")).status_code == 401
        assert (await sign_in(client, "noor", NEW)).status_code == 401
        assert (await admin.post(f"/v1/accounts/{id}/unlock")).json()["state"] == "active"
        assert (await sign_in(client, "noor", NEW)).status_code == 200
    await chat.close()


async def test_who_is_reset_or_removed_is_out_at_once(ready: Shared, admin: httpx.AsyncClient) -> None:
    id, client = await joined(ready.box, admin, "lee", "administrator")
    async with aclosing(client):
        key = (await client.post("/v1/api-keys", json={"name": "lee's", "rights": ["agents.read"]})).json()["key"]
        again = await admin.post(f"/v1/accounts/{id}/reset")
        assert (again.status_code, again.json()["account"]["state"]) == (200, "invited")
        assert (await client.get("/v1/session")).status_code == 401
        body = {"token": again.json()["link"].partition("#")[2], "password": PASSWORD}
        assert (await client.post("/v1/invitation/password", json=body)).status_code == 200
        assert (await sign_in(client, "lee", PASSWORD)).status_code == 200
        async with ready.box.client(key) as program:
            assert (await program.get("/v1/agents")).status_code == 200
            assert (await admin.delete(f"/v1/accounts/{id}")).status_code == 204
            assert (await program.get("/v1/agents")).status_code == 401
        assert (await client.get("/v1/session")).status_code == 401
    assert (await admin.delete(f"/v1/accounts/{id}")).status_code == 404
    removed = (await admin.get("/v1/accounts", params={"removed": "true"})).json()["removed"]
    assert (id, "lee", "administrator") in {(one["id"], one["name"], one["role"]) for one in removed}


async def test_nobody_locks_themselves_or_the_house_out(ready: Shared, admin: httpx.AsyncClient) -> None:
    listed = (await admin.get("/v1/accounts")).json()["accounts"]
    own = next(one["id"] for one in listed if one["yours"])
    attempts = (("role", {"role": "member"}), ("lock", None), ("reset", None), ("remove", None))
    async with ready.box.client(ready.key) as program:
        for client, code in ((admin, "own-account"), (program, "last-administrator")):
            for verb, body in attempts:
                if verb == "remove":
                    answer = await client.delete(f"/v1/accounts/{own}")
                else:
                    answer = await client.post(f"/v1/accounts/{own}/{verb}", json=body)
                problem = answer.json()
                assert (answer.status_code, problem["code"], problem["retryable"]) == (409, code, False), verb
    assert (await admin.get("/v1/session")).status_code == 200


async def test_who_manages_accounts_reaches_no_further_than_they_may_themselves(
    ready: Shared, admin: httpx.AsyncClient
) -> None:
    key = await ready.box.key(Right.MANAGE_ACCOUNTS, Right.TAKE_PART, Right.READ_AGENTS)
    listed = (await admin.get("/v1/accounts")).json()["accounts"]
    boss = next(one["id"] for one in listed if one["yours"])
    async with ready.box.client(key) as program:
        member = await program.post("/v1/accounts", json={"name": "max", "role": "member"})
        assert member.status_code == 201
        for path, body in (
            ("/v1/accounts", {"name": "eve", "role": "administrator"}),
            ("/v1/accounts", {"name": "eve", "role": "supervisor"}),
            (f"/v1/accounts/{member.json()['account']['id']}/role", {"role": "administrator"}),
            (f"/v1/accounts/{boss}/reset", None),
            (f"/v1/accounts/{boss}/lock", None),
        ):
            answer = await program.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "denied"), path
        assert (await program.delete(f"/v1/accounts/{boss}")).status_code == 403
    async with asyncio.timeout(10):
        while not [one for one in await told(ready) if one.get("account") == f"api_key:{key.split('_')[1]}"]:
            await asyncio.sleep(0.05)


async def test_changing_ones_own_password(ready: Shared, admin: httpx.AsyncClient) -> None:
    id, client = await joined(ready.box, admin, "pat")
    async with aclosing(client), person(ready.box) as elsewhere:
        assert (await sign_in(elsewhere, "pat", NEW)).status_code == 200
        path = "/v1/session/password"
        wrong = await client.post(path, json={"current": "not it at all 1", "new": PASSWORD})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-password")
        for weak in ("short1", NEW):
            assert (await client.post(path, json={"current": NEW, "new": weak})).status_code == 400
        assert (await client.post(path, json={"current": NEW, "new": PASSWORD})).status_code == 204
        assert (await client.get("/v1/session")).status_code == 200
        assert (await elsewhere.get("/v1/session")).status_code == 401
        assert (await sign_in(elsewhere, "pat", NEW)).status_code == 401
        assert (await sign_in(elsewhere, "pat", PASSWORD)).status_code == 200
    async with ready.box.client(ready.key) as program:
        assert (await program.post(path, json={"current": NEW, "new": PASSWORD})).status_code == 403
    entries = [entry for entry in await told(ready, id) if entry["action"] == "credential_changed"]
    assert [(entry["credential"], entry["by"]) for entry in entries] == [
        ("password/invited", f"account:{id}"),
        ("password", f"account:{id}"),
    ]
    assert PASSWORD not in ready.box.log


async def test_wrong_current_passwords_lock_as_wrong_sign_ins_do(ready: Shared, admin: httpx.AsyncClient) -> None:
    id, client = await joined(ready.box, admin, "remy")
    cookie = {"cookie": f"b2t_session={client.cookies['b2t_session']}"}
    await client.aclose()
    for _ in range(10):
        async with person(ready.box) as anywhere:
            body = {"current": "not it at all 1", "new": PASSWORD}
            assert (await anywhere.post("/v1/session/password", json=body, headers=cookie)).status_code == 403
    async with person(ready.box) as anywhere:
        assert (await sign_in(anywhere, "remy", NEW)).status_code == 401
        row = next(one for one in (await admin.get("/v1/accounts")).json()["accounts"] if one["id"] == id)
        assert row["tries_until"] is not None
        assert (await admin.post(f"/v1/accounts/{id}/unlock")).json()["tries_until"] is None
        assert (await sign_in(anywhere, "remy", NEW)).status_code == 200


async def test_the_operator_on_the_box_lets_a_locked_out_house_back_in(ready: Shared, admin: httpx.AsyncClient) -> None:
    make_seeds(ready.box.paths)

    async def b2t(*arguments: str) -> tuple[int, Any]:
        command = ["accounts", *arguments, "--data-dir", str(ready.box.folder), "--json"]
        ran = await asyncio.to_thread(CliRunner().invoke, make(["accounts", "up"]), command)
        return ran.exit_code, json.loads(ran.stdout) if ran.stdout else None

    _, listed = await b2t("list")
    own = next(one for one in listed["accounts"] if one["name"] == "admin")
    assert not own["yours"]
    for verb in (("lock", "admin"), ("remove", "admin", "--yes"), ("role", "admin", "--role", "member")):
        status, refused = await b2t(*verb)
        assert (status, refused["error"]["code"]) == (Exit.FAILED, "last-administrator")
    assert (await b2t("remove", "admin"))[0] == Exit.USAGE
    assert (await b2t("lock", "nobody"))[0] == Exit.UNKNOWN
    assert (await b2t("invite", "not a name", "--role", "member"))[0] == Exit.USAGE
    status, made = await b2t("reset", own["id"])
    assert status == Exit.OK
    assert (await admin.get("/v1/session")).status_code == 401
    assert setup_link(ready.box.paths, load_config(ready.box.paths)) is None
    token = made["link"].removeprefix(f"{ready.box.url}/invitation#")
    async with person(ready.box) as client:
        body = {"token": token, "password": PASSWORD}
        assert (await client.post("/v1/invitation/password", json=body)).status_code == 200
        assert (await sign_in(client, "admin", PASSWORD)).status_code == 200
    (entry,) = (one for one in await told(ready, own["id"]) if one.get("credential") == "password/reset")
    assert (entry["by"].partition("/")[0], entry["source"]) == ("operator", "box")
    status, made = await b2t("invite", "toni", "--role", "analyst")
    assert (status, made["account"]["state"]) == (Exit.OK, "invited")
    assert (await b2t("role", "toni", "--role", "designer"))[1]["role"] == "designer"
    assert (await b2t("lock", "toni"))[1]["state"] == "locked"
    assert (await b2t("unlock", "toni"))[1]["state"] == "lapsed"
    assert (await b2t("remove", "toni", "--yes"))[0] == Exit.OK
    _, listed = await b2t("list", "--removed")
    assert "toni" in {one["name"] for one in listed["removed"]}


async def held_open(box: Box, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Callable[[], Any]:
    """A request whose last byte is yet to come; calling it sends that and reads the answer's status."""
    kind = "application/zip" if path.endswith("/bundles") else "application/json"
    raw, cookie = json.dumps(body).encode(), "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\nOrigin: {box.url}\r\nCookie: {cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(raw)}\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", box.port)
    writer.write(head.encode() + raw[:-1])
    await writer.drain()

    async def finish() -> tuple[int, str]:
        writer.write(raw[-1:])
        await writer.drain()
        answer = (await reader.read()).decode()
        writer.close()
        return int(answer.split()[1]), answer

    return finish


HELD: dict[str, tuple[str, dict[str, Any]]] = {
    "key": ("/v1/api-keys", {"name": "keep", "rights": ["accounts.manage", "keys.manage"]}),
    "invitation": ("/v1/accounts", {"name": "evil2", "role": "administrator"}),
    "publish": ("/v1/agents/banking/versions", {"files": {"agent.yaml": "name: x"}}),
    "bundle": ("/v1/agents/banking/bundles", {}),
    "deploy": ("/v1/deployments", {"agent": "banking", "version": "0" * 32, "to": ["agent:banking"]}),
    "break glass": ("/v1/conversations/c1234567890123456789/break-glass", {}),
}


async def test_who_is_removed_while_their_requests_are_held_open_gets_nothing_by_them(
    ready: Shared, admin: httpx.AsyncClient
) -> None:
    id, evil = await joined(ready.box, admin, "evil", "administrator")
    async with aclosing(evil):
        held = {name: await held_open(ready.box, evil, path, body) for name, (path, body) in HELD.items()}
        await asyncio.sleep(0.3)  # until the guard has let them in; without it the test would only ask less
        assert (await admin.delete(f"/v1/accounts/{id}")).status_code == 204
        for name, finish in held.items():
            status, answer = await finish()
            assert status == 401, (name, answer)
    names = [row["name"] for row in (await admin.get("/v1/accounts")).json()["accounts"]]
    assert "evil2" not in names
    keys = [row["name"] for row in (await admin.get("/v1/api-keys")).json()["keys"]]
    assert "keep" not in keys


async def test_who_is_demoted_while_a_request_is_held_open_is_refused_it(
    ready: Shared, admin: httpx.AsyncClient
) -> None:
    id, client = await joined(ready.box, admin, "demoted", "administrator")
    async with aclosing(client):
        finish = await held_open(ready.box, client, *HELD["deploy"])
        await asyncio.sleep(0.3)
        assert (await admin.post(f"/v1/accounts/{id}/role", json={"role": "member"})).status_code == 200
        status, answer = await finish()
        assert status == 403, answer


async def test_a_ticket_opens_no_chat_for_who_is_removed_since(ready: Shared, admin: httpx.AsyncClient) -> None:
    id, client = await joined(ready.box, admin, "chatter")
    async with aclosing(client):
        ticket = (await client.post("/v1/widget/tickets", json={"widget": "demo"})).json()["ticket"]
        assert (await admin.delete(f"/v1/accounts/{id}")).status_code == 204
        before = len(ready.units.of(Start))
        async with connect(f"ws://127.0.0.1:{ready.box.port}/v1/chat", origin=Origin(ready.box.url)) as socket:
            await socket.send(json.dumps({"type": "hello", "ticket": ticket}))
            problem = json.loads(await socket.recv())
            assert (problem["type"], problem["code"]) == ("problem", "not-signed-in")
            await socket.wait_closed()
            assert socket.close_code == 4401
        assert len(ready.units.of(Start)) == before


async def test_an_invitations_link_leads_where_the_box_says_and_not_where_a_header_does(ready: Shared) -> None:
    key = await ready.box.key(*ROLES[Role.MEMBER], Right.MANAGE_ACCOUNTS)
    async with ready.box.client(key, host="6.6.6.6:80") as program:
        made = await program.post("/v1/accounts", json={"name": "linked", "role": "member"})
        assert made.status_code == 201, made.text
        again = await program.post(f"/v1/accounts/{made.json()['account']['id']}/reset")
    for answer in (made, again):
        assert answer.json()["link"].startswith(f"{ready.box.url}/invitation#"), answer.text
