"""The log through what goes wrong: killed at every write, cut off anywhere, disk full, clock set back, file damaged."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from appliance.audit.verification import Note
from appliance.errors import B2TError, Invalid, Tampered, Unavailable
from services import faults
from services.scribe.audit_log import AuditLog, Message, open_signer
from services.scribe.audit_store import AuditReader

POINTS = ("scribe.entries_inserted", "scribe.entries_written")


def told(number: int) -> bytes:
    return b'{"action":"signed_in","account":"a-%d","actor":"gateway","at":%d}' % (number, number)


def batch(first: int, count: int) -> list[Message]:
    return [Message(number, told(number), "gateway") for number in range(first, first + count)]


def opened(folder: Path) -> AuditLog:
    return AuditLog(folder, open_signer(folder / "audit.key"))


def contents(folder: Path) -> list[dict]:
    reader = AuditReader.open(folder)
    try:
        return [json.loads(row.content) for row in reader.rows(0, 10**6)]
    finally:
        reader.close()


@pytest.mark.process
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("at", [1, 2, 4])
def test_killed_at_a_write_it_goes_on_with_nothing_lost_or_twice(tmp_path: Path, point: str, at: int) -> None:
    opened(tmp_path).close()
    child = os.fork()
    if child == 0:
        fault = tmp_path / "fault"
        fault.write_text(f"{point} {at}")
        faults._FILE = str(fault)
        log = opened(tmp_path)
        for first in range(1, 601, 100):
            log.append_all(batch(first, 100), first)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    log = opened(tmp_path)
    last = log.last_sequence
    assert last == 100 * (at if point == "scribe.entries_written" else at - 1)
    assert log.verify() == last
    # the bus brings again what was not acknowledged, some of it in the log already
    log.append_all(batch(max(1, last - 99), 200), 1000)
    assert [one["sequence"] for one in contents(tmp_path)] == list(range(1, max(1, last - 99) + 200))
    assert log.examine().ok


def test_cut_off_anywhere_in_what_was_being_written_it_is_whole_up_to_a_batch(tmp_path: Path) -> None:
    live, after = tmp_path / "live", tmp_path / "after"
    log = opened(live)
    notes = [log.checkpoint]
    for first in (1, 4, 300, 301):
        log.append_all(batch(first, 3 if first < 300 else 1), first)
        notes.append(log.checkpoint)
    wal = (live / "audit.sqlite-wal").read_bytes()
    sizes = set()
    after.mkdir()
    shutil.copy(live / "audit.key", after / "audit.key")
    for length in (*range(0, len(wal), 1031), len(wal)):
        shutil.copy(live / "audit.sqlite", after / "audit.sqlite")
        (after / "audit.sqlite-wal").write_bytes(wal[:length])
        for name in ("audit.sqlite-shm", "audit.checkpoint"):
            (after / name).unlink(missing_ok=True)
        try:
            again = opened(after)
        except Unavailable:  # cut off in front of the first commit ever: there are no tables yet
            continue
        sizes.add(again.verify())
        assert again.checkpoint in notes or again.size == 0
        again.close()
    assert sizes == {0, 3, 6, 7, 8}
    log.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append_all(batch(1, 10), 1)
    pages = sqlite3.connect(tmp_path / "audit.sqlite").execute("PRAGMA page_count").fetchone()[0]

    def bound(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 4 if full else 2**30}")

    event.listen(log._engine, "checkout", bound)
    full = True
    with pytest.raises(Unavailable):
        log.append_all(batch(11, 2000), 2)
    assert (log.last_sequence, log.verify()) == (10, 10)
    full = False
    assert log.append_all(batch(11, 2000), 3) == 2000
    assert log.verify() == 2010


def test_a_clock_that_is_set_back_moves_no_entry_back(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number, now in ((1, 5000), (2, 9000), (3, 100), (4, 8000), (5, 9001)):
        log.append_all(batch(number, 1), now)
    assert [one["kept"] for one in contents(tmp_path)] == [5000, 9000, 9000, 9000, 9001]
    assert log.examine().ok
    log.close()
    again = opened(tmp_path)
    again.append_all(batch(6, 1), 7)
    assert contents(tmp_path)[-1]["kept"] == 9001


def test_messages_out_of_their_order_are_refused_whole(tmp_path: Path) -> None:
    log = opened(tmp_path)
    with pytest.raises(Invalid):
        log.append_all([*batch(1, 2), *batch(2, 1)], 1)
    assert log.size == 0


def test_a_bus_that_begins_anew_is_put_behind_what_there_is(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append_all(batch(1, 5), 1)
    log.restart_stream()
    assert log.last_sequence == 0
    log.close()
    again = opened(tmp_path)
    again.append_all(batch(1, 3), 2)
    assert [one["sequence"] for one in contents(tmp_path)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert again.verify() == 8


def test_a_history_written_anew_with_the_boxs_own_key_disagrees_with_what_left(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append_all(batch(1, 300), 1)
    shipped = Note("shipped", log.checkpoint)
    log.close()
    forged = tmp_path / "forged"
    forged.mkdir()
    shutil.copy(tmp_path / "audit.key", forged / "audit.key")
    false = opened(forged)
    false.append_all([Message(one.sequence, one.raw.replace(b"a-7", b"a-8")) for one in batch(1, 300)], 1)
    assert false.verify() == 300
    assert [one.source for one in false.examine([shipped]).findings] == ["shipped"]
    shorter = tmp_path / "shorter"
    shorter.mkdir()
    shutil.copy(tmp_path / "audit.key", shorter / "audit.key")
    cut = opened(shorter)
    cut.append_all(batch(1, 299), 1)
    assert [one.what for one in cut.examine([shipped]).findings] == ["The log has lost entries that were signed for."]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_never_gives_other_entries_unnoticed(tmp_path: Path, seed: int) -> None:
    log = opened(tmp_path)
    log.append_all(batch(1, 8), 1)
    log.sign_for_keeping(1)
    verifier = log._signer.verifier
    log.close()
    file = tmp_path / "audit.sqlite"
    whole, true = file.read_bytes(), contents(tmp_path)
    picked = random.Random(seed)
    found = 0
    for _ in range(120):
        place = picked.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= picked.randrange(1, 256)
        file.write_bytes(damaged)
        try:
            reader = AuditReader.open(tmp_path)
            good = reader.examine(verifier).ok
            reader.close()
        except B2TError:
            good = False
        if good:
            assert contents(tmp_path) == true, place
        found += not good
    assert found


def test_a_log_of_the_first_release_gets_its_kept_hashes(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append_all(batch(1, 600), 1)
    log.close()
    with sqlite3.connect(tmp_path / "audit.sqlite") as old:
        old.executescript(
            "DROP TABLE nodes; DROP TABLE checkpoints; UPDATE schema_version SET version = 1;"
            "ALTER TABLE tree DROP COLUMN last_kept; ALTER TABLE tree DROP COLUMN stream_start;"
        )
    again = opened(tmp_path)
    again.append_all(batch(601, 1), 2)
    assert again.verify() == 601
    with pytest.raises(sqlite3.IntegrityError), sqlite3.connect(tmp_path / "audit.sqlite") as new:
        new.execute("DELETE FROM nodes")


def test_reading_finds_entries_by_number_and_by_time(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(1, 21):
        log.append_all(batch(number, 1), number * 100)
    reader = log.reader
    assert [reader.first_kept(at, 20) for at in (0, 100, 101, 2000, 2001)] == [0, 0, 1, 19, 20]
    assert reader.entry(7).leaf == 6
    with pytest.raises(B2TError):
        reader.entry(21)
    with sqlite3.connect(tmp_path / "audit.sqlite") as changed:
        changed.execute("DROP TRIGGER nodes_no_delete")
        changed.execute("UPDATE tree SET last_kept = 1")
    assert not log.examine().ok
    with pytest.raises(Tampered):
        log.verify()
