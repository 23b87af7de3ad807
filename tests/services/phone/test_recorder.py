"""A call's recording: sealed all along, a redacted copy in the end, nothing where something went wrong."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from appliance.adapters.recordings import recording, recordings, wav
from appliance.errors import Tampered, Unknown
from appliance.events import Modality, ReplyMade, TurnHeard
from appliance.ports import SpokenWord
from appliance.privacy.recording import FRAME, SILENCE, wav_header
from appliance.privacy.sealing import KEY_BYTES, ConversationKeys, heard_place, reply_place
from services.phone.recorder import UNFINISHED, Recorder, remove_unfinished

PARTY, AGENT = 0x20, 0x30


@pytest.fixture
def keys() -> ConversationKeys:
    return ConversationKeys("c1", {"redacted": {1: os.urandom(KEY_BYTES)}, "raw": {1: os.urandom(KEY_BYTES)}})


def second(recorder: Recorder, count: int = 1) -> None:
    for _ in range(50 * count):
        recorder.hear(bytes([PARTY]) * FRAME)
        recorder.tick(bytes([AGENT]) * FRAME)


def turn(keys: ConversationKeys, input_id: str, text: str) -> TurnHeard:
    return TurnHeard("t1", "leg1", Modality.SPEECH, input_id, keys.seal_text(heard_place(input_id), text))


def reply(keys: ConversationKeys, name: str, text: str) -> ReplyMade:
    return ReplyMade(name, None, keys.seal_text(reply_place(name), text))


def sides(keys: ConversationKeys, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    raw = b"".join(wav(keys, recording(folder, "c1")))
    found = np.frombuffer(raw[len(wav_header(0)) :], np.uint8).reshape(-1, 2)
    return found[:, 0], found[:, 1]


async def test_only_what_is_known_to_be_harmless_is_in_the_copy(tmp_path: Path, keys: ConversationKeys) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    recorder.note([reply(keys, "r1", "Hello."), reply(keys, "r2", "You have <MONEY_1>.")])
    recorder.started("r1")
    second(recorder)
    recorder.ended()
    recorder.started("r2")
    second(recorder)
    recorder.ended()
    start = recorder.at
    second(recorder, 4)
    said = (SpokenWord("i", 500, 600), SpokenWord("am", 700, 900), SpokenWord("anna", 2000, 2400))
    recorder.recognised(start, "i am anna", said)
    recorder.told("i1", "i am anna")
    recorder.note([turn(keys, "i1", "i am <PERSON_1>")])
    later = recorder.at
    second(recorder, 2)
    recorder.recognised(later, "never told", (SpokenWord("never", 100, 400),))
    assert await recorder.keep() is not None
    party, agent = sides(keys, tmp_path)
    assert len(party) == 8 * 8000
    assert set(agent[:8000]) == {AGENT}
    assert AGENT not in agent[8000:16000]
    assert set(agent[17000:]) == {SILENCE}
    assert set(party[:start]) == {SILENCE}
    assert set(party[start + 5000 : start + 6000]) == {PARTY}
    hidden = party[start + 2000 * 8 : start + 2400 * 8]
    assert PARTY not in hidden
    assert SILENCE not in hidden
    assert set(party[later:]) == {SILENCE}


def sealed_so_far(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob(f"c1/{UNFINISHED}*"))


async def test_nothing_is_on_disk_in_the_clear_at_any_time(tmp_path: Path, keys: ConversationKeys) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    second(recorder, 12)
    for _ in range(1000):
        written = sealed_so_far(tmp_path)
        if len(written) > 100_000:
            break
        await asyncio.sleep(0.02)
    assert len(written) > 100_000
    assert bytes([PARTY, AGENT]) * 8 not in written
    kept = await recorder.keep()
    assert kept is not None
    assert [file.name for file in (tmp_path / "c1").iterdir()] == ["leg1.b2ts"]
    assert bytes([SILENCE]) * 16 not in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_what_is_damaged_is_refused(tmp_path: Path, keys: ConversationKeys) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    second(recorder, 6)
    kept = await recorder.keep()
    assert kept is not None
    whole = bytearray(kept.read_bytes())
    whole[200] ^= 1
    kept.write_bytes(whole)
    with pytest.raises(Tampered):
        list(wav(keys, recording(tmp_path, "c1")))
    with pytest.raises(Unknown):
        recording(tmp_path, "c2")
    assert recordings(tmp_path, "../c1") == ()


async def test_a_call_that_was_never_answered_or_cannot_be_written_leaves_nothing(
    tmp_path: Path, keys: ConversationKeys
) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    second(recorder)
    await recorder.drop()
    assert not list((tmp_path / "c1").iterdir())
    (tmp_path / "file").write_text("no folder")
    blocked = Recorder(tmp_path / "file", keys, "leg1")
    second(blocked, 3)
    assert await blocked.keep() is None


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / f"{UNFINISHED}leg1").write_bytes(b"half")
    (tmp_path / "c1" / "leg0.b2ts").write_bytes(b"whole")
    assert remove_unfinished(tmp_path) == 1
    assert [file.name for file in (tmp_path / "c1").iterdir()] == ["leg0.b2ts"]
    assert remove_unfinished(tmp_path / "nowhere") == 0


async def test_what_came_too_late_to_know_its_place_is_covered(tmp_path: Path, keys: ConversationKeys) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    second(recorder)
    start = recorder.party_at
    for _ in range(15):
        recorder.tick(None)
    recorder.hear(bytes([PARTY]) * (FRAME // 2))
    recorder.tick(None)
    recorder.hear(bytes([PARTY]) * FRAME * 15)
    second(recorder, 2)
    recorder.recognised(start, "my number", (SpokenWord("my", 100, 300), SpokenWord("number", 500, 900)))
    recorder.told("i1", "my number")
    recorder.note([turn(keys, "i1", "my <NUMBER_1>")])
    assert await recorder.keep() is not None
    party, _ = sides(keys, tmp_path)
    assert PARTY not in party


async def test_a_turn_that_cannot_be_read_costs_the_recording_and_not_the_call(
    tmp_path: Path, keys: ConversationKeys
) -> None:
    recorder = Recorder(tmp_path, keys, "leg1")
    second(recorder)
    recorder.recognised(0, "hello", ())
    recorder.told("i1", "hello")
    recorder.note([turn(ConversationKeys("c1", {"redacted": {1: bytes(KEY_BYTES)}}), "i1", "hello")])
    assert await recorder.keep() is None
