from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from appliance.errors import Invalid, Tampered, Unavailable
from appliance.events import (
    BATCH,
    Batch,
    Channel,
    ConversationEnded,
    ConversationStarted,
    Modality,
    ReplyHeard,
    Sealed,
    TurnHeard,
)
from services.scribe.archive import Archive, read, read_batch


def batch(sequence: int, *events: object, at: str = "2026-11-30T23:59:59+00:00"):
    made = Batch(conversation="c1", agent="banking", version="v1", number=sequence, taken=1, at=at, events=events)
    return read_batch(sequence, BATCH.dump_json(made))


STARTED = batch(3, ConversationStarted("banking", "v1", Channel.CHAT, "en-US"))
TURN = batch(5, TurnHeard("t1", "l1", Modality.TEXT, "i1", Sealed("redacted", "AAAA")))
ENDED = batch(8, ConversationEnded("goodbye", "contained"))
AFTER = batch(9, ReplyHeard("r1", "l1", 1, 1, False), at="2026-12-01T00:00:01+00:00")


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive", tmp_path / "archive.sqlite")


def test_a_conversation_that_goes_on_is_not_archived(archive, tmp_path):
    assert archive.put([STARTED, TURN]) is None
    assert archive.last_sequence("c1") == 0
    assert not (tmp_path / "archive").exists()


def test_an_ended_one_is_one_file_with_its_manifest(archive, tmp_path):
    file = archive.put([STARTED, TURN, ENDED])
    assert file == tmp_path / "archive" / "2026" / "11" / "c1.jsonl" == archive.find("c1")
    manifest, batches = read(file)
    assert batches == [STARTED, TURN, ENDED]
    assert manifest | {"sha256": ""} == {
        "format": 1,
        "conversation": "c1",
        "agent": "banking",
        "version": "v1",
        "batches": 3,
        "first_sequence": 3,
        "last_sequence": 8,
        "started_at": "2026-11-30T23:59:59+00:00",
        "ended_at": "2026-11-30T23:59:59+00:00",
        "reason": "goodbye",
        "outcome": "contained",
        "sha256": "",
    }


def test_what_comes_after_the_end_joins_it_and_repeating_changes_nothing(archive):
    first = archive.put([STARTED, TURN, ENDED])
    again = archive.put([STARTED, TURN, ENDED, AFTER])
    assert (first, archive.last_sequence("c1")) == (again, 9)
    content = again.read_bytes()
    archive.put([STARTED, TURN, ENDED, AFTER])
    assert again.read_bytes() == content
    assert [one.name for one in again.parent.iterdir()] == ["c1.jsonl"]


def test_a_changed_file_is_noticed(archive):
    file = archive.put([STARTED, ENDED])
    content = file.read_bytes()
    for changed in (content.replace(b"goodbye", b"hangup_", 2), content[:-2], content + b"{}\n", b"", b"{}"):
        file.write_bytes(changed)
        with pytest.raises(Tampered):
            read(file)


def test_an_event_of_a_later_release_is_kept_as_it_is(archive):
    raw = json.loads(
        BATCH.dump_json(
            Batch(conversation="c1", agent="a", version="v", number=1, taken=1, at="2027-01-01T00:00:00Z", events=())
        )
    )
    raw["events"] = [{"kind": "danced", "steps": [1, 2]}, {"kind": "conversation_ended", "reason": "bored"}]
    kept = read_batch(4, json.dumps(raw).encode())
    assert read(archive.put([kept]))[1] == [kept]


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"conversation":"../x","at":"2026-01-01T00:00:00Z","events":[]}', b"\xff",
     b'{"conversation":"c","at":"yesterday","events":[]}', b'{"conversation":"c","at":"2026-01-01","events":{}}'],
)  # fmt: skip
def test_what_is_no_batch_is_refused(raw):
    with pytest.raises(Invalid):
        read_batch(1, raw)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(Unavailable):
        Archive(tmp_path / "archive", tmp_path / "archive.sqlite").put([STARTED, ENDED])


def test_what_the_first_release_listed_is_known_to_retention(tmp_path):
    archive = Archive(tmp_path / "archive", tmp_path / "archive.sqlite")
    identity = {"assurance": "hint", "party": "ab" * 16}
    started = {"kind": "conversation_started", "channel": "phone"}
    events = [started, {"kind": "leg_attached", "identity": identity}, {"kind": "conversation_ended"}]
    batch = {"conversation": "c1", "agent": "banking", "at": "2026-11-30T12:00:00Z", "events": events}
    archive.put([read_batch(7, json.dumps(batch).encode())])
    [expected] = archive.ended()
    archive.close()
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as database:
        for column in ("agent", "channel", "ended_at", "parties"):
            database.execute(f"ALTER TABLE archived DROP COLUMN {column}")
        database.execute("UPDATE schema_version SET version = 1")
        database.commit()
    archive = Archive(tmp_path / "archive", tmp_path / "archive.sqlite")
    assert list(archive.ended()) == [expected]
    assert (expected.agent, expected.channel, expected.parties) == ("banking", "phone", ("ab" * 16,))
    assert archive.of({"ab" * 16}) == ["c1"]
    assert archive.remove(["c1", "c2"]) == 1
    assert archive.find("c1") is None
    assert list((tmp_path / "archive").glob("*/*/*")) == []
    archive.close()
