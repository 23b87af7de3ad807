"""Two ends of a session talking to each other, without a bus."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.streams import BEAT_S, LEASE_S, MAX_PAYLOAD, Endpoint, Frame, Kind, StreamBroken


def pair(credits: int = 4, window: int = 4) -> tuple[Endpoint, Endpoint]:
    return Endpoint(credits, 0, 0.0), Endpoint(0, window, 0.0)


def test_frames_arrive_as_sent_and_credits_come_back() -> None:
    opener, worker = pair(credits=4, window=4)
    for number in range(12):
        pcm = bytes([number]) * 320
        assert worker.take(opener.send(Kind.AUDIO, pcm, 0.1), 0.1) == Frame(Kind.AUDIO, pcm)
        credit = worker.consumed(0.1)
        if credit is not None:
            assert opener.take(credit, 0.1) is None
    assert worker.take(opener.send(Kind.FINISH, b"", 0.2), 0.2) == Frame(Kind.FINISH, b"")


def test_without_credit_audio_may_not_be_sent_but_all_else_may() -> None:
    opener, _ = pair(credits=1)
    opener.send(Kind.AUDIO, b"", 0.0)
    with pytest.raises(ValueError, match="credit"):
        opener.send(Kind.AUDIO, b"", 0.0)
    opener.send(Kind.FINISH, b"", 0.0)
    opener.send(Kind.CANCEL, b"", 0.0)


@pytest.mark.parametrize("fate", ["lost", "twice"])
def test_a_gap_is_never_silent(fate: str) -> None:
    opener, worker = pair()
    first, second = opener.send(Kind.AUDIO, b"1", 0.0), opener.send(Kind.AUDIO, b"2", 0.0)
    before, wrong = {"lost": ([], second), "twice": ([first], first)}[fate]
    for data in before:
        worker.take(data, 0.0)
    with pytest.raises(StreamBroken):
        worker.take(wrong, 0.0)


def test_even_a_lost_beat_is_noticed() -> None:
    opener, worker = pair()
    assert opener.tick(BEAT_S) is not None
    with pytest.raises(StreamBroken):
        worker.take(opener.send(Kind.AUDIO, b"", 1.0), 1.0)


def test_beats_keep_a_quiet_session_and_their_absence_ends_it() -> None:
    opener, worker = pair()
    now = 0.0
    while now < 10:
        now += BEAT_S / 2
        for one, other in ((opener, worker), (worker, opener)):
            beat = one.tick(now)
            if beat is not None:
                assert other.take(beat, now) is None
    with pytest.raises(StreamBroken):
        opener.tick(now + LEASE_S + 0.01)


def test_an_opening_that_took_long_does_not_count_against_the_lease() -> None:
    opener, _ = pair(credits=0)
    opener.begin(8, 20.0)
    opener.tick(20.1)
    assert opener.credits == 8


@given(st.binary(max_size=64))
def test_any_bytes_are_taken_or_break_the_session(data: bytes) -> None:
    _, worker = pair()
    try:
        worker.take(data, 0.0)
    except StreamBroken:
        return
    assert data[:1] == b"\x01"
    assert data[2:6] == bytes(4)


def test_a_frame_has_a_limit() -> None:
    opener, worker = pair()
    worker.take(opener.send(Kind.AUDIO, bytes(MAX_PAYLOAD), 0.0), 0.0)
    with pytest.raises(StreamBroken):
        worker.take(opener.send(Kind.AUDIO, bytes(MAX_PAYLOAD + 1), 0.0), 0.0)
