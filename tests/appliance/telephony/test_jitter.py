"""Audio comes out in order and whole; what is missing is waited for, then concealed; time goes on in silence."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.telephony.jitter import MAX_HELD, JitterBuffer


def audio(number: int) -> bytes:
    """20 ms that tell their number by their level."""
    return np.full(160, 100 + number, "<i2").tobytes()


def numbers(pcm: bytes) -> list[int]:
    """The levels of each 20 ms."""
    return [int(level) - 100 for level in np.frombuffer(pcm, "<i2")[::160]]


def put(buffer: JitterBuffer, *order: int, at: float = 0.0) -> None:
    for number in order:
        buffer.put(1, 1000 + number, 5000 + 160 * number, audio(number), at)


def test_what_is_in_order_goes_on_at_once() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 1)
    assert numbers(buffer.take(0.0)) == [0, 1]
    put(buffer, 2, at=0.02)
    assert numbers(buffer.take(0.02)) == [2]


def test_swapped_packets_come_out_in_order() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 2)
    assert numbers(buffer.take(0.0)) == [0]
    put(buffer, 1, at=0.01)
    assert numbers(buffer.take(0.01)) == [1, 2]
    assert buffer.counts.lost == buffer.counts.late == 0


def test_a_lost_packet_is_concealed_after_the_wait() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 2)
    buffer.take(0.0)
    assert buffer.take(0.019) == b""
    assert numbers(buffer.take(0.02)) == [-40, 2]  # 100 softened to 60
    assert buffer.counts.lost == 1
    put(buffer, 1, at=0.03)
    assert buffer.take(0.03) == b""
    assert buffer.counts.late == 1


def test_jitter_makes_it_wait_longer() -> None:
    buffer = JitterBuffer(lambda: 0.02)
    put(buffer, 0, 2)
    buffer.take(0.0)
    assert buffer.take(0.05) == b""
    assert len(numbers(buffer.take(0.061))) == 2


def test_a_long_loss_fades_to_silence() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 11)
    out = numbers(buffer.take(0.0) + buffer.take(0.05))
    assert len(out) == 12
    assert out[-1] == 11
    assert out[5:11] == [-100] * 6


def test_doubled_packets_come_once() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 0, 1, 1)
    assert numbers(buffer.take(0.0)) == [0, 1]
    assert buffer.counts.late == 2


def test_silence_stands_in_while_nothing_comes_and_is_not_doubled() -> None:
    buffer = JitterBuffer()
    put(buffer, 0)
    total = len(buffer.take(0.0))
    for tick in range(1, 51):
        total += len(buffer.take(tick * 0.02))
    assert abs(total - 51 * 320) <= 5 * 320, "time goes on"
    put(buffer, *[], at=1.02)
    buffer.put(1, 1001, 5000 + 160 * 51, audio(51), 1.02)  # silence suppression: numbers go on, the clock jumped
    total += len(buffer.take(1.02))
    assert abs(total - 52 * 320) <= 320


def test_a_burst_after_a_stall_is_heard_whole() -> None:
    buffer = JitterBuffer()
    put(buffer, 0)
    buffer.take(0.0)
    buffer.take(0.3)
    put(buffer, *range(1, 16), at=0.31)
    assert numbers(buffer.take(0.31)) == list(range(1, 16))


def test_keys_between_audio_are_no_holes() -> None:
    buffer = JitterBuffer()
    put(buffer, 0)
    buffer.skip(1, 1001, 0.0)
    buffer.skip(1, 1002, 0.0)
    buffer.put(1, 1003, 5000 + 160, audio(1), 0.0)
    assert numbers(buffer.take(0.0)) == [0, 1]
    assert buffer.counts.lost == 0


def test_a_new_stream_goes_on_without_a_hole() -> None:
    buffer = JitterBuffer()
    put(buffer, 0)
    buffer.put(2, 7, 99, audio(1), 0.02)
    buffer.put(2, 8, 259, audio(2), 0.04)
    assert numbers(buffer.take(0.04)) == [0, 1, 2]


def test_a_flood_is_cut_off() -> None:
    buffer = JitterBuffer()
    for number in range(10_000):
        put(buffer, number, at=number / 10_000)
    assert len(buffer.take(1.0)) <= 320 * 130
    assert buffer.counts.flooded > 9_000


def test_holes_hold_back_a_bounded_number() -> None:
    buffer = JitterBuffer(lambda: 9.0)
    put(buffer, 0, *range(2, 2 + MAX_HELD))
    assert numbers(buffer.take(0.0))[-1] == 1 + MAX_HELD


@given(st.integers(0, 2**32), st.floats(0, 0.3), st.integers(0, 4))
def test_any_shuffle_with_loss_keeps_order_and_length(seed: int, loss: float, spread: int) -> None:
    chance = random.Random(seed)
    sent = sorted(range(1, 60), key=lambda number: number + chance.uniform(0, spread))
    buffer = JitterBuffer()
    put(buffer, 0)
    out = numbers(buffer.take(0.0))
    for tick, number in enumerate(sent):
        if number == 59 or chance.random() >= loss:
            put(buffer, number, at=0.02 * (tick + 1))
        out += numbers(buffer.take(0.02 * (tick + 1)))
    out += numbers(buffer.take(0.02 * 61 + 0.05))
    real = [number for number in out if number > 0]
    assert real == sorted(real)
    assert 55 <= len(out) <= 75
