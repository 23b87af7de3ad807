"""Keys as RFC 4733 packets: told once each, whatever is lost, doubled or out of order."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from appliance.telephony.dtmf import END_COPIES, KEYS, KeyReceiver, key_packets


def event(code: int, duration: int, end: bool = False) -> bytes:
    return struct.pack("!BBH", code, (0x80 if end else 0) | 10, duration)


def test_a_key_is_told_once_at_its_end() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(5, 160), 1, 1000, 0.00) == ""
    assert keys.pressed
    assert keys.receive(event(5, 320), 1, 1000, 0.02) == ""
    assert keys.receive(event(5, 480, end=True), 1, 1000, 0.04) == "5"
    assert keys.receive(event(5, 480, end=True), 1, 1000, 0.06) == ""
    assert keys.receive(event(5, 480, end=True), 1, 1000, 0.08) == ""
    assert not keys.pressed
    assert keys.poll(9.0) == ""


def test_the_same_key_pressed_twice_is_two_keys() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(1, 480, end=True), 1, 1000, 0.0) == "1"
    assert keys.receive(event(1, 480, end=True), 1, 2000, 0.1) == "1"


def test_a_lost_end_is_made_up_by_the_next_key() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(1, 160), 1, 1000, 0.0) == ""
    assert keys.receive(event(2, 160), 1, 2600, 0.1) == "1"
    assert keys.receive(event(2, 320, end=True), 1, 2600, 0.12) == "2"


def test_a_lost_end_is_made_up_by_time() -> None:
    keys = KeyReceiver()
    keys.receive(event(11, 160), 1, 1000, 0.0)
    assert keys.poll(0.1) == ""
    assert keys.poll(0.3) == "#"
    assert keys.receive(event(11, 320, end=True), 1, 1000, 0.4) == "", "its end was only late"


def test_only_the_end_arrives() -> None:
    assert KeyReceiver().receive(event(10, 800, end=True), 1, 1000, 0.0) == "*"


def test_a_packet_of_an_older_key_is_ignored() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(1, 480, end=True), 1, 1000, 0.0) == "1"
    assert keys.receive(event(2, 160), 1, 2000, 0.1) == ""
    assert keys.receive(event(1, 320), 1, 1000, 0.1) == ""
    assert keys.receive(event(2, 480, end=True), 1, 2000, 0.2) == "2"


def test_recorded_keys_played_again_are_keys_again() -> None:
    keys = KeyReceiver()
    for start in (0.0, 1.0):
        assert keys.receive(event(1, 0), 1, 1000, start, marker=True) == ""
        assert keys.receive(event(1, 480, end=True), 1, 1000, start + 0.1) == "1"
        assert keys.receive(event(1, 480, end=True), 1, 1000, start + 0.1) == ""
    assert keys.receive(event(1, 0), 1, 1000, 1.2, marker=True) == "", "too soon: a straggler"


def test_a_very_long_press_in_segments_is_one_key() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(7, 0xFFFF), 1, 1000, 0.0) == ""
    assert keys.receive(event(7, 160), 1, 1000 + 0xFFFF, 8.2) == ""
    assert keys.receive(event(7, 320, end=True), 1, 1000 + 0xFFFF, 8.3) == "7"


def test_a_new_stream_starts_anew() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(3, 480, end=True), 1, 900_000, 0.0) == "3"
    assert keys.receive(event(4, 480, end=True), 2, 100, 1.0) == "4"


def test_other_events_and_short_payloads_are_nothing() -> None:
    keys = KeyReceiver()
    assert keys.receive(event(16, 160, end=True), 1, 1000, 0.0) == ""  # flash
    assert keys.receive(b"\x01\x80", 1, 1000, 0.0) == ""
    assert not keys.pressed


@given(st.text(KEYS, min_size=1, max_size=12), st.data())
def test_what_is_sent_is_received_though_packets_are_lost_and_swapped(pressed: str, data: st.DataObject) -> None:
    """Of each key any packets may be lost but one; neighbours may change places within a key."""
    receiver = KeyReceiver()
    told, now = "", 0.0
    for number, key in enumerate(pressed):
        packets = key_packets(key)
        kept = data.draw(st.lists(st.sampled_from(range(len(packets))), min_size=1, max_size=len(packets), unique=True))
        for at in kept:
            now += 0.01
            told += receiver.receive(packets[at].payload, 1, 1000 + 2000 * number, now)
        now += 0.05
    assert told + receiver.poll(now + 1) == pressed


def test_a_sent_key_grows_and_ends_three_times() -> None:
    packets = key_packets("#", duration_ms=100)
    read = [struct.unpack("!BBH", item.payload) for item in packets]
    assert [item.marker for item in packets] == [True] + [False] * (len(packets) - 1)
    assert {code for code, _, _ in read} == {11}
    assert [bool(flags & 0x80) for _, flags, _ in read] == [False] * 5 + [True] * END_COPIES
    assert [duration for _, _, duration in read] == [160, 320, 480, 640, 800, 960, 960, 960]
