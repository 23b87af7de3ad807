"""The record of who may see values: whatever is done to its file is found, and no removed key ever comes back."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.cli.person_key import public_text
from appliance.config import Paths, VaultConfig
from appliance.errors import Conflict, Tampered, Unavailable, Unknown
from appliance.privacy.unredaction import Person, Request, Statement, person_id, sign
from appliance.privacy.unredaction_asking import MOST_TOLD, ToldStep
from services.vault import requests
from services.vault.backups import Backup, back_up
from services.vault.keeper import RootKeeper
from services.vault.own_keys import OwnKeys
from services.vault.requests import Requests
from services.vault.store import KeyStore

ROOT = Path(__file__).resolve().parents[3]
NOW = int(time.time())
RENEWAL = "e" * 16


@dataclass
class Vault:
    """The record with the key store it belongs to, as a vault that starts opens them."""

    paths: Paths

    def __post_init__(self) -> None:
        self.folder = self.paths.folder("vault")
        self.file = self.folder / "unredaction.sqlite"
        self.open()

    def open(self) -> None:
        keeper = RootKeeper(VaultConfig(), self.paths)
        keeper.start()
        self.store = KeyStore(self.folder / "keys.sqlite")
        self.own = OwnKeys(keeper, self.store)
        self.requests = Requests(self.file, self.store, self.own)

    def close(self) -> None:
        self.requests.close()
        self.store.close()

    def sql(self, *statements: str) -> None:
        connection = sqlite3.connect(self.file)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def copy(self, to: Path) -> Path:
        """Of the file as it stands, whatever still lies in its log."""
        source, copied = sqlite3.connect(self.file), sqlite3.connect(to)
        source.backup(copied)
        copied.close()
        source.close()
        return to


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made = Vault(Paths(tmp_path / "data"))
    yield made
    made.close()


def person(*rights: str) -> tuple[Ed25519PrivateKey, Person]:
    key = Ed25519PrivateKey.generate()
    public = public_text(key)
    return key, Person(id=person_id(public), public_key=public, label="x", rights=rights, enrolled_at=NOW)


def asked(key: Ed25519PrivateKey, who: Person, id: str, step: str = "ask") -> Request:
    statement = Statement(
        step=step, person=who.id, at=NOW, request=id, conversation="c1", reason="T-1", minutes=15, key=""
    )
    return Request(asked=sign(key, statement))


def put_back(vault: Vault, backup: Backup) -> None:
    """Keys and record, as whoever restores them does."""
    assert backup.record is not None
    vault.close()
    for end in ("-wal", "-shm"):
        for name in ("keys", "unredaction"):
            (vault.folder / f"{name}.sqlite{end}").unlink(missing_ok=True)
    shutil.copyfile(backup.file, vault.folder / "keys.sqlite")
    shutil.copyfile(backup.record, vault.file)
    vault.open()


def filled(vault: Vault) -> tuple[Person, Person]:
    """Two people, of whom the second is removed; a request, and an emergency access."""
    key, one = person("ask", "break-glass")
    _, other = person("approve")
    vault.requests.keep_person(one)
    vault.requests.keep_person(other)
    vault.requests.keep(asked(key, one, "a" * 16))
    vault.requests.keep(asked(key, one, "b" * 16, "break-glass"))
    vault.requests.change_person(replace(other, removed_at=NOW))
    return one, other


TAMPERED = {
    "content": ("UPDATE entries SET content = replace(content, 'ask', 'approve') WHERE number = 1",),
    "a space": ("UPDATE entries SET content = content || ' ' WHERE number = 3",),
    "kind": ("UPDATE entries SET kind = 'renewal' WHERE number = 3",),
    "subject": ("UPDATE entries SET subject = 'x' WHERE number = 3",),
    "hash": ("UPDATE entries SET hash = (SELECT hash FROM entries WHERE number = 1) WHERE number = 2",),
    "first left out": ("DELETE FROM entries WHERE number = 1",),
    "one left out": ("DELETE FROM entries WHERE number = 3",),
    "last left out": ("DELETE FROM entries WHERE number = 5",),
    "one left out and counted anew": (
        "DELETE FROM entries WHERE number = 4",
        "UPDATE entries SET number = 4 WHERE number = 5",
    ),
    "swapped": (
        "UPDATE entries SET number = 99 WHERE number = 3",
        "UPDATE entries SET number = 3 WHERE number = 4",
        "UPDATE entries SET number = 4 WHERE number = 99",
    ),
    "an earlier row again": (
        "INSERT INTO entries SELECT 6, kind, subject, content, hash FROM entries WHERE number = 2",
    ),
    "an earlier row in place of the removal": (
        "UPDATE entries SET content = (SELECT content FROM entries WHERE number = 2) WHERE number = 5",
    ),
    "all rows": ("DELETE FROM entries",),
    "the table": ("DROP TABLE entries",),
    "a column": ("ALTER TABLE entries RENAME COLUMN content TO contents",),
    "number as text": ("UPDATE entries SET hash = 'x' WHERE number = 5",),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_whatever_is_done_to_a_row_is_found(vault: Vault, how: str) -> None:
    _, removed = filled(vault)
    vault.requests.check()
    vault.sql(*TAMPERED[how])
    for _ in ("running", "started again"):
        with pytest.raises(Tampered, match="renew"):
            vault.requests.check()
        with pytest.raises(Tampered):
            vault.requests.persons()
        with pytest.raises(Tampered):
            vault.requests.keep_person(removed)
        with pytest.raises(Tampered):
            vault.requests.find("a" * 16)
        vault.close()
        vault.open()


def test_a_file_put_back_gone_or_damaged_is_found(vault: Vault, tmp_path: Path) -> None:
    vault.requests.keep_person(person("ask")[1])
    earlier = vault.copy(tmp_path / "earlier.sqlite")
    filled(vault)
    whole = vault.copy(tmp_path / "whole.sqlite")
    raw = whole.read_bytes()

    def put(content: bytes | None) -> None:
        vault.close()
        for end in ("", "-wal", "-shm"):
            (vault.folder / f"unredaction.sqlite{end}").unlink(missing_ok=True)
        if content is not None:
            vault.file.write_bytes(content)
        vault.open()

    damaged = (earlier.read_bytes(), None, b"", b"no database" * 1000, raw[: len(raw) // 2], raw[:100])
    for content in damaged:
        put(content)
        with pytest.raises(Tampered, match="renew"):
            vault.requests.check()
    put(raw)
    vault.requests.check()
    assert len(vault.requests.persons()) == 3


def test_what_was_edited_while_it_runs_counts_for_nothing_in_between(vault: Vault) -> None:
    one, _ = filled(vault)
    vault.sql(TAMPERED["content"][0])
    assert vault.requests.persons()[one.id].rights == ("ask", "break-glass")  # from memory, until all is checked


def test_two_copies_of_the_vault_add_to_one_record(vault: Vault) -> None:
    filled(vault)
    key, one = person("ask")
    other = Requests(vault.file, vault.store, vault.own)
    try:
        other.keep_person(one)
        vault.requests.keep(asked(key, one, "c" * 16))
        request = other.find("c" * 16)
        assert request is not None
        vault.requests.change(request, replace(request, closed_at=NOW))
        with pytest.raises(Conflict):
            other.change(request, replace(request, closed_at=NOW + 1))
        other.check()
        vault.requests.check()
        assert other.persons() == vault.requests.persons()
        assert other.listed() == vault.requests.listed()
    finally:
        other.close()


def test_removed_is_for_good(vault: Vault) -> None:
    one, removed = filled(vault)
    for somebody in (one, removed):
        with pytest.raises(Conflict):
            vault.requests.keep_person(replace(somebody, removed_at=None))
    with pytest.raises(Unknown):
        vault.requests.change_person(replace(removed, removed_at=None))


def test_a_record_that_was_put_back_with_its_store_goes_on_and_revives_nothing(vault: Vault, tmp_path: Path) -> None:
    one, removed = filled(vault)
    later = person("approve")[1]
    vault.requests.keep_person(later)
    backup = back_up(vault.store, vault.requests, tmp_path / "backups", 30)
    assert backup.record is not None
    for file in (backup.file, backup.record):
        assert file.stat().st_mode & 0o777 == 0o600
    vault.requests.change_person(replace(later, removed_at=NOW))
    put_back(vault, backup)
    with pytest.raises(Tampered, match="put back from a backup"):
        vault.requests.check()
    with pytest.raises(Tampered):
        vault.requests.find("a" * 16)
    assert vault.requests.renew(RENEWAL, [later.id], NOW)
    vault.requests.check()
    assert {id for id, known in vault.requests.persons().items() if known.removed_at} == {removed.id, later.id}
    assert [(known.id, known.state(NOW)) for known in vault.requests.listed()] == [
        ("b" * 16, "unreviewed"),
        ("a" * 16, "lapsed"),
    ]
    assert vault.requests.persons()[one.id].removed_at is None
    for somebody in (removed, later):
        with pytest.raises(Conflict):
            vault.requests.keep_person(replace(somebody, removed_at=None))


def test_a_backup_from_before_anybody_was_enrolled_goes_on_after_a_renewal_alone(vault: Vault, tmp_path: Path) -> None:
    backup = back_up(vault.store, vault.requests, tmp_path / "backups", 30)
    _, removed = filled(vault)
    put_back(vault, backup)
    for _ in range(2):
        with pytest.raises(Tampered, match="put back from a backup"):
            vault.requests.check()
        with pytest.raises(Tampered, match="put back from a backup"):
            vault.requests.keep_person(replace(removed, removed_at=None))
    assert vault.requests.renew(RENEWAL, [removed.id], NOW)
    with pytest.raises(Conflict):
        vault.requests.keep_person(replace(removed, removed_at=None))
    vault.requests.keep_person(person("ask")[1])


def test_a_refused_record_is_set_aside_and_started_anew(vault: Vault) -> None:
    one, removed = filled(vault)
    vault.sql(TAMPERED["last left out"][0])
    assert not vault.requests.renew(RENEWAL, [removed.id], NOW)
    assert vault.requests.persons() == {}
    assert vault.requests.listed() == []
    with pytest.raises(Conflict):
        vault.requests.keep_person(replace(removed, removed_at=None))
    vault.requests.keep_person(one)
    [aside] = vault.folder.glob("unredaction-refused-*.sqlite")
    begun = vault.copy(vault.folder / "copy")
    vault.close()
    shutil.copyfile(aside, vault.file)  # the old one again, in which its last entry is missing
    vault.open()
    with pytest.raises(Tampered):
        vault.requests.check()
    vault.close()
    shutil.copyfile(begun, vault.file)
    vault.open()
    vault.requests.check()


def test_a_renewal_has_room_for_any_number_of_removed_keys(vault: Vault) -> None:
    _, removed = filled(vault)
    ids = [removed.id, *(f"{number:016x}" for number in range(2 * MOST_TOLD + 1))]
    told = [ToldStep("removed", id) for id in ids]
    vault.sql(TAMPERED["last left out"][0])
    for count in (MOST_TOLD + 1, len(ids)):
        assert vault.requests.renew(RENEWAL, ids[:count], NOW) is (count == len(ids))
        vault.close()
        vault.open()
        vault.requests.check()
        assert vault.requests.lacking(told) == told[count:]
        with pytest.raises(Conflict):
            vault.requests.keep_person(replace(removed, removed_at=None))


def test_a_sealed_vault_says_so(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(vault)
    vault.close()
    vault.open()

    def sealed(self: RootKeeper) -> None:
        raise Unavailable("The vault is sealed.")

    monkeypatch.setattr(RootKeeper, "root", property(sealed))
    with pytest.raises(Unavailable, match="sealed"):
        vault.requests.check()


def test_what_the_audit_log_tells_is_looked_for(vault: Vault) -> None:
    one, removed = filled(vault)
    told = [
        ToldStep("removed", removed.id),
        ToldStep("removed", one.id),
        ToldStep("opened", "b" * 16),
        ToldStep("opened", "d" * 16),
        ToldStep("reviewed", "b" * 16),
        ToldStep("denied", "a" * 16),
    ]
    assert vault.requests.lacking(told) == [told[1], *told[3:]]
    again = "f" * 16
    steps = [ToldStep("renewed", RENEWAL), ToldStep("renewed", again)]
    assert vault.requests.lacking(steps) == steps
    assert vault.requests.renew(RENEWAL, [], NOW)
    assert vault.requests.lacking(steps) == steps[1:]
    vault.sql(TAMPERED["content"][0])
    assert not vault.requests.renew(again, [], NOW)
    assert vault.requests.lacking(steps[1:]) == []


def test_the_rows_of_the_release_before_are_taken_over_once(vault: Vault) -> None:
    one, two, request = of_the_release_before(vault)
    old = vault.copy(vault.folder / "old")
    vault.requests.check()
    assert {id: bool(known.removed_at) for id, known in vault.requests.persons().items()} == {
        one.id: False,
        two.id: True,
    }
    assert vault.requests.find("a" * 16) == request
    vault.close()
    shutil.copyfile(old, vault.file)  # nor does that come back
    vault.open()
    with pytest.raises(Tampered):
        vault.requests.check()


def test_a_backup_with_the_rows_of_the_release_before_goes_on_after_a_renewal_alone(
    vault: Vault, tmp_path: Path
) -> None:
    one, two, _ = of_the_release_before(vault)
    backup = back_up(vault.store, vault.requests, tmp_path / "backups", 30)  # nothing was taken over yet
    vault.requests.change_person(replace(one, removed_at=NOW))
    put_back(vault, backup)
    for _ in range(2):
        with pytest.raises(Tampered, match="put back from a backup"):
            vault.requests.check()
    assert vault.requests.renew(RENEWAL, [one.id], NOW)
    assert all(vault.requests.persons()[each.id].removed_at for each in (one, two))


def of_the_release_before(vault: Vault) -> tuple[Person, Person, Request]:
    """Its file, with two people, of whom the second is removed, and a request."""
    keys = vault.own.make()
    key, one = person("ask")
    _, two = person("approve")
    rows = [(each.id, requests._PERSON.dump_json(each).decode()) for each in (one, replace(two, removed_at=NOW))]
    request = asked(key, one, "a" * 16)
    content = requests._REQUEST.dump_json(request).decode()
    connection = sqlite3.connect(vault.file)
    connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
    connection.execute("INSERT INTO schema_version VALUES (1)")
    connection.execute("CREATE TABLE persons (id VARCHAR(16) PRIMARY KEY, content TEXT, hash VARCHAR(64))")
    connection.execute(
        "CREATE TABLE requests (number INTEGER PRIMARY KEY, id TEXT, conversation TEXT, kind TEXT, open INTEGER, "
        "content TEXT)"
    )
    for id, text in rows:
        connection.execute("INSERT INTO persons VALUES (?, ?, ?)", (id, text, keys.digest(f"person/{text}")))
    connection.execute("INSERT INTO requests VALUES (1, ?, 'c1', 'two-person', 1, ?)", ("a" * 16, content))
    connection.commit()
    connection.close()
    return one, two, request


PROGRAM = """
import os, sys
from pathlib import Path
from appliance.config import Paths
from services import faults
from services.vault.backups import back_up
from tests.services.vault.test_record import NOW, POINTS, RENEWAL, TAMPERED, Vault, filled

for number, (what, point) in enumerate(POINTS):
    child = os.fork()
    if child == 0:
        vault = Vault(Paths(Path(sys.argv[1]) / str(number)))
        if what == "renew":
            filled(vault)
            vault.sql(TAMPERED["last left out"][0])
        faults._FILE = str(vault.folder / "fault")
        Path(faults._FILE).write_text(point)
        if what == "renew":
            vault.requests.renew(RENEWAL, [], NOW)
        else:
            filled(vault)
            back_up(vault.store, vault.requests, vault.folder / "backups", 30)
        os._exit(0)
    print(os.waitpid(child, 0)[1])
"""
POINTS = [
    *(("fill", f"vault.record_{name} {count}") for name in ("kept", "noted") for count in (1, 3, 5)),
    *(("fill", f"vault.{name} 1") for name in ("keys_copied", "record_copied")),
    *(("renew", f"vault.{name} 1") for name in ("record_aside", "record_renewed")),
]


@pytest.mark.process
def test_killed_at_any_write_the_record_is_whole_and_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout.split() == [str(int(signal.SIGKILL))] * len(POINTS), done.stderr
    for number, (what, point) in enumerate(POINTS):
        vault = Vault(Paths(tmp_path / str(number)))
        try:
            renews(vault) if what == "renew" else goes_on(vault, point)
        finally:
            vault.close()


def goes_on(vault: Vault, point: str) -> None:
    vault.requests.check()
    name, count = point.split()
    entries = 5 if "copied" in name else int(count)
    assert len(vault.requests.persons()) + len(vault.requests.listed()) == min(entries, 4)
    assert bool([one for one in vault.requests.persons().values() if one.removed_at]) is (entries == 5)
    vault.requests.keep_person(person("ask")[1])
    vault.requests.check()
    assert not list((vault.folder / "backups").glob("keys-*"))
    assert back_up(vault.store, vault.requests, vault.folder / "backups", 30).record is not None


def renews(vault: Vault) -> None:
    """Refused until it is started anew a second time."""
    removed = person("approve")[1]
    with pytest.raises(Tampered):
        vault.requests.check()
    assert not vault.requests.renew(RENEWAL, [removed.id], NOW)
    vault.requests.check()
    with pytest.raises(Conflict):
        vault.requests.keep_person(removed)
