from __future__ import annotations

import asyncio
import json
import os

import pytest
import structlog

from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing
from appliance.config import Config, Paths
from appliance.errors import Denied, Unavailable, Unknown
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAsked, LeaseKey
from services.unit import Unit
from services.vault import service


@pytest.fixture
async def vault(bus: Bus, tmp_path):
    unit = Unit("vault", "1", Paths(tmp_path / "data"), Config(), bus, [])
    work = asyncio.create_task(service.run(unit))
    async with asyncio.timeout(10):
        while not unit.is_ready:
            assert not work.done(), work.exception()
            await asyncio.sleep(0.01)
    yield unit
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.fixture(autouse=True)
def _no_prctl(monkeypatch):
    monkeypatch.setattr(service, "forbid_dumps", lambda: None)  # it would outlive the test in this process
    monkeypatch.setattr(service, "lock_memory", lambda: False)  # so would this


async def test_what_dialogue_seals_a_channel_reads(bus, vault):
    dialogue = await KeyRing(bus, "dialogue").lease("c1")
    sealed = dialogue.seal("turn/t/text", b"hello", "raw")
    phone = await KeyRing(bus, "phone").lease("c1")
    assert phone.unseal("turn/t/text", sealed) == b"hello"
    assert phone.digest("4111") == dialogue.digest("4111")


async def test_the_operator_gets_the_redacted_class_only(bus, vault):
    dialogue = await KeyRing(bus, "dialogue").lease("c1")
    operator = await KeyRing(bus, "operator").lease("c1")
    assert operator.unseal("p", dialogue.seal("p", b"hello")) == b"hello"
    with pytest.raises(Denied):
        operator.unseal("p", dialogue.seal("p", b"hello", "raw"))


async def test_asking_for_more_than_the_policy_allows_is_denied_and_told_to_the_audit_log(bus, vault):
    await KeyRing(bus, "dialogue").lease("c1")
    question = LEASE_ASKED.dump_json(LeaseAsked("c1", frozenset({"raw"}), LeaseKey().public))
    answer = LEASE_ANSWERED.validate_json(await bus.request("b2t.vault.lease.operator", question))
    assert (answer.outcome, answer.box) == ("denied", "")
    told = [json.loads(data) async for _, data in bus.read("AUDIT", "b2t.audit.*")]
    assert [(entry["action"], entry["asker"]) for entry in told] == [("lease_denied", "operator")]


async def test_units_without_a_right_have_no_ring_and_no_subject(bus, vault):
    with pytest.raises(Denied):
        KeyRing(bus, "scribe")
    with pytest.raises(Unavailable):
        await bus.request("b2t.vault.lease.scribe", b"{}", timeout_s=1)


async def test_a_conversation_nobody_started_has_no_keys(bus, vault):
    with pytest.raises(Unknown):
        await KeyRing(bus, "gateway").lease("c9")


async def test_many_askers_at_once_get_the_same_keys(bus, vault):
    rings = [KeyRing(bus, "dialogue") for _ in range(4)]
    leased = await asyncio.gather(*(ring.lease("c1") for ring in rings for _ in range(5)))
    sealed = leased[0].seal("p", b"x")
    assert all(keys.unseal("p", sealed) == b"x" for keys in leased)
    assert leased[0] is leased[4]


async def test_a_lease_waits_for_a_vault_that_comes_late_and_gives_up_in_time(bus, tmp_path):
    with pytest.raises(Unavailable):
        await KeyRing(bus, "dialogue").lease("c1", timeout_s=0.3)
    waiting = asyncio.create_task(KeyRing(bus, "dialogue").lease("c1", timeout_s=8))
    await asyncio.sleep(0.2)
    unit = Unit("vault", "1", Paths(tmp_path / "data"), Config(), bus, [])
    work = asyncio.create_task(service.run(unit))
    assert (await waiting).conversation == "c1"
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_held_lease_needs_no_vault_until_it_expires(bus, vault, monkeypatch):
    ring = KeyRing(bus, "dialogue")
    first = await ring.lease("c1")
    assert await ring.lease("c1") is first
    ring.forget("c1")
    assert await ring.lease("c1") is not first
    monkeypatch.setattr("appliance.privacy.leases.LEASE_S", 0)
    ring.forget("c1")
    assert await ring.lease("c1") is not await ring.lease("c1")


async def test_a_ring_is_bounded(bus, vault, monkeypatch):
    monkeypatch.setattr("appliance.adapters.vault.MAX_CONVERSATIONS", 2)
    ring = KeyRing(bus, "dialogue")
    first = await ring.lease("c1")
    await ring.lease("c2")
    await ring.lease("c3")
    assert await ring.lease("c1") is not first


async def test_what_is_over_is_not_kept_also_where_nobody_asks_again(bus, vault, monkeypatch):
    monkeypatch.setattr("appliance.adapters.vault.SWEEP_S", 0.05)
    ring = KeyRing(bus, "dialogue")
    monkeypatch.setattr("appliance.privacy.leases.LEASE_S", 1)
    await ring.lease("c1")
    monkeypatch.setattr("appliance.privacy.leases.LEASE_S", 600)
    second = await ring.lease("c2")
    assert [conversation for conversation, _ in ring._held] == ["c1", "c2"]
    async with asyncio.timeout(10):
        while any(conversation == "c1" for conversation, _ in ring._held):
            await asyncio.sleep(0.05)
    assert await ring.lease("c2") is second


@pytest.mark.parametrize("question", [b"", b"{}", b'{"conversation":"a b","classes":["raw"],"public_key":""}'])
async def test_a_question_that_makes_no_sense_is_answered_so(bus, vault, question):
    answer = LEASE_ANSWERED.validate_json(await bus.request("b2t.vault.lease.dialogue", question))
    assert answer.outcome == "invalid"


async def test_no_key_is_in_any_log_line(bus, vault):
    with structlog.testing.capture_logs() as lines:
        await KeyRing(bus, "dialogue").lease("c1")
        await bus.request("b2t.vault.lease.dialogue", os.urandom(40))
        status = json.loads(await bus.request("b2t.vault.status", b""))
    assert status == {"conversations": 1, "root_generations": [1]}
    assert "root" not in json.dumps(lines)
