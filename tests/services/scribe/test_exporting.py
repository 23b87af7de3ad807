"""An export verifies offline with the file inside it, and nothing in it can be changed unnoticed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.audit import verify_audit
from appliance.audit.selection import Selection
from appliance.audit.verify_audit import Wrong, check_export
from appliance.errors import Tampered, Unknown
from services.scribe.audit_log import AuditLog, Message, open_signer
from services.scribe.exporting import Asked, Export

SECOND = 1_000_000_000


def told(number: int) -> bytes:
    entry = {"actor": "gateway", "at": number * SECOND}
    if number % 3 == 0:
        entry |= {"action": "conversation_read", "conversation": f"c{number % 9}", "account": f"account:{number % 4}"}
    elif number % 3 == 1:
        entry |= {"action": "signed_in", "account": f"account:{number % 4}", "source": "h:0a1b", "result": "done"}
    else:
        entry |= {"action": "agent_published", "agent": "banking", "version": f"v{number}"}
    return json.dumps(entry).encode()


class Pack:
    def __init__(self, folder: Path, entries: int) -> None:
        self.folder = folder
        self.signer = open_signer(folder / "audit.key")
        self.log = AuditLog(folder, self.signer)
        self.checkpoints: list[str] = []
        for start in range(1, entries + 1, 100):
            some = [Message(n, told(n), "gateway") for n in range(start, min(start + 100, entries + 1))]
            self.log.append_all(some, start * SECOND)
            self.checkpoints.append(self.log.checkpoint)

    @property
    def key(self) -> str:
        return self.signer.verifier.text

    def export(self, name: str = "pack.zip", **chosen: object) -> tuple[Path, Export]:
        asked = Asked(Selection(**chosen), "uid-0", "2026-11-30T12:00:00Z", "T-1")
        made = Export(self.log.reader, self.signer.verifier, asked, self.folder / name)
        made.finish(self.signer.sign_digest(made.write(), "timestamp:1"))
        return self.folder / name, made


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return Pack(tmp_path_factory.mktemp("log"), 1300)


def lines(file: Path, name: str = "entries.jsonl") -> list[dict]:
    with zipfile.ZipFile(file) as opened:
        return [json.loads(line) for line in opened.read(name).splitlines()]


def test_the_whole_log(pack: Pack) -> None:
    file, _ = pack.export()
    assert check_export(str(file), pack.key, [], []) == (
        "1300 entries, a run of entries with none left out, in the signed log of 1300"
    )
    assert [one["sequence"] for one in lines(file)] == list(range(1, 1301))
    with zipfile.ZipFile(file) as opened:
        assert opened.read("report.pdf").startswith(b"%PDF")
        assert opened.read("entries.csv").count(b"\n") == 1301
        assert not [name for name in opened.namelist() if name.startswith("proofs/")]
    file.unlink()


ALL = [json.loads(told(number)) for number in range(1, 1301)]
READ = "conversation_read"


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"conversation": "c3"}, lambda e: e.get("conversation") == "c3"),
        ({"person": "account:1"}, lambda e: e.get("account") == "account:1"),
        ({"agent": "banking"}, lambda e: "agent" in e),
        ({"control": "pci-10.2.1.1"}, lambda e: e["action"] == READ),
        ({"incident": "c6"}, lambda e: e.get("conversation") == "c6"),
        ({"start": 201 * SECOND, "end": 501 * SECOND}, lambda e: 201 <= e["at"] // SECOND <= 500),
        (
            {"start": 201 * SECOND, "person": "account:2", "control": "pci-10.2.1.1"},
            lambda e: e["at"] >= 201 * SECOND and e.get("account") == "account:2" and e["action"] == READ,
        ),
        ({"conversation": "nobody"}, lambda e: False),
        ({"start": 10**6 * SECOND}, lambda e: False),
        ({"end": 0}, lambda e: False),
    ],
    ids=lambda one: str(one) if isinstance(one, dict) else "",
)
def test_what_is_selected_is_all_that_is_in_it_and_proved(pack: Pack, chosen: dict, wanted) -> None:
    count = sum(map(wanted, ALL))
    file, made = pack.export("some.zip", **chosen)
    said = check_export(str(file), pack.key, [], [])
    assert said.startswith(f"{count} entries, ")
    assert made.digest.count == count == len(lines(file))
    with zipfile.ZipFile(file) as opened:
        single = [name for name in opened.namelist() if name.startswith("proofs/")]
        assert ("touched.csv" in opened.namelist()) is ("incident" in chosen)
    assert len(single) == (count if count <= 1000 else 0)
    file.unlink()


def test_a_single_proof_is_checked_alone(pack: Pack, tmp_path: Path) -> None:
    file, _ = pack.export("one.zip", conversation="c3")
    with zipfile.ZipFile(file) as opened:
        entry = opened.read("entries.jsonl").splitlines()[5]
        proof = opened.read(f"proofs/{json.loads(entry)['sequence']}.tlog-proof").decode()
    key = verify_audit.Key(pack.key)
    assert verify_audit.check_tlog_proof(key, proof, entry)[1] == 1300
    with pytest.raises(Wrong):
        verify_audit.check_tlog_proof(key, proof, entry.replace(b"c3", b"c6"))
    file.unlink()


def test_the_post_quantum_key_has_signed_too_where_the_library_knows_it(pack: Pack, tmp_path: Path) -> None:
    if pack.signer.post_quantum is None:
        pytest.skip("the installed cryptography has no ML-DSA")
    file, _ = pack.export("pq.zip", end=0)
    check_export(str(file), pack.key, [pack.signer.post_quantum.text], [])
    other = open_signer(tmp_path / "other.key").post_quantum
    with pytest.raises(Wrong, match="not signed by"):
        check_export(str(file), pack.key, [other.text], [])
    signed = pack.signer.verifier.open(pack.log.checkpoint)
    pack.signer.post_quantum.check(pack.log.checkpoint, signed.size, signed.root)
    for size, root in ((signed.size - 1, signed.root), (signed.size, bytes(32))):
        with pytest.raises(Tampered):
            pack.signer.post_quantum.check(pack.log.checkpoint, size, root)
    file.unlink()


def test_an_unknown_control_leaves_nothing_behind(pack: Pack) -> None:
    with pytest.raises(Unknown):
        pack.export("no.zip", control="pci-99")
    assert not [one for one in pack.folder.iterdir() if "no.zip" in one.name or one.name.startswith(".export")]


def test_an_earlier_checkpoint_must_be_of_the_same_log(pack: Pack, tmp_path: Path) -> None:
    file, _ = pack.export("older.zip")
    kept = tmp_path / "kept"
    kept.write_text(pack.checkpoints[4])
    check_export(str(file), pack.key, [], [str(kept)])
    other = Pack(tmp_path / "other", 3)
    forged = AuditLog(tmp_path / "forged", pack.signer)
    forged.append_all([Message(n, told(n + 1)) for n in range(1, 501)], 1)
    kept.write_text(forged.checkpoint)
    with pytest.raises(Wrong, match="signed for"):
        check_export(str(file), pack.key, [], [str(kept)])
    with pytest.raises(Wrong, match="not signed by this key"):
        check_export(str(file), other.key, [], [])
    file.unlink()


def change(file: Path, to: Path, name: str, how) -> None:
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for one in old.namelist():
            content = old.read(one)
            if one == name:
                content = how(content)
            if content is not None:
                new.writestr(one, content)


def test_no_file_in_it_can_be_changed_left_out_or_added(pack: Pack, tmp_path: Path) -> None:
    file, _ = pack.export("small.zip", incident="c3", end=200 * SECOND)
    with zipfile.ZipFile(file) as opened:
        names = opened.namelist()
    changed = tmp_path / "changed.zip"
    for name in names:
        hows = (lambda raw: raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:], lambda raw: None, lambda raw: raw + b"\n")
        for how in hows if name != "manifest.json.minisig" else hows[:2]:
            change(file, changed, name, how)
            with pytest.raises((Wrong, ValueError)):
                check_export(str(changed), pack.key, [], [])
    shutil.copy(file, changed)
    with zipfile.ZipFile(changed, "a") as opened:
        opened.writestr("more.txt", "more")
    with pytest.raises(Wrong, match="not signed for"):
        check_export(str(changed), pack.key, [], [])
    file.unlink()


def resigned(pack: Pack, file: Path, to: Path, name: str, how) -> None:
    """As whoever holds the key could make it: manifest and signature fit, only the tree does not."""
    from hashlib import blake2b, sha256

    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        contents = {one: old.read(one) for one in old.namelist()}
        contents[name] = how(contents[name])
        manifest = json.loads(contents["manifest.json"])
        for one in manifest["files"]:
            one["sha256"], one["bytes"] = sha256(contents[one["name"]]).hexdigest(), len(contents[one["name"]])
        manifest["entries"] = contents["entries.jsonl"].count(b"\n")
        contents["manifest.json"] = json.dumps(manifest).encode()
        contents["manifest.json.minisig"] = pack.signer.sign_digest(
            blake2b(contents["manifest.json"]).digest(), "x"
        ).encode()
        for one, content in contents.items():
            new.writestr(one, content)


def test_entries_are_those_of_the_tree_even_if_all_else_is_signed_anew(pack: Pack, tmp_path: Path) -> None:
    file, _ = pack.export("signed.zip", conversation="c3", end=300 * SECOND)
    changed = tmp_path / "changed.zip"

    def swapped(raw: bytes) -> bytes:
        some = raw.splitlines(keepends=True)
        return b"".join([some[1], some[0], *some[2:]])

    for how in (
        lambda raw: raw.replace(b"account:1", b"account:0", 1),
        lambda raw: b"".join(raw.splitlines(keepends=True)[1:]),
        lambda raw: raw + raw.splitlines(keepends=True)[-1],
        swapped,
    ):
        resigned(pack, file, changed, "entries.jsonl", how)
        with pytest.raises(Wrong):
            check_export(str(changed), pack.key, [], [])
    resigned(pack, file, changed, "README.txt", lambda raw: raw)
    check_export(str(changed), pack.key, [], [])
    file.unlink()


@pytest.mark.process
def test_the_verifier_inside_needs_nothing_of_this_project(pack: Pack, tmp_path: Path) -> None:
    file, _ = pack.export("away.zip", person="account:1")
    with zipfile.ZipFile(file) as opened:
        opened.extract("verify_audit.py", tmp_path)

    def ask(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify_audit.py", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    done = ask("export", str(file), "--key", pack.key)
    assert (done.returncode, done.stdout[:6]) == (0, "holds:"), done.stderr
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(file.read_bytes()[:-400])
    done = ask("export", str(damaged), "--key", pack.key)
    assert (done.returncode, done.stdout[:14]) == (1, "DOES NOT HOLD:"), done.stderr
    file.unlink()
