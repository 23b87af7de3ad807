"""What an operator asks of a running vault, over the real bus."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from appliance.adapters.nats import Bus, conversation_subject
from appliance.adapters.vault import REDACTED, KeyRing, manage
from appliance.audit.events import AUDIT_EVENT
from appliance.cli import vault_check
from appliance.cli.box import Box
from appliance.config import Config, Paths
from appliance.errors import Conflict, Denied, Full, Invalid, Tampered, Unavailable, Unknown
from appliance.privacy.envelopes import EnvelopeKey, enclose
from appliance.privacy.managing import SHARE_TO_VAULT, SHARES_TO_OPERATOR, Candidate, ErasureAsked, ManageAsked
from appliance.privacy.persons import PersonKeys
from services.scribe.archive import Archive, read_batch
from services.unit import Unit
from services.vault import service
from services.vault.asking import A_MINUTE

PERSON = "ab" * 16


@pytest.fixture(autouse=True)
def _no_prctl(monkeypatch):
    monkeypatch.setattr(service, "forbid_dumps", lambda: None)  # it would outlive the test in this process
    monkeypatch.setattr(service, "lock_memory", lambda: False)


@asynccontextmanager
async def running(bus: Bus, tmp_path, **settings):
    config = Config.model_validate({"vault": settings})
    unit = Unit("vault", "1", Paths(tmp_path / "data"), config, bus, [])
    work = asyncio.create_task(service.run(unit))
    try:
        async with asyncio.timeout(10):
            while not unit.is_ready:
                assert not work.done(), work.exception()
                await asyncio.sleep(0.01)
        yield Box(unit.paths, config, bus)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def ask(bus: Bus, operation, **fields) -> dict:
    return (await manage(bus, "operator", ManageAsked(operation=operation, **fields))).answer


async def told(bus: Bus) -> list[dict]:
    return [json.loads(data) async for _, data in bus.read("AUDIT", "b2t.audit.>")]


async def make_shares(bus: Bus, needed: int = 2, of: int = 3) -> list[str]:
    pytest.importorskip("shamir_mnemonic", reason="shamir-mnemonic is not installed (extra shares)")
    key = EnvelopeKey()
    asked = ManageAsked(operation="split", public_key=key.public, needed=needed, of=of)
    answered = await manage(bus, "operator", asked)
    shares: list[str] = json.loads(key.open(SHARES_TO_OPERATOR, answered.envelope))
    await ask(bus, "confirm")
    return shares


async def give(bus: Bus, share: str) -> dict:
    public_key = (await ask(bus, "status"))["public_key"]
    return await ask(bus, "unseal", envelope=enclose(public_key, SHARE_TO_VAULT, share.encode()))


async def rewrapped(bus: Bus) -> dict:
    async with asyncio.timeout(20):
        while True:
            found = await ask(bus, "status")
            if found["to_rewrap"] == len(found["damaged"]) and not found["rewrapping"]:
                return found
            await asyncio.sleep(0.02)


async def test_a_sealed_vault_lends_nothing_until_enough_shares_are_given(bus, tmp_path):
    async with running(bus, tmp_path, root_key="shares"):
        assert (await ask(bus, "status"))["state"] == "new"
        shares = await make_shares(bus)
        sealed = (await KeyRing(bus, "dialogue").lease("c1")).seal("p", b"x")
    async with running(bus, tmp_path, root_key="shares"):
        waiting = asyncio.create_task(KeyRing(bus, "dialogue").lease("c1", timeout_s=20))
        assert (await ask(bus, "status"))["state"] == "sealed"
        with pytest.raises(Invalid):
            await give(bus, "hello world")
        with pytest.raises(Tampered):
            await ask(bus, "unseal", envelope=enclose(EnvelopeKey().public, SHARE_TO_VAULT, shares[0].encode()))
        assert (await give(bus, shares[2]))["given"] == 1
        assert not waiting.done()
        for operation in ("rotate", "check", "rewrap"):
            with pytest.raises(Unavailable):
                await ask(bus, operation)
        assert (await give(bus, shares[0]))["state"] == "open"
        assert (await waiting).unseal("p", sealed) == b"x"
        with pytest.raises(Conflict):
            await give(bus, shares[1])
        with pytest.raises(Denied):
            await make_shares(bus)
        public_key = (await ask(bus, "status"))["public_key"]
        for share in shares[:2]:
            await ask(bus, "approve", envelope=enclose(public_key, SHARE_TO_VAULT, share.encode()))
        assert len(await make_shares(bus, 3, 4)) == 4
        await ask(bus, "seal")
        with pytest.raises(Unavailable):
            await KeyRing(bus, "dialogue").lease("c2", timeout_s=0.3)
    done = [(one["action"], one.get("result"), one.get("reason")) for one in await told(bus)]
    assert ("vault_unsealed", "refused", "share") in done
    assert ("vault_unsealed", "done", "share-1-of-2") in done
    assert ("vault_unsealed", "done", "opened") in done
    assert ("vault_sealed", "done", None) in done
    everything = json.dumps(await told(bus))
    assert not any(share[:20] in everything for share in shares)


async def approve(bus: Bus, share: str) -> dict:
    public_key = (await ask(bus, "status"))["public_key"]
    return await ask(bus, "approve", envelope=enclose(public_key, SHARE_TO_VAULT, share.encode()))


async def test_shares_that_are_refused_are_in_the_audit_log(bus, tmp_path):
    async with running(bus, tmp_path, root_key="shares"):
        with pytest.raises(Conflict):
            await approve(bus, "hello world")
        shares = await make_shares(bus)
        with pytest.raises(Invalid):
            await approve(bus, "hello world")
        with pytest.raises(Conflict):
            await give(bus, shares[0])
    refused = [
        (one["action"], one.get("setting"), one["reason"]) for one in await told(bus) if one.get("result") == "refused"
    ]
    assert refused == [
        ("configuration_changed", "vault.shares/approved", "conflict"),
        ("configuration_changed", "vault.shares/approved", "share"),
        ("vault_unsealed", None, "conflict"),
    ]


def audit_fails(monkeypatch, *, setting: str) -> None:
    audit = Unit.audit

    async def failing(self, action, **fields):
        if str(fields.get("setting", "")).startswith(setting):
            raise Unavailable("The audit log takes nothing now.")
        await audit(self, action, **fields)

    monkeypatch.setattr(Unit, "audit", failing)


async def test_an_approval_that_is_not_on_record_does_not_count(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path, root_key="shares"):
        shares = await make_shares(bus)
        await approve(bus, shares[0])
        with monkeypatch.context() as patch:
            audit_fails(patch, setting="vault.shares/approved")
            with pytest.raises(Unavailable):
                await approve(bus, shares[1])
        with pytest.raises(Denied):
            await make_shares(bus)
        assert (await approve(bus, shares[1]))["given"] == 1


async def test_shares_that_nobody_got_are_not_put_in_force(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path, root_key="shares"):
        with monkeypatch.context() as patch:
            audit_fails(patch, setting="vault.shares/made")
            with pytest.raises(Unavailable):
                await make_shares(bus)
        with pytest.raises(Conflict):
            await ask(bus, "confirm")


async def test_shares_that_nobody_confirmed_are_not_in_force(bus, tmp_path):
    async with running(bus, tmp_path, root_key="shares"):
        key = EnvelopeKey()
        await manage(bus, "operator", ManageAsked(operation="split", public_key=key.public, needed=2, of=2))
        assert (await ask(bus, "status"))["state"] == "new"
        with pytest.raises(Invalid):
            await ask(bus, "split", needed=2, of=2)
        for needed, of in ((1, 2), (3, 2), (2, 17)):
            with pytest.raises(Invalid):
                await ask(bus, "split", needed=needed, of=of, public_key=key.public)


async def test_the_root_key_is_rotated_while_leases_go_on(bus, tmp_path):
    async with running(bus, tmp_path):
        ring = KeyRing(bus, "dialogue")
        boxes = {name: (await ring.lease(name)).seal("p", b"x") for name in (f"c{n}" for n in range(30))}
        assert (await ask(bus, "rotate"))["current"] == 2
        during = KeyRing(bus, "dialogue")
        for name, box in boxes.items():
            assert (await during.lease(name)).unseal("p", box) == b"x"
        found = await rewrapped(bus)
        assert found["keys"] == {"2": 60}
        assert (await KeyRing(bus, "dialogue").lease("c1")).unseal("p", boxes["c1"]) == b"x"
    actions = {one["action"]: one for one in await told(bus)}
    assert actions["root_key_rotated"]["generation"] == 2
    assert (actions["keys_rewrapped"]["keys"], actions["keys_rewrapped"]["generation"]) == (60, 2)


async def test_a_person_has_a_key_that_only_dialogue_leases_and_erasing_it_is_for_good(bus, tmp_path):
    async with running(bus, tmp_path):
        keys = await KeyRing(bus, "dialogue").person(PERSON)
        box = keys.seal("preferences", b"likes short answers")
        again = await KeyRing(bus, "dialogue").person(PERSON)
        assert again.unseal("preferences", box) == b"likes short answers"
        for place, other in (("notes", again), ("preferences", PersonKeys("cd" * 16, {1: bytes(32)}))):
            with pytest.raises(Tampered):
                other.unseal(place, box)
        for position in range(len(box) * 8):
            changed = bytearray(box)
            changed[position // 8] ^= 1 << position % 8
            with pytest.raises(Tampered):
                again.unseal("preferences", bytes(changed))
        for unit in ("gateway", "phone", "connectors", "operator"):
            with pytest.raises(Denied):
                await KeyRing(bus, unit).person(PERSON)
        with pytest.raises(Invalid):
            await KeyRing(bus, "dialogue").person("somebody")
        assert (await ask(bus, "erase", holders=(ErasureAsked(PERSON, person=True),), why="T-1"))["keys"] == 1
        with pytest.raises(Unknown):
            await KeyRing(bus, "dialogue").person(PERSON)
        assert [one["name"] for one in (await ask(bus, "erased"))["erased"]] == [PERSON]
    erased = [one for one in await told(bus) if one["action"] == "keys_erased"]
    assert [(one["subject"], one["reason"]) for one in erased] == [(PERSON, "T-1")]


async def test_raw_values_of_a_conversation_that_is_long_over_are_dialogues_alone(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        await KeyRing(bus, "dialogue").lease("c1")
        assert (await KeyRing(bus, "gateway").lease("c1")).classes == {"redacted", "raw"}
        with sqlite3.connect(box.paths.folder("vault") / "keys.sqlite") as database:
            database.execute("UPDATE worked_on SET at = at - 30 * 86400")
        for unit in ("gateway", "phone", "connectors"):
            with pytest.raises(Denied):
                await KeyRing(bus, unit).lease("c1")
            assert (await KeyRing(bus, unit).lease("c1", classes=REDACTED)).classes == {"redacted"}
        await KeyRing(bus, "dialogue").lease("c1")  # something happens in it again
        assert (await KeyRing(bus, "gateway").lease("c1")).classes == {"redacted", "raw"}
        async with asyncio.timeout(5):
            while len([one for one in await told(bus) if one["action"] == "key_leased"]) < 2:
                await asyncio.sleep(0.02)
    leased = [one for one in await told(bus) if one["action"] == "key_leased"]
    assert {(one["asker"], one["conversation"], one["classes"]) for one in leased} == {
        ("gateway", "c1", "raw/redacted")
    }


@pytest.mark.parametrize("question", [b"", b"{}", b'{"operation":"open"}', b'{"operation":"unseal","envelope":"#"}'])
async def test_a_question_that_makes_no_sense_is_answered_so(bus, tmp_path, question):
    async with running(bus, tmp_path):
        answer = json.loads(await bus.request("b2t.vault.manage.operator", question))
        assert answer["code"] in ("invalid", "tampered")
        with structlog.testing.capture_logs() as lines:
            await bus.request("b2t.vault.manage.operator", question)
        assert "#" not in json.dumps(lines)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


async def test_what_was_erased_after_a_backup_is_not_readable_when_it_is_put_back(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        ring = KeyRing(bus, "dialogue")
        boxes = {name: (await ring.lease(name)).seal("p", b"x") for name in ("c1", "c2")}
        made = await ask(bus, "back_up", keep_days=30)
        assert made["keys"] == 4
        await ask(bus, "erase", holders=(ErasureAsked("c1"),))
        erased = (await ask(bus, "erased"))["erased"]
        backup = Path(made["file"])
        assert mode(backup) == 0o600
        os.utime(backup, (0, time.time() - 31 * 86_400))
        kept = tmp_path / "off-the-box"
        shutil.copyfile(backup, kept)
        assert (await ask(bus, "back_up", keep_days=30))["removed"] in (0, 1)
        assert not [file for file in backup.parent.iterdir() if file.stat().st_mtime < time.time() - 86_400]
    for file in box.paths.folder("vault").glob("keys.sqlite*"):
        file.unlink()
    shutil.copyfile(kept, box.paths.folder("vault") / "keys.sqlite")
    async with running(bus, tmp_path):
        holders = tuple(ErasureAsked(one["name"], one["person"]) for one in erased)
        assert (await ask(bus, "erase", holders=holders))["keys"] == 2
        with pytest.raises(Unknown):
            await KeyRing(bus, "dialogue").lease("c1")
        assert (await KeyRing(bus, "dialogue").lease("c2")).unseal("p", boxes["c2"]) == b"x"


# ---- looking values up -----------------------------------------------------------------------------------------------


async def test_who_looks_values_up_is_in_the_audit_log_first(bus, tmp_path, monkeypatch):
    async with running(bus, tmp_path):
        party = (await KeyRing(bus, "dialogue").lease("box")).digest("caller/+15550100")
        digest = (await KeyRing(bus, "dialogue").lease("c1")).digest("4711")
        candidates = (Candidate("c1", (digest,)), Candidate("c2", (digest,)))
        assert (await ask(bus, "identify", values=("caller/+15550100",)))["hashes"] == [party]
        found = await ask(bus, "match", values=("4711", "4712"), candidates=candidates)
        assert found["conversations"] == ["c1"]
        audit = Unit.audit

        async def failing(self, action, **fields):
            if action == "key_leased":
                raise Unavailable("The audit log takes nothing now.")
            await audit(self, action, **fields)

        monkeypatch.setattr(Unit, "audit", failing)
        with pytest.raises(Unavailable):
            await ask(bus, "identify", values=("caller/+15550100",))
        with pytest.raises(Unavailable):
            await ask(bus, "match", values=("4711",), candidates=candidates)
    entries = await told(bus)
    assert [(one["asker"], one["classes"], one["reason"]) for one in entries if one["action"] == "key_leased"] == [
        ("operator", "identify", "values-1/conversations-0"),
        ("operator", "match", "values-2/conversations-2"),
    ]
    assert all(AUDIT_EVENT.validate_python(one) for one in entries)
    assert not any(value in json.dumps(entries) for value in ("5550100", "4711", party))


async def test_few_values_are_looked_up_and_no_others_than_people_are_known_by(bus, tmp_path):
    async with running(bus, tmp_path):
        keys = await KeyRing(bus, "dialogue").lease("box")
        for value in ("code/1234", "wrong/1", "4711", "caller/", ""):
            with pytest.raises(Denied):
                await ask(bus, "identify", values=("caller/1", value))
        with pytest.raises(Denied):
            await ask(bus, "match", values=("code/1",), candidates=(Candidate("box", (keys.digest("code/1"),)),))
        with pytest.raises(Invalid):
            await ask(bus, "match", values=tuple(map(str, range(33))))
        for start in range(0, A_MINUTE, 32):
            await ask(bus, "identify", values=tuple(f"account/{n}" for n in range(start, start + 32)))
        for operation in ("identify", "match"):
            with pytest.raises(Full):
                await ask(bus, operation, values=("account/one-more",))
        assert (await ask(bus, "erase", holders=(ErasureAsked("c1"),)))["holders"] == 1
    refused = [one["reason"] for one in await told(bus) if one["action"] == "lease_denied"]
    assert refused == ["identify/denied"] * 5 + ["match/denied", "identify/full", "match/full"]


# ---- check ----------------------------------------------------------------------------------------------------------


def batch(conversation: str, number: int, *events: dict) -> bytes:
    document = {
        "schema": 1,
        "conversation": conversation,
        "number": number,
        "at": "2026-03-01T10:00:00+00:00",
        "agent": "banking",
        "version": "1",
        "events": list(events),
    }
    return json.dumps(document).encode()


async def store_talk(bus: Bus, box: Box, conversation: str) -> list[bytes]:
    """Two batches in the event log, and the same in the archive."""
    keys = await KeyRing(bus, "dialogue").lease(conversation)
    text, value = keys.seal("turn/i1/text", b"it is <CARD_1>"), keys.seal("ref/CARD_1", b"4111", "raw")
    said = {
        "kind": "turn_heard",
        "input_id": "i1",
        "text": {"key": text.key, "box": text.box},
        "references": [{"name": "CARD_1", "kind": "card", "value": {"key": value.key, "box": value.box}}],
    }
    reply = keys.seal("reply/r1/text", b"Thank you.")
    made = {"kind": "reply_made", "reply": "r1", "text": {"key": reply.key, "box": reply.box}}
    ended = {"kind": "conversation_ended", "reason": "closed", "outcome": "done"}
    raws = [batch(conversation, 1, said), batch(conversation, 2, made, ended)]
    sequences = [await bus.append(conversation_subject(conversation), raw) for raw in raws]
    archive = Archive(box.paths.folder("archive"), box.paths.folder("scribe") / "archive.sqlite")
    archive.put([read_batch(sequence, raw) for sequence, raw in zip(sequences, raws, strict=True)])
    archive.close()
    return raws


async def look(box: Box) -> vault_check.Checked:
    return await vault_check.check(box, lambda _checked: None)


async def test_check_finds_nothing_in_what_is_in_order_and_says_nothing_secret(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        for name in ("c1", "c2"):
            await store_talk(bus, box, name)
        checked = await look(box)
        assert (checked.keys, checked.batches, checked.archived, checked.boxes) == (4, 4, 2, 12)
        assert checked.faults == []
        await ask(bus, "erase", holders=(ErasureAsked("c1"),))
        checked = await look(box)
        assert (checked.erased, checked.faults) == (6, [])


async def test_check_finds_what_was_changed_moved_cut_or_lost_in_the_key_store(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        for name in ("c1", "c2", "c3", "c4"):
            await KeyRing(bus, "dialogue").lease(name)
        changes = {
            "c1, raw": "UPDATE wrapped_keys SET wrapped = substr(wrapped, 1, 59) WHERE conversation='c1' AND key='raw'",
            "c2, redacted": "UPDATE wrapped_keys SET wrapped = (SELECT wrapped FROM wrapped_keys WHERE "
            "conversation='c3' AND key='redacted') WHERE conversation='c2' AND key='redacted'",
            "c3, raw": "UPDATE wrapped_keys SET root_generation = 7 WHERE conversation='c3' AND key='raw'",
            "c4, rav": "UPDATE wrapped_keys SET key = 'rav' WHERE conversation='c4' AND key='raw'",
        }
        with sqlite3.connect(box.paths.folder("vault") / "keys.sqlite") as database:
            for change in changes.values():
                database.execute(change)
        found = {fault.place for fault in (await look(box)).faults}
        assert found == {f"vault/keys.sqlite: {place}, generation 1" for place in changes}


async def test_every_flipped_bit_of_a_wrapped_key_is_found(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        for n in range(0, 480, 2):
            await KeyRing(bus, "dialogue").lease(f"c{n}")
        with sqlite3.connect(box.paths.folder("vault") / "keys.sqlite") as database:
            rows = database.execute("SELECT rowid, wrapped FROM wrapped_keys").fetchall()
            assert len(rows) == 480 == len(rows[0][1]) * 8
            for bit, (row, wrapped) in enumerate(rows):
                changed = bytearray(wrapped)
                changed[bit // 8] ^= 1 << bit % 8
                database.execute("UPDATE wrapped_keys SET wrapped = ? WHERE rowid = ?", (bytes(changed), row))
        assert len((await look(box)).faults) == 480


async def test_check_finds_what_was_changed_moved_or_lost_in_the_event_log(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        first, second = await store_talk(bus, box, "c1")
        await KeyRing(bus, "dialogue").lease("c2")
        await bus.append(conversation_subject("c2"), first.replace(b'"c1"', b'"c2"'))
        await bus.append(conversation_subject("c3"), first)
        await bus.append(conversation_subject("c4"), batch("c4", 1))
        await bus.append(conversation_subject("c4"), batch("c4", 3))
        await bus.append(conversation_subject("c5"), first.replace(b'"c1"', b'"c5"'))
        await bus.append(conversation_subject("c6"), b"{")
        wrong = json.loads(second.replace(b'"number": 2', b'"number": 3'))
        wrong["events"][0]["text"]["key"] = "raw"
        await bus.append(conversation_subject("c1"), json.dumps(wrong).encode())
        faults = {fault.place: fault.fault for fault in (await look(box)).faults}
    assert {place.partition("/")[0] for place in faults} == {f"event log {n}" for n in (3, 4, 6, 7, 8, 9)}
    assert "damaged" not in faults
    assert "not open" in faults["event log 3/events/0/text"]
    assert "another conversation" in faults["event log 4"]
    assert "batch 3 of the conversation follows batch 1" in faults["event log 6"]
    assert "not in the key store" in faults["event log 7/events/0/text"]
    assert "no batch" in faults["event log 8"]
    assert "not open" in faults["event log 9/events/0/text"]


async def test_every_flipped_bit_of_an_archived_conversation_is_found(bus, tmp_path):
    async with running(bus, tmp_path) as box:
        keys = await KeyRing(bus, "dialogue").lease("c1")
        sealed = keys.seal("reply/r1/text", b"x")
        made = {"kind": "reply_made", "reply": "r1", "text": {"key": sealed.key, "box": sealed.box}}
        raw = batch("c1", 1, made, {"kind": "conversation_ended"})
        archive = Archive(box.paths.folder("archive"), box.paths.folder("scribe") / "archive.sqlite")
        archive.put([read_batch(await bus.append(conversation_subject("c1"), raw), raw)])
        archive.close()
        file = next(box.paths.folder("archive").glob("*/*/*.jsonl"))
        whole = file.read_bytes()
        for position in range(len(whole) * 8):
            changed = bytearray(whole)
            changed[position // 8] ^= 1 << position % 8
            with file.open("r+b") as opened:
                opened.write(changed)
            with pytest.raises(Tampered):
                vault_check.archive.verify(file)
        for length in range(len(whole)):
            file.write_bytes(whole[:length])
            with pytest.raises(Tampered):
                vault_check.archive.verify(file)
        file.write_bytes(whole)
        assert (await look(box)).faults == []
        file.write_bytes(whole[:-20])
        assert [fault.place for fault in (await look(box)).faults] == ["archive/2026/03/c1.jsonl"]
        file.write_bytes(whole)
        file.rename(file.with_name("c2.jsonl"))
        faults = [replace(fault, place=fault.place.split("/events")[0]) for fault in (await look(box)).faults]
        assert {fault.place for fault in faults} >= {"archive/2026/03/c2.jsonl", "archive/2026/03/c2.jsonl 1"}
