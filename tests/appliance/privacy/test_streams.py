from __future__ import annotations

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import Denied, Invalid, Tampered
from appliance.privacy import streams
from appliance.privacy.sealing import ConversationKeys
from appliance.privacy.streams import CHUNK_BYTES, HEADER_BYTES, StreamOpener, StreamSealer, open_stream, seal_stream

RED, RAW = os.urandom(32), os.urandom(32)
WHOLE = CHUNK_BYTES + 16
PLACE = "audio/leg-1/0"


def keys(conversation: str = "c1", **changed: dict[int, bytes]) -> ConversationKeys:
    return ConversationKeys(conversation, {"redacted": {1: RED}, "raw": {1: RAW}} | changed)


def sealed(value: bytes, place: str = PLACE, ring: ConversationKeys | None = None) -> bytes:
    sink = io.BytesIO()
    assert seal_stream(ring or keys(), place, io.BytesIO(value), sink) == len(value)
    return sink.getvalue()


def opened(box: bytes, place: str = PLACE, ring: ConversationKeys | None = None) -> bytes:
    sink = io.BytesIO()
    count = open_stream(ring or keys(), place, io.BytesIO(box), sink)
    assert count == len(sink.getvalue())
    return sink.getvalue()


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 77]
)
def test_what_is_sealed_is_what_is_opened_at_every_border_of_chunks(size):
    value = os.urandom(size)
    box = sealed(value)
    assert len(box) == HEADER_BYTES + size + 16 * max(1, -(-size // CHUNK_BYTES))
    assert opened(box) == value
    assert size < 16 or value not in box  # a byte or two are in any box


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 150_000), max_size=6), st.lists(st.integers(1, 150_000), min_size=1, max_size=6))
def test_how_it_is_cut_into_pieces_makes_no_difference(pieces, reads):
    value = os.urandom(sum(pieces))
    sealer, box, at = StreamSealer(keys(), PLACE), bytearray(), 0
    box += sealer.header
    for piece in pieces:
        box += sealer.push(value[at : at + piece])
        at += piece
    box += sealer.finish()
    opener, out, at, turn = StreamOpener(keys(), PLACE), bytearray(), 0, 0
    while at < len(box):
        out += opener.push(box[at : at + reads[turn % len(reads)]])
        at += reads[turn % len(reads)]
        turn += 1
    out += opener.finish()
    assert out == value


def test_the_same_audio_sealed_twice_has_nothing_in_common():
    value = os.urandom(200)
    one, other = sealed(value), sealed(value)
    assert one[HEADER_BYTES:] != other[HEADER_BYTES:]


def test_every_flipped_bit_of_a_stream_is_noticed(monkeypatch):
    monkeypatch.setattr(streams, "CHUNK_BYTES", 32)
    box = sealed(os.urandom(32 * 3 + 5))
    for position in range(len(box) * 8):
        changed = bytearray(box)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Tampered):
            opened(bytes(changed))


def test_every_length_it_can_be_cut_to_is_noticed(monkeypatch):
    monkeypatch.setattr(streams, "CHUNK_BYTES", 32)
    for value in (b"", os.urandom(31), os.urandom(64), os.urandom(70)):
        box = sealed(value)
        for length in range(len(box)):
            with pytest.raises(Tampered):
                opened(box[:length])


def chunks_of(box: bytes, size: int) -> list[bytes]:
    return [box[at : at + size] for at in range(HEADER_BYTES, len(box), size)]


def test_chunks_that_are_swapped_dropped_repeated_or_appended_are_noticed(monkeypatch):
    monkeypatch.setattr(streams, "CHUNK_BYTES", 32)
    box, other = sealed(os.urandom(32 * 4)), sealed(os.urandom(32 * 4))
    head, parts, strange = box[:HEADER_BYTES], chunks_of(box, 48), chunks_of(other, 48)
    for wrong in (
        [parts[1], parts[0], *parts[2:]],
        parts[1:],
        [*parts[:1], *parts[2:]],
        parts[:-1],
        [*parts, parts[-1]],
        [*parts, b""],
        [parts[0], *parts],
        [*parts[:2], strange[2], parts[3]],
        [*parts[:3], strange[3]],
        [*parts, os.urandom(16)],
        [*parts, *strange],
        [parts[-1]],
        [],
    ):
        joined = head + b"".join(wrong)
        if joined == box:
            continue
        with pytest.raises(Tampered):
            opened(joined)
    with pytest.raises(Tampered):
        opened(other[:HEADER_BYTES] + b"".join(parts))


@pytest.mark.parametrize("place", ["audio/leg-2/0", "audio/leg-1/1"])
def test_a_stream_is_read_at_its_own_place_and_in_its_own_conversation_only(place):
    box = sealed(b"hello")
    with pytest.raises(Tampered):
        opened(box, place)
    with pytest.raises(Tampered):
        opened(box, ring=keys("c2"))
    with pytest.raises(Tampered):
        opened(box, ring=keys(raw={1: os.urandom(32)}))


def test_an_older_generation_still_opens_and_one_that_is_not_known_is_refused():
    old = sealed(b"before")
    rotated = keys(raw={1: RAW, 2: os.urandom(32)})
    new = sealed(b"after", ring=rotated)
    assert (opened(old, ring=rotated), opened(new, ring=rotated)) == (b"before", b"after")
    with pytest.raises(Tampered, match="generation"):
        opened(new)


def test_a_class_that_was_not_leased_neither_seals_nor_opens():
    operator = ConversationKeys("c1", {"redacted": {1: RED}})
    with pytest.raises(Denied):
        StreamSealer(operator, PLACE)
    with pytest.raises(Denied):
        opened(sealed(b"x"), ring=operator)


def test_nothing_is_taken_after_the_end():
    sealer = StreamSealer(keys(), PLACE)
    box = sealer.header + sealer.finish()
    with pytest.raises(Invalid):
        sealer.finish()
    opener = StreamOpener(keys(), PLACE)
    opener.push(box)
    assert opener.finish() == b""
    with pytest.raises(Invalid):
        opener.finish()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_tampered_with(box):
    with pytest.raises(Tampered):
        opened(box)
