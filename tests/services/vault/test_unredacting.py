"""Two people, one conversation and a running vault over the real bus: who sees values, and what the log has of it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import time
from contextlib import asynccontextmanager, closing

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing, manage, unredact
from appliance.audit.events import AUDIT_EVENT
from appliance.cli import unredaction_record, vault_check
from appliance.cli.box import Box
from appliance.cli.person_key import public_text
from appliance.cli.rights_unredacting import Signing, decide, read_values
from appliance.config import Config, Paths
from appliance.errors import Conflict, Denied, Invalid, Tampered, Unavailable, Unknown
from appliance.privacy.envelopes import EnvelopeKey
from appliance.privacy.managing import ErasureAsked, ManageAsked
from appliance.privacy.sealing import heard_place, reference_place
from appliance.privacy.unredaction import Statement, revealed_purpose
from appliance.privacy.unredaction_asking import NOTICE, SealedValue, ToldStep, UnredactionAsked
from services.unit import Unit
from services.vault import service, unredacting
from tests.services.vault.talking import CARD, talk


@pytest.fixture(autouse=True)
def _no_prctl(monkeypatch):
    monkeypatch.setattr(service, "forbid_dumps", lambda: None)
    monkeypatch.setattr(service, "lock_memory", lambda: False)


@asynccontextmanager
async def running(bus: Bus, tmp_path, **settings):
    config = Config.model_validate({"unredaction": settings, "audit": {"reserve_mib": 0}})
    unit = Unit("vault", "1", Paths(tmp_path / "data"), config, bus, [])
    work = asyncio.create_task(service.run(unit))
    try:
        async with asyncio.timeout(20):
            while not unit.is_ready:
                assert not work.done(), work.exception()
                await asyncio.sleep(0.01)
        yield Box(unit.paths, config, bus), unit
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


class Somebody(Signing):
    """An enrolled person, and how they speak to the vault through a unit."""

    def __init__(self, box: Box, carrier: str = "gateway") -> None:
        key = Ed25519PrivateKey.generate()
        super().__init__(key)
        self.box, self.carrier, self.public = box, carrier, public_text(key)

    async def enrol(self, *rights, sponsor: Signing | None = None):
        signed = None
        if sponsor is not None:
            signed = sponsor("enrol", "e" * 16, "", "/".join(sorted(rights)), 0, self.public)
        asked = UnredactionAsked(operation="enrol", public_key=self.public, label="x", rights=rights, signed=signed)
        await unredact(self.box.bus, "operator", asked)
        return self

    async def does(self, step, request: str, conversation: str = "c1", reason="T-1", minutes=60, **more) -> dict:
        signed = self(step, request, conversation, reason, minutes, more.pop("key", ""))
        asked = UnredactionAsked(operation=step, signed=signed, source="api", through="api_key:k1", **more)
        return (await unredact(self.box.bus, self.carrier, asked)).answer


async def told(bus: Bus) -> list[dict]:
    return [json.loads(data) async for _, data in bus.read("AUDIT", "b2t.audit.>")]


async def pair(box: Box) -> tuple[Somebody, Somebody]:
    return await Somebody(box).enrol("ask", "break-glass"), await Somebody(box).enrol("approve")


async def test_two_people_and_one_of_them_reads(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        asked = await asker.does("ask", "a" * 16)
        assert (asked["state"], asked["kind"], asked["readable_until"]) == ("waiting", "two-person", None)
        with pytest.raises(Denied):
            await read_values(box, "a" * 16, asker)
        with pytest.raises(Denied):
            await decide(box, "approve", "a" * 16, asker)
        approved = await decide(box, "approve", "a" * 16, approver)
        assert approved["state"] == "approved"
        found = await read_values(box, "a" * 16, asker)
        assert [line.text for line in found["lines"] if line.who == "party"] == [
            "my card 4111111111111111, pin [pin], and <CARD_1>"
        ]
        with pytest.raises(Denied):
            await read_values(box, "a" * 16, approver)
        steps = [one for one in await told(bus) if one["action"].startswith(("reveal", "values"))]
        assert [(one["action"], one["account"], one["request"], one["conversation"]) for one in steps] == [
            ("reveal_asked", f"person:{asker.person}", "a" * 16, "c1"),
            ("reveal_approved", f"person:{approver.person}", "a" * 16, "c1"),
            ("values_revealed", f"person:{asker.person}", "a" * 16, "c1"),
        ]
        assert {one["reason"] for one in steps} == {"T-1"}
        assert steps[0]["through"] == "api_key:k1"
        denied = [one for one in await told(bus) if one["action"] == "access_denied"]
        assert len(denied) == 3
        for one in await told(bus):
            AUDIT_EVENT.validate_json(json.dumps(one))
        assert CARD not in json.dumps(await told(bus))


async def test_a_carrier_learns_nothing_and_makes_nothing_up(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        references = await talk(bus)
        await talk(bus, "c2")
        asker, approver = await pair(box)
        liar = Somebody(box)
        for step in ("ask", "break-glass", "approve"):
            with pytest.raises(Denied):
                await liar.does(step, "a" * 16)
        with pytest.raises(Denied):  # the gateway enrols nobody
            await unredact(
                bus, "gateway", UnredactionAsked(operation="enrol", public_key=liar.public, label="x", rights=("ask",))
            )
        await asker.does("ask", "a" * 16)
        with pytest.raises(Denied):  # the asker's own signature is no approval, nor is somebody's under other words
            await asker.does("approve", "a" * 16)
        await approver.does("approve", "a" * 16)
        mine, others = EnvelopeKey(), EnvelopeKey()
        card = SealedValue("CARD_1", references["card"].value)
        signed = asker("read", "a" * 16, "c1", key=mine.public)
        answered = await unredact(bus, "gateway", UnredactionAsked(operation="read", signed=signed, values=(card,)))
        purpose = revealed_purpose("a" * 16)
        assert json.loads(mine.open(purpose, answered.envelope)) == {"CARD_1": {"digits": CARD, "type": "digits"}}
        assert CARD not in str(answered)
        with pytest.raises(Tampered):
            others.open(purpose, answered.envelope)
        theirs = Statement(
            step="read",
            person=asker.person,
            at=int(time.time()),
            request="a" * 16,
            conversation="c1",
            key=others.public,
        )
        forged = type(signed)(statement=theirs, signature=signed.signature)
        with pytest.raises(Denied):
            await unredact(bus, "gateway", UnredactionAsked(operation="read", signed=forged, values=(card,)))
        moved = asker("read", "a" * 16, "c2", key=mine.public)
        with pytest.raises(Invalid):
            await unredact(bus, "gateway", UnredactionAsked(operation="read", signed=moved, values=(card,)))


async def test_secrets_and_words_are_no_values(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        keys = await KeyRing(bus, "dialogue").lease("c1")
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        await approver.does("approve", "a" * 16)
        smuggled = [
            SealedValue("PIN_1", keys.seal(reference_place("PIN_1"), b"4711", "raw")),
            SealedValue("CARD_1", keys.seal(reference_place("CARD_1"), b"{}", "redacted")),
            SealedValue("../turn/i/text", keys.seal(heard_place("i"), b"x", "raw")),
        ]
        for one in smuggled:
            with pytest.raises(Denied):
                await asker.does("read", "a" * 16, reason="", minutes=0, key=EnvelopeKey().public, values=(one,))


async def test_without_the_audit_log_nothing_happens(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path) as (box, unit):
        await talk(bus)
        asker, approver = await pair(box)
        audit, silent = Unit.audit, set()

        async def failing(self, action, **fields):
            if action in silent:
                raise Unavailable("The audit log takes nothing now.")
            await audit(self, action, **fields)

        monkeypatch.setattr(Unit, "audit", failing)
        silent.add("reveal_asked")
        with pytest.raises(Unavailable):
            await asker.does("ask", "a" * 16)
        silent.add("break_glass_opened")
        with pytest.raises(Unavailable):
            await asker.does("break-glass", "b" * 16, minutes=15)
        for id in ("a" * 16, "b" * 16):
            with pytest.raises(Unknown):
                await unredact(bus, "operator", UnredactionAsked(operation="show", request=id))
        silent.clear()
        await asker.does("ask", "a" * 16)
        silent.add("reveal_approved")
        with pytest.raises(Unavailable):
            await approver.does("approve", "a" * 16)
        assert (await unredact(bus, "operator", UnredactionAsked(operation="show", request="a" * 16))).answer[
            "state"
        ] == "waiting"
        silent.clear()
        await approver.does("approve", "a" * 16)
        silent.add("values_revealed")
        with pytest.raises(Unavailable):
            await read_values(box, "a" * 16, asker)
        silent.add("credential_changed")
        with pytest.raises(Unavailable):
            await Somebody(box).enrol("ask", sponsor=approver)
        assert len(unit.parts) >= 2


async def test_a_broken_glass_shouts_and_waits_for_a_second_person(bus, tmp_path, monkeypatch):
    notices: list[dict] = []

    async def heard(_subject: str, data: bytes) -> None:
        notices.append(json.loads(data))

    monkeypatch.setattr(unredacting, "SWEEP_S", 0.02)
    async with running(bus, tmp_path) as (box, unit):
        await talk(bus)
        asker, approver = await pair(box)
        await bus.subscribe(NOTICE, heard)
        with pytest.raises(Invalid):
            await asker.does("break-glass", "a" * 16, minutes=16)
        with structlog.testing.capture_logs() as lines:
            opened = await asker.does("break-glass", "a" * 16, minutes=15)
        assert opened["state"] == "open"
        shouted = next(line for line in lines if line["event"] == "break_glass_opened")
        assert shouted["log_level"] == "warning"
        assert set(shouted) == {"event", "log_level", "request", "conversation", "person", "minutes"}
        assert "wait for a second person" in unit.parts["break_glass"]
        found = await read_values(box, "a" * 16, asker)
        assert CARD in next(line.text for line in found["lines"] if line.who == "party")
        async with asyncio.timeout(10):
            while not notices:
                await asyncio.sleep(0.01)
        assert notices[0]["request"] == "a" * 16
        overview = (await unredact(bus, "gateway", UnredactionAsked(operation="overview"))).answer
        assert overview == {"break_glass_open": 1, "break_glass_unreviewed": 1}
        with pytest.raises(Denied):
            await decide(box, "acknowledge", "a" * 16, asker)
        await decide(box, "deny", "a" * 16, approver)
        with pytest.raises(Denied):
            await read_values(box, "a" * 16, asker)
        async with asyncio.timeout(10):
            while not [one for one in await told(bus) if one["action"] == "break_glass_closed"]:
                await asyncio.sleep(0.02)
        assert (await decide(box, "acknowledge", "a" * 16, approver))["state"] == "reviewed"
        assert unit.parts["break_glass"] == "ok"
        overview = (await unredact(bus, "gateway", UnredactionAsked(operation="overview"))).answer
        assert overview == {"break_glass_open": 0, "break_glass_unreviewed": 0}
    glass = [one["action"] for one in await told(bus) if "glass" in one["action"]]
    assert sorted(glass) == ["break_glass_closed", "break_glass_opened", "break_glass_reviewed"]


async def test_what_the_box_allows_no_more_is_read_no_more(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        await approver.does("approve", "a" * 16)
        await asker.does("break-glass", "b" * 16, minutes=15)
    async with running(bus, tmp_path, max_minutes=30, break_glass=False) as (box, _unit):
        for request in ("a" * 16, "b" * 16):
            with pytest.raises(Denied):
                await read_values(box, request, asker)


async def test_a_glass_can_be_bricked_up(bus, tmp_path):
    async with running(bus, tmp_path, break_glass=False) as (box, _unit):
        await talk(bus)
        asker, _approver = await pair(box)
        with pytest.raises(Denied):
            await asker.does("break-glass", "a" * 16, minutes=15)


async def test_from_the_third_person_on_somebody_enrolled_signs(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        third = Somebody(box)
        for sponsor in (None, asker, third):
            with pytest.raises(Denied):
                await third.enrol("approve", sponsor=sponsor)
        await third.enrol("approve", sponsor=approver)
        removed = UnredactionAsked(operation="remove", person=approver.person)
        await unredact(bus, "operator", removed)
        await asker.does("ask", "a" * 16)
        with pytest.raises(Denied):
            await approver.does("approve", "a" * 16)
        with pytest.raises(Conflict):
            await approver.enrol("approve", sponsor=third)
        with pytest.raises(Unknown):
            await unredact(bus, "operator", removed)
        assert (await third.does("approve", "a" * 16))["state"] == "approved"
    changed = [(one["credential"], one["by"]) for one in await told(bus) if one["action"] == "credential_changed"]
    assert changed == [
        ("unredaction-key/ask/break-glass", "operator"),
        ("unredaction-key/approve", "operator"),
        ("unredaction-key/approve", f"person:{approver.person}"),
        ("unredaction-key/removed", "operator"),
    ]


async def test_who_writes_the_vaults_file_enrols_nobody(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, _approver = await pair(box)
        file = box.paths.folder("vault") / "unredaction.sqlite"
        connection = sqlite3.connect(file)
        connection.execute("UPDATE entries SET content = replace(content, 'ask', 'approve')")
        connection.commit()
        connection.close()
        with pytest.raises(Tampered):
            await asker.does("ask", "a" * 16)


async def test_requests_outlive_the_vault_and_erased_conversations_do_not(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        with pytest.raises(Conflict):
            await asker.does("ask", "a" * 16)
        with pytest.raises(Unknown):
            await asker.does("ask", "b" * 16, "never-was")
    async with running(bus, tmp_path) as (box, _unit):
        for one in (asker, approver):
            one.box = box
        await approver.does("approve", "a" * 16)
        listed = (await unredact(bus, "gateway", UnredactionAsked(operation="list", conversation="c1"))).answer
        assert [(one["id"], one["state"]) for one in listed["requests"]] == [("a" * 16, "approved")]
        await manage(bus, "operator", ManageAsked(operation="erase", holders=(ErasureAsked("c1"),)))
        with pytest.raises(Unknown):
            await read_values(box, "a" * 16, asker)


async def test_nobody_is_lent_the_vaults_own_key(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await pair(box)
        with pytest.raises(Invalid):
            await KeyRing(bus, "dialogue").lease("vault.unredaction", timeout_s=1)


async def test_a_record_that_is_refused_stops_nothing_else(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        await approver.does("approve", "a" * 16)
        await unredact(bus, "operator", UnredactionAsked(operation="remove", person=approver.person))
        told_steps = unredaction_record._steps(await told(bus))
        assert told_steps == [ToldStep("removed", approver.person)]
    file = box.paths.folder("vault") / "unredaction.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)")
    connection.commit()
    connection.close()
    async with running(bus, tmp_path) as (box, unit):
        asker.box = approver.box = box
        monkeypatch.setattr(unredaction_record, "steps_told", lambda _box: told_steps)
        async with asyncio.timeout(10):
            while "not as it was written" not in unit.parts.get("unredaction", ""):
                await asyncio.sleep(0.01)
        keys = await KeyRing(bus, "dialogue").lease("c1")
        assert keys.unseal("p", keys.seal("p", b"x", "raw")) == b"x"
        for work in (
            asker.does("ask", "b" * 16),
            approver.does("approve", "a" * 16),
            read_values(box, "a" * 16, asker),
        ):
            with pytest.raises(Tampered):
                await work
        checked = await vault_check.check(box, lambda _checked: None)
        assert [fault.place for fault in checked.faults] == ["vault/unredaction.sqlite"]
        done = await unredaction_record.renewed(box)
        assert done == {"kept": False, "enrolled": 0, "removed": 1}
        assert unit.parts["unredaction"] == "ok"
        assert (await vault_check.check(box, lambda _checked: None)).faults == []
        with pytest.raises(Conflict):
            await approver.enrol("approve")
        await asker.enrol("ask")
        await asker.does("ask", "b" * 16)
    [setting] = [one["setting"] for one in await told(bus) if one["action"] == "configuration_changed"]
    assert re.fullmatch("unredaction/record-renewed/[0-9a-f]{16}", setting)


async def test_every_removed_key_that_the_log_tells_is_renewed_with(bus, tmp_path, monkeypatch):
    monkeypatch.setattr(unredaction_record, "MOST_TOLD", 2)
    async with running(bus, tmp_path) as (box, _unit):
        people = [Somebody(box) for _ in range(5)]
        await pair(box)
        steps = [ToldStep("removed", one.person) for one in people]
        monkeypatch.setattr(unredaction_record, "steps_told", lambda _box: steps)
        with closing(sqlite3.connect(box.paths.folder("vault") / "unredaction.sqlite")) as record:
            record.execute("UPDATE entries SET content = 'x' WHERE number = 1")
            record.commit()
        assert await unredaction_record.renewed(box) == {"kept": False, "enrolled": 0, "removed": 5}
        steps += [one for one in unredaction_record._steps(await told(bus)) if one.step == "renewed"]
        assert len(steps) == 6
        assert (await vault_check.check(box, lambda _checked: None)).faults == []
        with pytest.raises(Conflict):
            await people[-1].enrol("ask")


async def test_a_pair_of_files_from_before_a_renewal_is_found(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        folder = box.paths.folder("vault")
        names = ("keys.sqlite", "unredaction.sqlite")
        for name in names:
            with closing(sqlite3.connect(folder / name)) as now, closing(sqlite3.connect(tmp_path / name)) as kept:
                now.backup(kept)
        await decide(box, "deny", "a" * 16, approver)
        with closing(sqlite3.connect(folder / names[1])) as record:
            record.execute("UPDATE entries SET content = 'x' WHERE number = 1")
            record.commit()
        monkeypatch.setattr(unredaction_record, "steps_told", lambda _box: [])
        assert await unredaction_record.renewed(box) == {"kept": False, "enrolled": 0, "removed": 0}
        steps = unredaction_record._steps(await told(bus))
        assert [one.step for one in steps] == ["renewed"]
        monkeypatch.setattr(unredaction_record, "steps_told", lambda _box: steps)
        assert (await vault_check.check(box, lambda _checked: None)).faults == []
    for name in names:
        for end in ("", "-wal", "-shm"):
            (folder / f"{name}{end}").unlink(missing_ok=True)
        shutil.copyfile(tmp_path / name, folder / name)
    async with running(bus, tmp_path) as (box, _unit):
        [fault] = (await vault_check.check(box, lambda _checked: None)).faults
        assert fault.fault.startswith(f"lacks its renewal {steps[0].id}, which the audit log tells")
        await unredaction_record.renewed(box)
        steps[:] = unredaction_record._steps(await told(bus))
        assert (await vault_check.check(box, lambda _checked: None)).faults == []


async def test_what_the_audit_log_tells_and_the_record_lacks_is_found(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("break-glass", "a" * 16, minutes=15)
        await decide(box, "acknowledge", "a" * 16, approver)
        steps = unredaction_record._steps(await told(bus))
        assert steps == [ToldStep("opened", "a" * 16), ToldStep("reviewed", "a" * 16)]
        lost = [*steps, ToldStep("opened", "b" * 16), ToldStep("removed", asker.person)]
        monkeypatch.setattr(unredaction_record, "steps_told", lambda _box: lost)
        found = [fault.fault for fault in (await vault_check.check(box, lambda _checked: None)).faults]
        assert len(found) == 2
        assert "the emergency access " + "b" * 16 in found[0]
        assert f"the key of person {asker.person} was removed" in found[1]
        assert (await unredaction_record.renewed(box))["kept"]
        with pytest.raises(Denied):
            await asker.does("ask", "c" * 16)


async def test_a_backup_has_the_record_and_says_that_it_is_one(bus, tmp_path):
    async with running(bus, tmp_path) as (box, _unit):
        await talk(bus)
        asker, approver = await pair(box)
        await asker.does("ask", "a" * 16)
        await approver.does("approve", "a" * 16)
        backup = (await manage(bus, "operator", ManageAsked(operation="back_up"))).answer
        await unredact(bus, "operator", UnredactionAsked(operation="remove", person=approver.person))
        lost = unredaction_record._steps(await told(bus))
    folder = box.paths.folder("vault")
    for name in ("keys.sqlite", "unredaction.sqlite"):
        for end in ("", "-wal", "-shm"):
            (folder / f"{name}{end}").unlink(missing_ok=True)
    shutil.copyfile(backup["file"], folder / "keys.sqlite")
    shutil.copyfile(backup["record"], folder / "unredaction.sqlite")
    async with running(bus, tmp_path) as (box, _unit):
        asker.box = approver.box = box
        with pytest.raises(Tampered, match="put back from a backup"):
            await read_values(box, "a" * 16, asker)
        asked = UnredactionAsked(operation="renew", told=tuple(lost))
        assert (await unredact(bus, "operator", asked)).answer == {"kept": True, "enrolled": 1, "removed": 1}
        with pytest.raises(Denied):
            await read_values(box, "a" * 16, asker)
        with pytest.raises(Denied):
            await approver.does("deny", "a" * 16)
        assert (await asker.does("ask", "b" * 16))["state"] == "waiting"
