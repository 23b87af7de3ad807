from __future__ import annotations

import sqlite3
import stat

import pytest

from appliance.audit.merkle import leaf_hash, root_of
from appliance.errors import Invalid, Tampered
from services.scribe.audit_log import AuditLog, open_signer

TOLD = b'{"action":"signed_in","account":"a-1","actor":"gateway","at":5}'


@pytest.fixture
def signer(tmp_path):
    return open_signer(tmp_path / "secrets" / "audit.key")


def entries(tmp_path):
    opened = sqlite3.connect(tmp_path / "audit.sqlite")
    found = [bytes(row[0]) for row in opened.execute("SELECT content FROM entries ORDER BY leaf")]
    opened.close()
    return found


def test_entries_are_kept_in_order_once_under_a_signed_checkpoint(tmp_path, signer):
    log = AuditLog(tmp_path, signer)
    assert [log.append(sequence, TOLD, 1) for sequence in (3, 4, 4, 9, 3)] == [True, True, False, True, False]
    kept = entries(tmp_path)
    assert [b'"sequence":%d' % n in entry for n, entry in zip((3, 4, 9), kept, strict=True)] == [True] * 3
    note = (tmp_path / "audit.checkpoint").read_text()
    assert note == log.checkpoint
    signed = signer.verifier.open(note)
    assert (signed.size, signed.root) == (3, root_of([leaf_hash(entry) for entry in kept]))
    assert log.verify() == 3


def test_a_log_goes_on_after_a_restart(tmp_path, signer):
    first = AuditLog(tmp_path, signer)
    for sequence in range(1, 6):
        first.append(sequence, TOLD, 1)
    first.close()
    again = AuditLog(tmp_path, open_signer(tmp_path / "secrets" / "audit.key"))
    assert again.last_sequence == 5
    assert not again.append(5, TOLD, 1)
    assert again.append(6, TOLD, 1)
    assert again.verify() == 6


@pytest.mark.parametrize("change", ["UPDATE entries SET content = x'00'", "DELETE FROM entries WHERE leaf = 1"])
def test_the_database_itself_refuses_to_change_an_entry(tmp_path, signer, change):
    log = AuditLog(tmp_path, signer)
    log.append(1, TOLD, 1)
    log.append(2, TOLD, 1)
    with sqlite3.connect(tmp_path / "audit.sqlite") as opened, pytest.raises(sqlite3.IntegrityError):
        opened.execute(change)


def test_who_changes_it_all_the_same_is_noticed(tmp_path, signer):
    log = AuditLog(tmp_path, signer)
    for sequence in (1, 2):
        log.append(sequence, TOLD, 1)
    with sqlite3.connect(tmp_path / "audit.sqlite") as opened:
        opened.execute("DROP TRIGGER entries_no_update")
        opened.execute("UPDATE entries SET content = CAST(replace(content, 'a-1', 'a-2') AS BLOB) WHERE leaf = 0")
    with pytest.raises(Tampered):
        log.verify()
    with sqlite3.connect(tmp_path / "audit.sqlite") as opened:
        opened.execute("UPDATE tree SET size = 1")
    log.close()
    with pytest.raises(Tampered):
        AuditLog(tmp_path, signer)


def test_the_signing_key_is_its_owners_alone(tmp_path, signer):
    file = tmp_path / "secrets" / "audit.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_signer(file).verifier.text == signer.verifier.text
    file.chmod(0o604)
    with pytest.raises(Invalid, match="0600"):
        open_signer(file)
    file.write_text("no key")
    file.chmod(0o600)
    with pytest.raises(Invalid, match="signing key"):
        open_signer(file)
