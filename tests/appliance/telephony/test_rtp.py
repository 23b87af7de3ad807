"""RTP: whose packets are taken, how they are numbered, what we send and report."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.telephony.addresses import Address
from appliance.telephony.rtp import Packet, Received, RtpReceiver, RtpSender, read_packet, write_packet
from appliance.telephony.sdp import Codec, Media

PEER = Address("192.0.2.1", 4000)
STRANGER = Address("203.0.113.9", 4000)
MEDIA = Media(PEER, Address("192.0.2.1", 4001), Codec.PCMU, 0, 101)


def packet(sequence: int, timestamp: int = 0, ssrc: int = 7, payload_type: int = 0) -> bytes:
    return write_packet(Packet(payload_type, False, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, b"\xff" * 160))


def take(receiver: RtpReceiver, *packets: bytes, source: Address = PEER) -> list[Received]:
    return [got for data in packets if (got := receiver.receive(data, source, 1.0)) is not None]


def test_reads_what_it_wrote() -> None:
    for marker in (False, True):
        written = Packet(101, marker, 65535, 0xFFFFFFFF, 1, b"abc")
        assert read_packet(write_packet(written)) == written


def test_csrc_extension_and_padding_are_stripped() -> None:
    head = struct.pack("!BBHII", 0x80 | 0x20 | 0x10 | 2, 0, 1, 2, 3)
    data = head + bytes(8) + b"\xbe\xde\x00\x01" + bytes(4) + b"audio" + b"\0\0\x03"
    got = read_packet(data)
    assert got is not None
    assert got.payload == b"audio"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(11),  # version 1
        b"\x8f" + bytes(11),  # fifteen contributing sources that are not there
        b"\x90" + bytes(11) + b"\0\0\xff\xff",  # an extension longer than the packet
        b"\xa0" + bytes(11) + b"\xff",  # padding longer than the packet
        b"\xa0" + bytes(11) + b"\x00",  # padding of nothing
        b"\x80\xc8" + bytes(26),  # RTCP
        b"\x80" + bytes(1600),
    ],
)
def test_what_is_no_rtp_is_counted(data: bytes) -> None:
    receiver = RtpReceiver(MEDIA)
    assert receiver.receive(data, PEER, 0.0) is None
    assert receiver.counts.malformed == 1


@given(st.binary(max_size=64))
def test_no_bytes_raise(data: bytes) -> None:
    RtpReceiver(MEDIA).receive(data, PEER, 0.0)


def test_a_stranger_is_counted_and_changes_nothing() -> None:
    receiver = RtpReceiver(MEDIA)
    assert take(receiver, packet(1), packet(2), source=STRANGER) == []
    assert take(receiver, packet(9), source=Address(PEER.host, 4002)) == []
    assert receiver.counts.stranger == 3
    assert receiver.peer == PEER
    assert len(take(receiver, packet(100))) == 1


def test_behind_nat_the_first_port_of_the_signalling_host_is_kept() -> None:
    receiver = RtpReceiver(MEDIA, nat_host="198.51.100.7")
    mapped, other = Address("198.51.100.7", 61000), Address("198.51.100.7", 61002)
    assert take(receiver, packet(1), source=STRANGER) == []
    assert take(receiver, packet(10), source=mapped) == []
    assert receiver.peer == PEER
    assert len(take(receiver, packet(11), packet(12), source=mapped)) == 2
    assert receiver.peer == mapped
    assert take(receiver, packet(1), packet(2), source=other) == []
    assert receiver.counts.stranger == 3


def test_the_agreed_address_wins_over_a_latched_one() -> None:
    receiver = RtpReceiver(MEDIA, nat_host="198.51.100.7")
    mapped = Address("198.51.100.7", 61000)
    take(receiver, packet(10), packet(11), source=mapped)
    assert len(take(receiver, packet(12))) == 1
    assert receiver.peer == PEER


def test_new_media_address_ends_the_latch() -> None:
    receiver = RtpReceiver(MEDIA, nat_host="198.51.100.7")
    take(receiver, packet(10), packet(11), source=Address("198.51.100.7", 61000))
    elsewhere = Address("192.0.2.50", 7000)
    receiver.change(replace(MEDIA, remote=elsewhere))
    assert receiver.peer == elsewhere
    assert take(receiver, packet(13)) == []
    assert len(take(receiver, packet(13), source=elsewhere)) == 1


def test_numbers_run_on_past_their_wrap() -> None:
    receiver = RtpReceiver(MEDIA)
    got = take(receiver, *(packet(65534 + n, 0xFFFFFFFF - 159 + 160 * n) for n in range(4)))
    assert [item.sequence - got[0].sequence for item in got] == [0, 1, 2, 3]
    assert [item.timestamp - got[0].timestamp for item in got] == [0, 160, 320, 480]


def test_reordered_packets_keep_their_numbers() -> None:
    receiver = RtpReceiver(MEDIA)
    got = take(receiver, packet(0), packet(2, 320), packet(1, 160), packet(65535, -160))
    assert [item.sequence - got[0].sequence for item in got] == [0, 2, 1, -1]
    assert [item.timestamp - got[0].timestamp for item in got] == [0, 320, 160, -160]


def test_another_ssrc_must_send_twice_in_sequence() -> None:
    receiver = RtpReceiver(MEDIA)
    assert [item.stream for item in take(receiver, packet(1), packet(50, ssrc=8), packet(2))] == [1, 1]
    other = [packet(number, ssrc=9) for number in (51, 52, 53)]
    assert [item.stream for item in take(receiver, *other)] == [2, 2]
    assert receiver.counts.restarts == 1


def test_a_restarted_sequence_is_followed() -> None:
    receiver = RtpReceiver(MEDIA)
    got = take(receiver, packet(1), packet(30000), packet(30001), packet(30002))
    assert [item.stream for item in got] == [1, 2, 2]


def test_types_that_were_not_agreed_are_counted() -> None:
    receiver = RtpReceiver(MEDIA)
    got = take(receiver, packet(1, payload_type=8), packet(2, payload_type=101), packet(3, payload_type=13), packet(4))
    assert [item.is_event for item in got] == [True, False]
    assert receiver.counts.other_type == 2


def test_sender_counts_in_samples_and_marks_the_first() -> None:
    sender = RtpSender(random.Random(1).randbytes)
    packets = [read_packet(sender.audio(0, b"\xff" * 160)) for _ in range(3)]
    assert all(packets)
    first, second, third = (item for item in packets if item)
    assert [item.marker for item in (first, second, third)] == [True, False, False]
    assert (second.timestamp - first.timestamp) % 2**32 == (third.timestamp - second.timestamp) % 2**32 == 160
    assert (third.sequence - first.sequence) % 2**16 == 2


def test_reports_are_well_formed_rtcp() -> None:
    receiver, sender = RtpReceiver(MEDIA), RtpSender(random.Random(2).randbytes)
    empty = sender.report(receiver.report_block(), 1_700_000_000.5)
    assert _kinds(empty) == [201, 202]
    take(receiver, packet(0), packet(1, 160), packet(3, 480), packet(4, 640))
    sender.audio(0, b"\xff" * 160)
    report = sender.report(receiver.report_block(), 1_700_000_000.5, bye=True)
    assert _kinds(report) == [200, 202, 203]
    block = report[28:52]
    ssrc, lost = struct.unpack_from("!II", block)
    assert ssrc == 7
    assert lost == (256 // 5) << 24 | 1
    assert struct.unpack_from("!I", report, 8)[0] == 1_700_000_000 + 2_208_988_800
    assert struct.unpack_from("!I", receiver.report_block(), 4)[0] >> 24 == 0, "lost since the last report"


def _kinds(compound: bytes) -> list[int]:
    kinds = []
    while compound:
        assert compound[0] >> 6 == 2
        kinds.append(compound[1])
        length = 4 * (1 + int.from_bytes(compound[2:4], "big"))
        assert length <= len(compound)
        compound = compound[length:]
    return kinds
