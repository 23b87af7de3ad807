"""A person is found, exported and erased over the real bus; a restored backup that is told again shows nothing."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing
from appliance.audit import verify_audit
from appliance.audit.checkpoint import Signer
from appliance.audit.proofs import check_proof
from appliance.audit.verify_audit import check_certificate
from appliance.cli.app import make
from appliance.cli.audit_reading import reading, signer_of
from appliance.cli.box import Box
from appliance.cli.output import Output
from appliance.cli.rights import _wanted, exported, finish, sought
from appliance.cli.rights_erasing import begin, certify, erase, read_begun, replay
from appliance.cli.vault import read_list
from appliance.config import Config
from appliance.errors import Conflict, Invalid, Tampered, Unavailable
from appliance.privacy.identifiers import Identifier
from services.connectors.call_log import FORGOTTEN, Logged
from services.vault import service as vault
from tests.conftest import NatsServer
from tests.fakes.keeping_box import WholeBox, whole

app = make(["up", "rights"])
PHONE, CUSTOMER = Identifier("phone", "+1 555 0100"), Identifier("customer", "4711 0815")


@pytest.fixture(autouse=True)
def _no_prctl(monkeypatch):
    monkeypatch.setattr(vault, "forbid_dumps", lambda: None)
    monkeypatch.setattr(vault, "lock_memory", lambda: False)


def operator(box: WholeBox) -> Box:
    config = Config.model_validate({"audit": {"reserve_mib": 0}})
    return Box(box.paths, config, box.bus)


async def filled(box: WholeBox) -> str:
    """Two of the caller's, one of which they named their number in, one of another's who named it, one of a third's."""
    party = (await KeyRing(box.bus, "dialogue").lease("box")).digest("caller/+15550100")
    await box.talk("called", days_ago=1, party=party)
    await box.talk("named", days_ago=1, party="cd" * 16, number="47110815")
    await box.talk("stranger", days_ago=1, party="ef" * 16, number="11112222")
    await box.settled("called", "named", "stranger")
    return party


async def test_a_person_is_found_by_number_and_by_what_they_named(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        party = await filled(box)
        found = await sought(operator(box), (PHONE, CUSTOMER), "T-1")
        assert found.persons[0] == party
        assert {name: one["by"] for name, one in found.conversations.items()} == {"called": "party", "named": "value"}
        assert found.conversations["called"]["where"] == ["archive", "event log"]
        assert found.looked_at == 3
        told = [one for one in await box.told() if one["action"] == "person_sought"]
        assert [(one["person"], one["reason"]) for one in told] == [(party, "T-1")]
        assert "5550100" not in json.dumps(await box.told())


async def test_an_export_holds_redacted_words_and_is_on_record(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await filled(box)
        done = await exported(operator(box), (PHONE,), "", tmp_path / "theirs.zip")
        assert done["conversations"] == 1
        with zipfile.ZipFile(tmp_path / "theirs.zip") as pack:
            assert set(pack.namelist()) == {"index.json", "conversations/called.json"}
            lines = json.loads(pack.read("conversations/called.json"))["lines"]
        assert "words of called" in [line["text"] for line in lines]
        assert [one["action"] for one in await box.told() if one["actor"] == "operator"] == [
            "person_sought",
            "person_exported",
            "conversation_read",
        ]


async def test_erased_from_everywhere_with_a_certificate_that_the_log_proves(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await filled(box)
        mine = operator(box)
        found = await sought(mine, (PHONE, CUSTOMER), "")
        erased = await erase(mine, found.persons, tuple(found.conversations), "T-2")
        assert (erased.kept, erased.removed["archive"], erased.removed["analytics"]) == ((), 2, 2)
        done = await certify(mine, found, erased, "T-2", tmp_path / "certificate.zip")
        assert done["conversations"] == ["called", "named"]
        for name in ("called", "named"):
            assert not await box.has_keys(name)
            assert not box.file(name)
            assert not await box.in_log(name)
            assert box.calls.find(f"call-{name}") == Logged(FORGOTTEN)
        assert box.counted() == {"stranger"}
        assert await box.has_keys("stranger")
        with zipfile.ZipFile(tmp_path / "certificate.zip") as pack:
            files = {name: pack.read(name) for name in pack.namelist()}
        digest = sha256(files["certificate.json"]).hexdigest()
        assert json.loads(files["entry.json"])["certificate"] == digest
        verifier = signer_of(box.paths).verifier
        check_proof(files["entry.tlog-proof"].decode(), files["entry.json"], verifier)
        with pytest.raises(Tampered):
            check_proof(files["entry.tlog-proof"].decode(), files["entry.json"] + b" ", verifier)
        assert b"file:certificate.json" in files["certificate.json.minisig"]
        assert reading(box.paths, lambda reader: reader.examine(verifier)).ok
        check_certificates(tmp_path / "certificate.zip", files, verifier.text, box.paths.root)
        again = await sought(mine, (PHONE, CUSTOMER), "")
        assert again.conversations == {}


async def test_an_erasure_by_value_that_broke_off_gets_its_certificate(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        await filled(box)
        mine, place = operator(box), tmp_path / "certificate.zip"
        found = await sought(mine, (CUSTOMER,), "")
        begun = begin(found, place)
        assert "4711" not in begun.read_text()
        await box.connectors_go()
        with pytest.raises(Unavailable, match="--continue"):
            await finish(mine, begun, found, "T-5", place)
        assert (await sought(mine, (CUSTOMER,), "")).conversations == {}
        await box.connectors_come_back()
        done = await finish(mine, begun, read_begun(begun), "T-5", place)
        assert done["conversations"] == ["named"]
        assert check_certificate(str(place), signer_of(box.paths).verifier.text, []).startswith("1 conversations")
        with pytest.raises(Invalid):
            begin(found, place)
        with pytest.raises(Invalid):
            read_begun(tmp_path / "none")


def check_certificates(file, files: dict[str, bytes], key: str, data) -> None:
    """Offline, by the command and by the single file; whatever is changed in it is found."""
    shown = CliRunner().invoke(app, ["rights", "verify", str(file), "--data-dir", str(data), "--json"])
    assert (shown.exit_code, json.loads(shown.output)["holds"]) == (0, True)
    command = [sys.executable, "-I", verify_audit.__file__, "certificate", str(file), "--key", key]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.stdout.startswith(b"holds: 2 conversations erased")
    certificate = json.loads(files["certificate.json"])
    changes = {
        "certificate.json": json.dumps(certificate | {"conversations": ["called"]}).encode(),
        "entry.json": files["entry.json"].replace(b"person_erased", b"person_sought"),
        "entry.tlog-proof": files["entry.tlog-proof"].replace(b"index ", b"index 1"),
        "erased.json": b'{"erased": []}',
        "certificate.json.minisig": files["certificate.json.minisig"].replace(b"timestamp", b"timestamq"),
    }
    for name, content in changes.items():
        changed = file.with_name("changed.zip")
        with zipfile.ZipFile(changed, "w") as pack:
            for each, data_ in {**files, name: content}.items():
                pack.writestr(each, data_)
        shown = CliRunner().invoke(app, ["rights", "verify", str(changed), "--key", key])
        assert (shown.exit_code, "DOES NOT HOLD" in shown.output) == (1, True), name
    other = Signer("other", Ed25519PrivateKey.generate()).verifier.text
    assert CliRunner().invoke(app, ["rights", "verify", str(file), "--key", other]).exit_code == 1


@pytest.mark.parametrize("options", [["--phone", "+15550100", "--json"], ["--phone", "-"]])
def test_nobody_is_erased_unasked(tmp_path, options):
    shown = CliRunner().invoke(app, ["rights", "erase", *options, "--data-dir", str(tmp_path)], input="+15550100\n")
    assert shown.exit_code == 2
    assert "--yes" in shown.output


def test_identifiers_come_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("+1 555 0100\n\n+15550101\n"))
    wanted = _wanted(Output(as_json=False), ["-"], None, ["4711"], None)
    assert [(one.kind, one.value) for one in wanted] == [
        ("phone", "+1 555 0100"),
        ("phone", "+15550101"),
        ("customer", "4711"),
    ]
    with pytest.raises(SystemExit, match="2"):
        _wanted(Output(as_json=False), ["-"], ["-"], None, None)


async def test_who_is_held_is_not_erased(bus, tmp_path):
    async with whole(bus, tmp_path) as box:
        party = await filled(box)
        await box.ask("hold", persons=(party,))
        with pytest.raises(Conflict):
            await erase(operator(box), (party,), ("called",), "T-3")
        await box.ask("lift", persons=(party,))
        await box.ask("hold", conversations=("called",))
        erased = await erase(operator(box), (party,), ("called", "named"), "T-3")
        assert erased.kept == ("called",)
        assert await box.has_keys("called")
        assert not await box.has_keys("named")


@asynccontextmanager
async def started(server: NatsServer, tmp_path):
    """The bus and the units, until all of them are down again."""
    server.start()
    bus = await Bus.connect(server.url, "test")
    try:
        await bus.ensure_streams()
        async with whole(bus, tmp_path) as box:
            yield box
    finally:
        await bus.close()
        server.kill()


async def test_a_restored_backup_that_is_told_the_list_shows_nothing(nats_server, tmp_path):
    nats_server.kill()
    data, store, backup = tmp_path / "data", tmp_path / "nats", tmp_path / "backup"
    async with started(nats_server, tmp_path) as box:
        await filled(box)
    shutil.copytree(data, backup / "data")
    shutil.copytree(store, backup / "nats")
    async with started(nats_server, tmp_path) as box:
        mine = operator(box)
        found = await sought(mine, (PHONE, CUSTOMER), "")
        erased = await erase(mine, found.persons, tuple(found.conversations), "T-4")
        await certify(mine, found, erased, "T-4", tmp_path / "certificate.zip")
    with zipfile.ZipFile(tmp_path / "certificate.zip") as pack:
        pack.extract("erased.json", tmp_path / "off-box")
    for folder, name in ((data, "data"), (store, "nats")):
        shutil.rmtree(folder)
        shutil.copytree(backup / name, folder)
    async with started(nats_server, tmp_path) as box:
        assert await box.has_keys("called")
        assert await box.in_log("called")
        await replay(operator(box), read_list(tmp_path / "off-box" / "erased.json"))
        for name in ("called", "named"):
            assert not await box.has_keys(name)
            assert not await box.in_log(name)
            assert not box.file(name)
        assert box.counted() == {"stranger"}
        assert await box.has_keys("stranger")
        assert (await sought(operator(box), (PHONE, CUSTOMER), "")).conversations == {}


def test_numbers_are_tried_as_they_may_have_been_signalled():
    assert Identifier("phone", "0049 (30) 1234").parties()[:3] == (
        "caller/0049301234",
        "caller/+49301234",
        "caller/49301234",
    )
    assert Identifier("customer", "12-34").parties() == ()
    with pytest.raises(Invalid):
        Identifier("phone", "call me").parties()
