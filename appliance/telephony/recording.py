"""What was heard in a call, laid out by RTP timestamps, and when it came. PCM is 16-bit, 8000 Hz."""

from __future__ import annotations

from typing import Final

import numpy as np

from appliance.telephony import g711
from appliance.telephony.rtp import Received

AUDIBLE: Final = 250
"""Peak of a packet from which on it counts as sound."""
MAX_RECORDED_S: Final = 1800


class Recording:
    """What was heard, laid out by RTP timestamps, and when it came."""

    def __init__(self) -> None:
        self._frames: list[tuple[float, int, bytes]] = []
        """Arrival, running timestamp, PCM."""
        self._sounds: list[float] = []
        self._stream = 0
        self._shift = 0
        self._origin = 0.0
        self.last_sound = 0.0

    def begin(self, at: float) -> None:
        self._origin = at

    def hear(self, received: Received, pcm: bytes, now: float) -> None:
        if received.stream != self._stream:
            self._stream = received.stream
            self._shift = int((now - self._origin) * g711.RATE) - received.timestamp
        self._frames.append((now, received.timestamp + self._shift, pcm))
        if len(pcm) and np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max() >= AUDIBLE:
            self._sounds.append(now)
            self.last_sound = now

    def first_after(self, at: float) -> float | None:
        return next((sound for sound in self._sounds if sound >= at), None)

    def between(self, start: float, end: float) -> bytes:
        return b"".join(pcm for arrived, _, pcm in self._frames if start <= arrived <= end)

    def everything(self) -> bytes:
        if not self._frames:
            return b""
        first = min(0, min(at for _, at, _ in self._frames))
        length = max(at + len(pcm) // 2 for _, at, pcm in self._frames) - first
        track = np.zeros(min(length, MAX_RECORDED_S * g711.RATE), "<i2")
        for _, at, pcm in self._frames:
            piece = np.frombuffer(pcm, "<i2")[: max(0, len(track) - (at - first))]
            track[at - first : at - first + len(piece)] = piece
        return track.tobytes()
