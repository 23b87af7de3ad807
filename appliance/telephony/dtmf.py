"""Keys as telephone events in RTP, in and out (RFC 4733).

A key is one event: packets that share the timestamp of its start, their duration growing; the first is marked, the last
comes three times with the end bit. The timestamp is what tells two presses of one key apart.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

KEYS: Final = "0123456789*#ABCD"
_EVENT: Final = struct.Struct("!BBH")
_END: Final = 0x80
_RESERVED: Final = 0x40
REPLAY_S: Final = 0.3
"""A marked packet of an old timestamp that comes so long after that key's end is no straggler but a new press by a
sender whose clock does not run on, such as one that plays recordings of keys."""
LOST_END_S: Final = 0.2
"""An event of which no packet has come for so long is over, its end lost. Senders repeat it every 20 to 50 ms."""
END_COPIES: Final = 3


class EventPacket(NamedTuple):
    """One packet of a key to be sent; all of one key carry the timestamp of its first."""

    payload: bytes
    marker: bool


class _Running(NamedTuple):
    stream: int
    timestamp: int
    code: int
    duration: int
    seen: float


class KeyReceiver:
    """Tells each key once, at its end."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._done = (0, -1)
        """Stream and timestamp of the newest event that has been told."""
        self._done_at = 0.0

    @property
    def pressed(self) -> bool:
        """A key is down now."""
        return self._running is not None

    def receive(self, payload: bytes, stream: int, timestamp: int, now: float, *, marker: bool = False) -> str:
        """Take one event packet (fields as `rtp.Received` has them); the keys that are over by it, mostly none."""
        if len(payload) < _EVENT.size:
            return ""
        code, flags, duration = _EVENT.unpack_from(payload)
        if code >= len(KEYS):
            return ""
        if (stream, timestamp) <= self._done:
            if not marker or self._running is not None or now - self._done_at < REPLAY_S:
                return ""
            self._done = (stream, timestamp - 1)
        told = ""
        running = self._running
        if running is not None and (running.stream, running.timestamp) != (stream, timestamp):
            if (stream, timestamp) < (running.stream, running.timestamp):
                return ""
            if self._goes_on(running, stream, timestamp, code):
                self._done = (running.stream, running.timestamp)
            else:
                told = self._finish(running, now)
        self._running = _Running(stream, timestamp, code, duration, now)
        if flags & _END:
            told += self._finish(self._running, now)
        return told

    def poll(self, now: float) -> str:
        """The key whose end was lost, if there is one."""
        if self._running is None or now - self._running.seen < LOST_END_S:
            return ""
        return self._finish(self._running, now)

    def _goes_on(self, running: _Running, stream: int, timestamp: int, code: int) -> bool:
        """A press longer than a duration can say goes on as a further segment (section 2.5.1.3)."""
        next_segment = running.timestamp + running.duration
        return (
            running.duration == 0xFFFF
            and code == running.code
            and (stream, timestamp) == (running.stream, next_segment)
        )

    def _finish(self, running: _Running, now: float) -> str:
        self._running = None
        self._done_at = now
        self._done = (running.stream, running.timestamp)
        return KEYS[running.code]


def key_packets(key: str, duration_ms: int = 120, packet_ms: int = 20, volume: int = 10) -> list[EventPacket]:
    """The packets of one key press, to be sent `packet_ms` apart. `volume` is dBm0 without its sign."""
    code = KEYS.index(key)
    step = packet_ms * 8
    count = max(1, duration_ms // packet_ms)
    packets = [
        EventPacket(_EVENT.pack(code, volume, min(step * number, 0xFFFF)), number == 1)
        for number in range(1, count + 1)
    ]
    end = EventPacket(_EVENT.pack(code, _END | volume, min(step * (count + 1), 0xFFFF)), False)
    return packets + [end] * END_COPIES
