"""Replies as they sound: which one, how loud, how much of it went out, and so what was heard.

Works on telephone payload, one byte a sample at 8000 Hz, whatever its law; the owner takes 20 ms at a time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

MAX_WAITING_MS: Final = 20_000
"""Audio of one reply that may wait; its source must pause beyond that."""
MAX_REPLIES: Final = 32


@dataclass(frozen=True, slots=True)
class Heard:
    """What went out of a reply: `total_ms` is all audio there was of it."""

    reply: str
    heard_ms: int
    total_ms: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Sounded:
    """20 ms, None for silence; what began with it, and what ended before it."""

    payload: bytes | None
    started: str | None = None
    ended: Heard | None = None


@dataclass(slots=True)
class _Reply:
    name: str
    filler: bool = False
    audio: deque[bytes] = field(default_factory=deque)
    waiting: int = 0
    fed: int = 0
    sent: int = 0
    whole: bool = False
    started: bool = False

    def heard(self, interrupted: bool) -> Heard:
        return Heard(self.name, self.sent // 8, self.fed // 8, interrupted)


class Playback:
    def __init__(self, softer: bytes) -> None:
        """`softer`: table for `bytes.translate` that ducks payload (`g711.attenuation`)."""
        self._softer = softer
        self._replies: deque[_Reply] = deque()
        self._ducked = self._paused = False

    @property
    def sounding(self) -> str | None:
        """The reply that has begun to sound, if one has. A filler's name counts as well."""
        return self._replies[0].name if self._replies and self._replies[0].started else None

    @property
    def idle(self) -> bool:
        """Nothing sounds and nothing waits."""
        return not self._replies

    def queue(self, reply: str, *, filler: bool = False) -> bool:
        """Make room for a reply behind the others. False: there are too many."""
        if len(self._replies) >= MAX_REPLIES:
            return False
        self._replies.append(_Reply(reply, filler))
        return True

    def feed(self, reply: str, payload: bytes) -> None:
        """More audio of a queued reply; of one that is gone it is thrown away."""
        for known in self._replies:
            if known.name == reply:
                known.audio.append(payload)
                known.waiting += len(payload)
                known.fed += len(payload)

    def finish(self, reply: str) -> None:
        """All its audio is there, or there will be no more."""
        for known in self._replies:
            if known.name == reply:
                known.whole = True

    def waiting_ms(self, reply: str) -> int | None:
        """Audio of it that has not gone out, None where it is gone."""
        return next((known.waiting // 8 for known in self._replies if known.name == reply), None)

    def duck(self) -> None:
        self._ducked = True

    def restore(self) -> None:
        self._ducked = False

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = self._ducked = False

    def recode(self, table: bytes, softer: bytes) -> None:
        """The law has changed: what waits is turned into the new one (`g711.conversion`)."""
        self._softer = softer
        for reply in self._replies:
            reply.audio = deque(piece.translate(table) for piece in reply.audio)

    def stop(self) -> list[Heard]:
        """End everything now; what was heard of each reply, fillers left out."""
        stopped = [reply.heard(interrupted=True) for reply in self._replies if not reply.filler]
        self._replies.clear()
        self._paused = self._ducked = False
        return stopped

    def take(self, samples: int = 160) -> Sounded:
        """The next 20 ms. A reply whose audio is late sounds as silence, which is not counted as heard."""
        ended: Heard | None = None
        if self._replies and self._replies[0].whole and not self._replies[0].waiting and not self._paused:
            over = self._replies.popleft()
            ended = None if over.filler else over.heard(interrupted=False)
            self._ducked = False
        if self._paused or not self._replies:
            return Sounded(None, None, ended)
        reply = self._replies[0]
        if not reply.waiting or (reply.waiting < samples and not reply.whole):
            return Sounded(None, None, ended)
        payload = _cut(reply, samples)
        began = not reply.started
        reply.started = True
        if self._ducked:
            payload = payload.translate(self._softer)
        return Sounded(payload, reply.name if began and not reply.filler else None, ended)


def _cut(reply: _Reply, samples: int) -> bytes:
    """Up to `samples` from the front; less only at the very end."""
    pieces: list[bytes] = []
    missing = samples
    while missing and reply.audio:
        piece = reply.audio.popleft()
        if len(piece) > missing:
            reply.audio.appendleft(piece[missing:])
            piece = piece[:missing]
        pieces.append(piece)
        missing -= len(piece)
    taken = samples - missing
    reply.waiting -= taken
    reply.sent += taken
    return b"".join(pieces)
