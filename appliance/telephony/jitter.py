"""Puts received audio back in order and without holes, as soon as it can.

Nobody listens to this audio but machines, so there is no playout delay: what is in order goes on at once. Only a hole
is waited for, as long as the measured jitter makes sensible; then it is concealed, and silence stands in where the
sender sends nothing, so that time goes on for whoever waits for the party to fall silent. PCM is 16-bit, 8000 Hz.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

RATE: Final = 8000
MIN_WAIT_S, MAX_WAIT_S = 0.02, 0.12
MAX_HELD: Final = 24
"""Packets behind a hole."""
STARVED_S: Final = 0.1
MAX_GAP_S: Final = 1.0
MAX_CONCEALED_S: Final = 0.06
MAX_AHEAD_S: Final = 1.5
"""Audio beyond real time that is let in or made up at once; more is a flood."""
FADE: Final = 0.6


@dataclass(slots=True)
class JitterCounts:
    late: int = 0
    """Packets that came after their place had been filled, or twice."""
    lost: int = 0
    flooded: int = 0
    concealed_ms: int = 0
    silent_ms: int = 0


class JitterBuffer:
    def __init__(self, jitter_s: Callable[[], float] = lambda: 0.0) -> None:
        """`jitter_s`: the interarrival jitter as measured now (`RtpReceiver.jitter_s`)."""
        self.counts = JitterCounts()
        self._jitter_s = jitter_s
        self._stream = -1
        self._next = 0
        self._timestamp = 0
        self._held: dict[int, tuple[int, bytes, float]] = {}
        self._ready: list[bytes] = []
        self._last = b""
        self._stood_in = 0
        self._fed_at: float | None = None
        self._credit_s = MAX_AHEAD_S
        self._credited_at = 0.0

    @property
    def wait_s(self) -> float:
        """How long a hole is waited for."""
        return min(MAX_WAIT_S, max(MIN_WAIT_S, 3 * self._jitter_s()))

    def put(self, stream: int, sequence: int, timestamp: int, pcm: bytes, now: float) -> None:
        """Take the audio of one packet; numbers run on past their wrap (`rtp.Received`)."""
        if not self._afford(len(pcm) / 2 / RATE, now):
            self.counts.flooded += 1
            return
        if stream != self._stream:
            self._drain()
            self._stream, self._next, self._timestamp = stream, sequence, timestamp
            self._stood_in = 0
        if sequence < self._next or sequence in self._held:
            self.counts.late += 1
            return
        self._held[sequence] = (timestamp, pcm, now)
        self._advance(now)

    def skip(self, stream: int, sequence: int, now: float) -> None:
        """A packet that is no audio (a key) holds this place: no hole."""
        if stream == self._stream and sequence >= self._next:
            self._held.setdefault(sequence, (-1, b"", now))
            self._advance(now)

    def take(self, now: float) -> bytes:
        """All audio that can be had now, in order."""
        self._advance(now)
        if self._fed_at is None:
            self._fed_at = now
        elif now - self._fed_at >= STARVED_S:
            owed = int(min(now - self._fed_at, MAX_GAP_S) * 50) * (RATE // 50)
            self._fed_at = now
            self._stood_in += owed
            self._stand_in(owed)
        taken = b"".join(self._ready)
        self._ready.clear()
        return taken

    def _afford(self, seconds: float, now: float) -> bool:
        self._credit_s = min(MAX_AHEAD_S, self._credit_s + 1.05 * max(0.0, now - self._credited_at))
        self._credited_at = now
        if self._credit_s < seconds:
            return False
        self._credit_s -= seconds
        return True

    def _advance(self, now: float) -> None:
        while self._held:
            if self._next not in self._held:
                oldest = min(arrived for _, _, arrived in self._held.values())
                if now - oldest < self.wait_s and len(self._held) < MAX_HELD:
                    return
                first = min(self._held)
                self.counts.lost += first - self._next
                self._fill(self._held[first][0], concealing=True)
                self._next = first
            timestamp, pcm, _ = self._held.pop(self._next)
            self._next += 1
            if pcm:
                self._fill(timestamp, concealing=False)
                self._emit(timestamp, pcm, now)

    def _drain(self) -> None:
        for sequence in sorted(self._held):
            _, pcm, _ = self._held.pop(sequence)
            self._ready.append(pcm)

    def _emit(self, timestamp: int, pcm: bytes, now: float) -> None:
        self._ready.append(pcm)
        self._last = pcm
        self._timestamp = timestamp + len(pcm) // 2
        self._stood_in = 0
        self._fed_at = now

    def _fill(self, timestamp: int, *, concealing: bool) -> None:
        """Bridge from where the audio ended to `timestamp`, less what has stood in already."""
        if timestamp < 0:
            return
        gap = timestamp - self._timestamp - self._stood_in
        if gap <= 0:
            return
        gap = min(gap, int(min(self._credit_s, MAX_GAP_S) * RATE))
        self._credit_s -= gap / RATE
        if concealing:
            gap -= self._conceal(min(gap, int(MAX_CONCEALED_S * RATE)))
        self._stand_in(gap)
        self._timestamp, self._stood_in = timestamp, 0

    def _conceal(self, samples: int) -> int:
        """Repeat the last packet, ever softer; the samples made."""
        last = np.frombuffer(self._last, "<i2")
        made = 0
        level = FADE
        while len(last) and made < samples:
            piece = (last[: samples - made] * level).astype("<i2")
            self._ready.append(piece.tobytes())
            made += len(piece)
            level *= FADE
        self.counts.concealed_ms += made * 1000 // RATE
        return made

    def _stand_in(self, samples: int) -> None:
        if samples > 0:
            self.counts.silent_ms += samples * 1000 // RATE
            self._ready.append(bytes(2 * samples))
