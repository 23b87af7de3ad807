"""What of a call's sound is kept: nothing by itself, and of a turn only the words that its redacted text has."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.ports import SpokenWord
from appliance.privacy.recording import (
    AROUND_MS,
    BESIDE_MS,
    RATE,
    SILENCE,
    Stretch,
    redacted_copy,
    stretches,
    taken_out,
    wav_header,
)

LOUD = 0x20


def words(*texts: str, each_ms: int = 400, gap_ms: int = 600) -> list[SpokenWord]:
    return [
        SpokenWord(text, number * (each_ms + gap_ms), number * (each_ms + gap_ms) + each_ms)
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("raw", "redacted", "found"),
    [
        ("my name is anna", "my name is <PERSON_1>", ["anna"]),
        ("call 5551234 or 5559876", "call <PHONE_1> or <PHONE_2>", ["5551234", "5559876"]),
        ("nothing at all", "nothing at all", []),
        ("anna", "<PERSON_1>", ["anna"]),
        ("a literal <CARD_1> stays", "a literal <LT_0>CARD_1> stays", []),
    ],
)
def test_what_was_taken_out_of_a_text_is_found_in_it(raw: str, redacted: str, found: list[str]) -> None:
    spans = taken_out(raw, redacted)
    assert spans is not None
    assert [raw[start:end] for start, end in spans] == found


def test_texts_that_do_not_fit_say_nothing() -> None:
    assert taken_out("my name is anna", "my title is <PERSON_1>") is None
    assert stretches("my name is anna", "my title is <PERSON_1>", words("my"), 0, 9000) == (
        Stretch(0, 0, 9000, "covered"),
    )


def test_words_are_opened_and_those_taken_out_are_covered_with_room_around_them() -> None:
    said = words("my", "name", "is", "anna")
    found = stretches("my name is anna", "my name is <PERSON_1>", said, 8000, 8000 + 5 * RATE)
    assert [one.mark for one in found] == ["open", "open", "open", "covered"]
    assert found[1].start == 8000 + (1000 - BESIDE_MS) * 8
    assert (found[3].start, found[3].end) == (8000 + (3000 - AROUND_MS) * 8, 8000 + (3400 + AROUND_MS) * 8)


def test_where_words_and_text_are_not_as_many_the_whole_turn_is_covered() -> None:
    said = words("four", "two")
    assert stretches("pay 42", "pay <MONEY_1>", [*said, *said], 0, 9000) == (Stretch(0, 0, 9000, "covered"),)
    assert stretches("my name is anna", "my name is <PERSON_1>", (), 0, 9000) == (Stretch(0, 0, 9000, "covered"),)


def test_what_lasts_longer_than_a_word_can_is_covered() -> None:
    said = [SpokenWord("savings", 0, 6000)]
    assert [one.mark for one in stretches("savings", "savings", said, 0, 9 * RATE)] == ["covered"]


def test_the_copy_is_silent_but_for_what_is_open_and_a_tone_wins_over_that() -> None:
    count = 3 * RATE
    sound = np.full((count, 2), LOUD, np.uint8)
    sound[:, 1] = LOUD + 1
    marks = [Stretch(0, 100, 9000, "open"), Stretch(0, 4000, 5000, "covered"), Stretch(1, 0, 800, "open")]
    pieces = [sound[start : start + 3333].tobytes() for start in range(0, count, 3333)]
    kept = np.frombuffer(b"".join(redacted_copy(pieces, marks)), np.uint8).reshape(-1, 2)
    assert len(kept) == count
    assert set(kept[:100, 0]) == {SILENCE}
    assert set(kept[100:4000, 0]) == set(kept[5000:9000, 0]) == {LOUD}
    assert LOUD not in kept[4000:5000, 0]
    assert SILENCE not in kept[4000:5000, 0]
    assert set(kept[9000:, 0]) == set(kept[800:, 1]) == {SILENCE}
    assert set(kept[:800, 1]) == {LOUD + 1}


def test_a_wav_file_begins_as_players_expect() -> None:
    head = wav_header(16000)
    assert head[:4] == b"RIFF"
    assert int.from_bytes(head[4:8], "little") == len(head) - 8 + 16000
    assert int.from_bytes(head[20:22], "little") == 7
    chunk = chunks(head + bytes(16000))
    assert chunk["data"] == 16000
    assert chunk["fact"] == 4


def chunks(riff: bytes) -> dict[str, int]:
    """Chunk → its size; the last one ends where the file does."""
    found, at = {}, 12
    while at < len(riff):
        size = int.from_bytes(riff[at + 4 : at + 8], "little")
        found[riff[at : at + 4].decode().strip()] = size
        at += 8 + size
    assert at == len(riff)
    return found


def test_words_that_are_not_the_texts_own_are_no_measure_of_it() -> None:
    said = words("it's", "41", "11", "1111", "thank", "you")
    found = stretches("it is 4111 1111 thank you", "it is <NUMBER_1> thank you", said, 0, 9000)
    assert found == (Stretch(0, 0, 9000, "covered"),)


def test_texts_that_do_not_fit_are_told_apart_at_once() -> None:
    raw = " ".join(f"w{number}" for number in range(4000))
    redacted = raw.replace("w10 ", "<PERSON_1> ").replace("w999 ", "<PERSON_2> ") + " more"
    assert taken_out(raw, redacted) is None
