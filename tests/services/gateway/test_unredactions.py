"""Two people see to it over HTTP that one of them reads a card: the gateway as a process, and the real vault."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.access.rights import Right
from appliance.adapters.vault import KeyRing, unredact
from appliance.cli.person_key import public_text
from appliance.cli.rights_unredacting import Signing
from appliance.config import Config, Paths
from appliance.events import Channel as Way
from appliance.events import ConversationStarted, Modality, TurnHeard
from appliance.privacy.envelopes import EnvelopeKey
from appliance.privacy.references import ReferenceBook
from appliance.privacy.sealing import heard_place
from appliance.privacy.unredaction import revealed_purpose
from appliance.privacy.unredaction_asking import UnredactionAsked
from appliance.privacy.values import Digits
from services.unit import Unit
from services.vault import service as vault
from tests.fakes.units import Conversation, FakeUnits
from tests.services.gateway.conftest import Box

CARD = "4111111111111111"
ID = "a" * 16
PATH = "/v1/conversations/c1/unredactions"


@pytest.fixture
async def guarded(
    own: tuple[Box, FakeUnits], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Box, FakeUnits]]:
    """A gateway beside the real vault, which holds the keys of the conversation `c1`."""
    monkeypatch.setattr(vault, "forbid_dumps", lambda: None)
    monkeypatch.setattr(vault, "lock_memory", lambda: False)
    box, units = own
    for subject in ("b2t.vault.unredact.gateway", "b2t.vault.lease.gateway", "b2t.status.vault"):
        await units.without(subject)
    config = Config.model_validate({"audit": {"reserve_mib": 0}})
    unit = Unit("vault", "1", Paths(tmp_path / "vault"), config, units.bus, [])
    work = asyncio.create_task(vault.run(unit))
    try:
        async with asyncio.timeout(20):
            while not unit.is_ready:
                assert not work.done(), work.exception()
                await asyncio.sleep(0.01)
        await fill(units)
        await box.start()
        yield box, units
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def fill(units: FakeUnits) -> None:
    keys = await KeyRing(units.bus, "dialogue").lease("c1")
    card = ReferenceBook(keys).add("CARD", Digits(CARD))
    text = keys.seal_text(heard_place("i"), "my card is <CARD_1>")
    units.conversations["c1"] = Conversation(keys, {})
    heard = TurnHeard("t", "l", Modality.TEXT, "i", text=text, references=(card,))
    await units.put("c1", [ConversationStarted("banking", "v1", Way.CHAT, "en-US"), heard])


class Somebody(Signing):
    def __init__(self, client: httpx.AsyncClient) -> None:
        key = Ed25519PrivateKey.generate()
        super().__init__(key)
        self.public, self.client = public_text(key), client

    async def enrol(self, units: FakeUnits, *rights: Any) -> Somebody:
        asked = UnredactionAsked(operation="enrol", public_key=self.public, label="x", rights=rights)
        await unredact(units.bus, "operator", asked)
        return self

    async def sends(
        self, step: Any, path: str, minutes: int = 60, reason: str = "T-1", key: str = "", id: str = ID
    ) -> httpx.Response:
        if key:
            signed = self(step, ID, "c1", key=key)
            body: dict[str, Any] = {"key": key}
        else:
            signed = self(step, id, "c1", reason, minutes)
            body = {"reason": reason, "minutes": minutes}
        body |= {"person": self.person, "at": signed.statement.at, "signature": signed.signature}
        if step in ("ask", "break-glass"):
            body["request"] = id
        return await self.client.post(path, json=body)


async def actions(units: FakeUnits) -> list[tuple[str, str]]:
    told = [json.loads(data) async for _, data in units.bus.read("AUDIT", "b2t.audit.>")]
    assert CARD not in json.dumps(told)
    return [(one["actor"], one["action"]) for one in told]


async def test_two_people_over_http(guarded: tuple[Box, FakeUnits]) -> None:
    box, units = guarded
    async with (
        box.client(await box.key(Right.UNREDACT)) as hers,
        box.client(await box.key(Right.APPROVE_UNREDACTION)) as his,
    ):
        asker = await Somebody(hers).enrol(units, "ask")
        approver = await Somebody(his).enrol(units, "approve")
        made = await asker.sends("ask", PATH)
        assert (made.status_code, made.json()["state"]) == (201, "waiting")
        assert made.headers["location"] == f"{PATH}/{ID}"
        mine = EnvelopeKey()
        early = await asker.sends("read", f"{PATH}/{ID}/read", key=mine.public)
        assert (early.status_code, early.json()["code"]) == (403, "denied")
        assert (await asker.sends("approve", f"{PATH}/{ID}/approve")).status_code == 403  # no such right
        asker.client = his
        assert (await asker.sends("approve", f"{PATH}/{ID}/approve")).status_code == 403  # her signature still
        asker.client = hers
        approved = await approver.sends("approve", f"{PATH}/{ID}/approve")
        assert (approved.status_code, approved.json()["state"]) == (200, "approved")
        assert [one["state"] for one in (await his.get(PATH)).json()["requests"]] == ["approved"]
        assert (await hers.get(f"{PATH}/{ID}")).json()["decided_by"] == approver.person
        assert (await hers.get(f"/v1/conversations/c2/unredactions/{ID}")).status_code == 404
        read = await asker.sends("read", f"{PATH}/{ID}/read", key=mine.public)
        assert read.status_code == 200
        assert CARD not in read.text
        assert read.json()["reading"]["lines"][0]["text"] == "my card is <CARD_1>"
        (envelope,) = read.json()["envelopes"]
        assert json.loads(mine.open(revealed_purpose(ID), envelope)) == {"CARD_1": {"type": "digits", "digits": CARD}}
        assert (await approver.sends("deny", f"{PATH}/{ID}/deny")).json()["state"] == "withdrawn"
        assert (await asker.sends("read", f"{PATH}/{ID}/read", key=EnvelopeKey().public)).status_code == 403
    told = await actions(units)
    steps = [action for actor, action in told if actor == "vault" and action.startswith(("reveal", "values"))]
    assert steps == ["reveal_asked", "reveal_approved", "values_revealed", "reveal_denied"]
    assert CARD not in box.log


async def test_a_glass_is_broken_over_http_and_stands_in_the_overview(guarded: tuple[Box, FakeUnits]) -> None:
    box, units = guarded
    async with box.client(await box.key()) as client:
        alone = await Somebody(client).enrol(units, "break-glass")
        second = await Somebody(client).enrol(units, "approve")
        opened = await alone.sends("break-glass", "/v1/conversations/c1/break-glass", minutes=15)
        assert (opened.status_code, opened.json()["state"]) == (201, "open")
        assert (await alone.sends("read", f"{PATH}/{ID}/read", key=EnvelopeKey().public)).status_code == 200
        summary = (await client.get("/v1/insights/summary")).json()
        assert summary["break_glass"] == {"open": 1, "unreviewed": 1}
        assert (await second.sends("acknowledge", f"{PATH}/{ID}/acknowledge", minutes=15)).status_code == 200
        assert (await client.get("/v1/insights/summary")).json()["break_glass"] == {"open": 0, "unreviewed": 0}


async def test_all_requests_are_listed_a_page_at_a_time(guarded: tuple[Box, FakeUnits]) -> None:
    box, units = guarded
    ids = [f"{letter * 16}" for letter in "abcde"]
    async with box.client(await box.key(Right.UNREDACT, Right.APPROVE_UNREDACTION, Right.BREAK_GLASS)) as client:
        asker = await Somebody(client).enrol(units, "ask", "break-glass")
        approver = await Somebody(client).enrol(units, "approve")
        for id in ids:
            await asker.sends("ask", PATH, id=id)
        await approver.sends("approve", f"{PATH}/{ids[0]}/approve", id=ids[0])
        await approver.sends("deny", f"{PATH}/{ids[1]}/deny", id=ids[1])
        listed, before = [], ""
        for _ in range(3):
            page = (await client.get(f"/v1/unredactions?limit=2{before}")).json()
            listed.append([one["id"] for one in page["requests"]])
            before = f"&before={page['next']}"
        assert (listed, page["next"]) == ([[*reversed(ids[3:])], [*reversed(ids[1:3])], [ids[0]]], None)
        groups = {"pending": [*reversed(ids[2:])], "active": [ids[0]], "past": [ids[1]]}
        for group, wanted in groups.items():
            found = (await client.get(f"/v1/unredactions?group={group}")).json()
            assert [one["id"] for one in found["requests"]] == wanted
        only = (await client.get(f"/v1/unredactions?group=pending&limit=1&before={ids[4]}")).json()
        assert ([one["id"] for one in only["requests"]], only["next"]) == ([ids[3]], ids[3])
        assert only["requests"][0]["conversation"] == "c1"
        for wrong in ("group=all", "limit=0", "limit=501", "before=x", "before=../../etc/passwd"):
            assert (await client.get(f"/v1/unredactions?{wrong}")).status_code == 400
        listings = [one for one in await actions(units) if one == ("gateway", "conversations_listed")]
        assert len(listings) == 7
        await units.fill_audit()
        refused = await client.get("/v1/unredactions")
        assert (refused.status_code, refused.json()["retryable"]) == (503, True)


async def test_all_requests_are_for_who_could_see_each(guarded: tuple[Box, FakeUnits]) -> None:
    box, _units = guarded
    sees = (Right.UNREDACT, Right.APPROVE_UNREDACTION, Right.BREAK_GLASS)
    async with box.client(await box.key(*(right for right in Right if right not in sees))) as client:
        assert (await client.get("/v1/unredactions")).status_code == 403
    for right in sees:
        async with box.client(await box.key(right)) as client:
            assert (await client.get("/v1/unredactions")).json() == {"requests": [], "next": None}


async def test_where_the_log_takes_nothing_nobody_sees_anything(guarded: tuple[Box, FakeUnits]) -> None:
    box, units = guarded
    async with box.client(await box.key()) as client:
        asker = await Somebody(client).enrol(units, "ask")
        approver = await Somebody(client).enrol(units, "approve")
        await asker.sends("ask", PATH)
        await approver.sends("approve", f"{PATH}/{ID}/approve")
        await units.fill_audit()
        refused = await asker.sends("read", f"{PATH}/{ID}/read", key=EnvelopeKey().public)
        assert (refused.status_code, refused.json()["retryable"]) == (503, True)


async def test_only_who_has_the_right(guarded: tuple[Box, FakeUnits]) -> None:
    box, _units = guarded
    signed = {"person": "0" * 16, "at": int(time.time()), "signature": "A" * 86 + "=="}
    asked = {**signed, "reason": "T-1", "minutes": 60}
    routes: list[tuple[str, dict[str, Any], tuple[Right, ...]]] = [
        (PATH, {**asked, "request": ID}, (Right.UNREDACT,)),
        ("/v1/conversations/c1/break-glass", {**asked, "request": ID}, (Right.BREAK_GLASS,)),
        (f"{PATH}/{ID}/read", {**signed, "key": "A" * 43 + "="}, (Right.UNREDACT, Right.BREAK_GLASS)),
        *((f"{PATH}/{ID}/{step}", asked, (Right.APPROVE_UNREDACTION,)) for step in ("approve", "deny", "acknowledge")),
    ]
    for path, body, rights in routes:
        others = [right for right in Right if right not in rights]
        async with box.client(await box.key(*others)) as client:
            refused = await client.post(path, json=body)
            assert (refused.status_code, refused.json()["title"]) == (403, "You may not do this.")
        async with box.client(await box.key(*rights)) as client:
            refused = await client.post(path, json=body)
            assert (refused.status_code, refused.json()["title"]) == (403, "This key is not enrolled.")
