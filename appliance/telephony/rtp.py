"""RTP and the least of RTCP for one call's audio: what is taken in, what is sent, what is counted (RFC 3550, RFC 3551).

Whose packets are taken: those from the address that the signed-off SDP names. Where the call came through NAT (and
the owner says that NAT may be), also those from the *host the signalling came from*, for that is where a NAT's other
mappings are; the first such port is kept for good, as soon as two packets in sequence came from it. Nobody else is ever
listened to, so a stranger can neither speak into a call nor draw its audio to himself. What arrives never raises.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from appliance.telephony.addresses import Address
from appliance.telephony.sdp import Media

_HEADER: Final = struct.Struct("!BBHII")
_SENDER_REPORT: Final = struct.Struct("!BBHIIIIII")
_RECEIVER_REPORT: Final = struct.Struct("!BBHI")
_BLOCK: Final = struct.Struct("!IIIIII")
MAX_PAYLOAD: Final = 1500
MAX_DROPOUT, MAX_MISORDER = 3000, 100
"""How far a sequence number may jump before it means a restarted sender (RFC 3550 A.1)."""
NTP_EPOCH: Final = 2_208_988_800


class Packet(NamedTuple):
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def read_packet(data: bytes) -> Packet | None:
    """None where it is no RTP packet: too short, another version, false lengths, or RTCP."""
    if not 12 <= len(data) <= MAX_PAYLOAD + 12:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2 or 192 <= second <= 223:
        return None
    start, end = 12 + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return Packet(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, data[start:end])


def write_packet(packet: Packet) -> bytes:
    second = packet.payload_type | (0x80 if packet.marker else 0)
    return _HEADER.pack(0x80, second, packet.sequence, packet.timestamp, packet.ssrc) + packet.payload


class Received(NamedTuple):
    """A packet that counts. `sequence` and `timestamp` run on past their wrap; `stream` grows with each new source."""

    is_event: bool
    marker: bool
    stream: int
    sequence: int
    timestamp: int
    payload: bytes


@dataclass(slots=True)
class Counts:
    """What happened to this call's packets, for metrics."""

    received: int = 0
    stranger: int = 0
    malformed: int = 0
    other_type: int = 0
    """Of a payload type that was not agreed."""
    restarts: int = 0
    """Changes of SSRC, or jumps in its sequence numbers."""


class RtpReceiver:
    """Judges packets by source and sequence; gives back those to be heard."""

    def __init__(self, media: Media, nat_host: str | None = None) -> None:
        """`nat_host`: where the signalling came from, if NAT may be; see the module."""
        self.counts = Counts()
        self._nat_host = nat_host
        self._latched: Address | None = None
        self._candidate: tuple[Address, int, int] | None = None
        self._ssrc: int | None = None
        self._new: tuple[int, int] | None = None
        self._stream = 0
        self._highest = 0
        self._base = 0
        self._timestamp = 0
        self._expected_before = self._received_before = self._in_stream = 0
        self._transit: float | None = None
        self.jitter_s = 0.0
        """Interarrival jitter (RFC 3550 A.8)."""
        self.media = media

    def change(self, media: Media) -> None:
        """The call's media were agreed anew. Another address ends what was latched."""
        if media.remote != self.media.remote:
            self._latched = self._candidate = None
        self.media = media

    @property
    def peer(self) -> Address:
        """Where our packets go."""
        return self._latched or self.media.remote

    def receive(self, data: bytes, source: Address, now: float) -> Received | None:
        """Take one datagram; `now` in seconds, monotonic."""
        if source != self.media.remote and source != self._latched and not self._may_latch(source):
            self.counts.stranger += 1
            return None
        packet = read_packet(data)
        if packet is None:
            self.counts.malformed += 1
            return None
        is_event = packet.payload_type == self.media.event_payload_type
        if not is_event and packet.payload_type != self.media.payload_type:
            self.counts.other_type += 1
            return None
        if source == self.media.remote:
            self._latched = None
        elif source != self._latched and not self._latch(packet, source):
            return None
        sequence = self._place(packet)
        if sequence is None:
            return None
        self.counts.received += 1
        self._in_stream += 1
        timestamp = self._timestamp + _signed(packet.timestamp - self._timestamp, 32)
        if not is_event:
            self._timestamp = timestamp
            self._measure(timestamp, now)
        return Received(is_event, packet.marker, self._stream, sequence, timestamp, packet.payload)

    def _may_latch(self, source: Address) -> bool:
        return self._nat_host is not None and self._latched is None and source.host == self._nat_host

    def _latch(self, packet: Packet, source: Address) -> bool:
        """Keep a source behind NAT once two packets in sequence came from it."""
        if self._candidate == (source, packet.ssrc, packet.sequence):
            self._latched = source
            return True
        self._candidate = (source, packet.ssrc, (packet.sequence + 1) & 0xFFFF)
        return False

    def _place(self, packet: Packet) -> int | None:
        """The running sequence number, None while it is not sure where the packet belongs (RFC 3550 A.1)."""
        if self._ssrc is None:
            return self._restart(packet)
        step = _signed(packet.sequence - self._highest, 16)
        if packet.ssrc == self._ssrc and -MAX_MISORDER <= step <= MAX_DROPOUT:
            self._new = None
            self._highest = max(self._highest, self._highest + step)
            return self._highest + min(step, 0)
        if self._new == (packet.ssrc, packet.sequence):
            self.counts.restarts += 1
            return self._restart(packet)
        self._new = (packet.ssrc, (packet.sequence + 1) & 0xFFFF)
        return None

    def _restart(self, packet: Packet) -> int:
        self._new = None
        self._ssrc = packet.ssrc
        self._stream += 1
        self._highest = self._base = packet.sequence + 0x10000  # so that a late one before it is not negative
        self._timestamp = packet.timestamp + (1 << 32)
        self._expected_before = self._received_before = self._in_stream = 0
        self._transit = None
        return self._highest

    def _measure(self, timestamp: int, now: float) -> None:
        transit = now - timestamp / 8000
        if self._transit is not None:
            self.jitter_s += (min(abs(transit - self._transit), 1.0) - self.jitter_s) / 16
        self._transit = transit

    def report_block(self) -> bytes:
        """What was received since the last report, for our RTCP (RFC 3550 section 6.4.1)."""
        if self._ssrc is None:
            return b""
        expected = self._highest - self._base + 1
        lost = expected - self._in_stream
        expected_now, received_now = expected - self._expected_before, self._in_stream - self._received_before
        self._expected_before, self._received_before = expected, self._in_stream
        lost_now = expected_now - received_now
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 and lost_now > 0 else 0
        total = max(-0x800000, min(0x7FFFFF, lost)) & 0xFFFFFF
        return _BLOCK.pack(
            self._ssrc, fraction << 24 | total, self._highest & 0xFFFFFFFF, int(self.jitter_s * 8000) & 0xFFFFFFFF, 0, 0
        )


class RtpSender:
    """Numbers our own packets. Its clock runs on in samples whether or not a packet is sent."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._ssrc = int.from_bytes(random_bytes(4), "big")
        self._sequence = int.from_bytes(random_bytes(2), "big")
        self._timestamp = int.from_bytes(random_bytes(4), "big")
        self._name = b"b2t-" + random_bytes(6).hex().encode()
        self._first = True
        self._octets = self._packets = 0

    @property
    def timestamp(self) -> int:
        return self._timestamp

    @property
    def packets(self) -> int:
        """Sent so far."""
        return self._packets

    def audio(self, payload_type: int, payload: bytes) -> bytes:
        """The next stretch of audio as a packet; one byte is one sample."""
        packet = self._packet(payload_type, payload, self._timestamp, self._first)
        self._first = False
        self.skip(len(payload))
        return packet

    def event(self, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> bytes:
        """A telephone event; the clock does not move by it (RFC 4733 section 2.5)."""
        return self._packet(payload_type, payload, timestamp, marker)

    def skip(self, samples: int) -> None:
        self._timestamp = (self._timestamp + samples) & 0xFFFFFFFF

    def _packet(self, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._packets += 1
        self._octets += len(payload)
        second = payload_type | (0x80 if marker else 0)
        return _HEADER.pack(0x80, second, self._sequence, timestamp, self._ssrc) + payload

    def report(self, block: bytes, unix_time: float, *, bye: bool = False) -> bytes:
        """A compound RTCP packet: sender report (receiver report while nothing was sent), name, perhaps goodbye."""
        count = 1 if block else 0
        if self._packets:
            seconds = int(unix_time)
            ntp = ((seconds + NTP_EPOCH) & 0xFFFFFFFF, int((unix_time - seconds) * (1 << 32)) & 0xFFFFFFFF)
            counts = (self._timestamp, self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF)
            report = _SENDER_REPORT.pack(0x80 | count, 200, 6 + 6 * count, self._ssrc, *ntp, *counts)
        else:
            report = _RECEIVER_REPORT.pack(0x80 | count, 201, 1 + 6 * count, self._ssrc)
        item = bytes((1, len(self._name))) + self._name
        item += bytes(4 - len(item) % 4)
        names = _RECEIVER_REPORT.pack(0x81, 202, 1 + len(item) // 4, self._ssrc) + item
        return report + block + names + (_RECEIVER_REPORT.pack(0x81, 203, 1, self._ssrc) if bye else b"")


def _signed(difference: int, bits: int) -> int:
    """A difference of two numbers that wrap, as the shorter way round."""
    half = 1 << (bits - 1)
    return (difference + half) % (1 << bits) - half
