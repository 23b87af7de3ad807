"""Looks at the frames of all calls in the order they came, a little at a time, so that sending never waits for long."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from services.phone.metrics import FRAMES_UNSEEN

BUDGET_S: Final = 0.002
"""Work at a stretch; in between the loop sends, reads and keeps its timers."""
MAX_WAITING: Final = 4096
"""Frames of all calls: more than a second behind with fifty of them. Beyond it the oldest are left out."""

Look = Callable[[bytes], None]


class Attention:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Look, bytes]] = deque()
        self._scheduled = False

    def ask(self, look: Look, frame: bytes) -> None:
        """Have `look(frame)` called soon."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            FRAMES_UNSEEN.inc()
        self._waiting.append((look, frame))
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._work)

    def _work(self) -> None:
        until = time.perf_counter() + BUDGET_S
        waiting = self._waiting
        try:
            while waiting and time.perf_counter() < until:
                look, frame = waiting.popleft()
                look(frame)
        finally:
            self._scheduled = bool(waiting)
            if waiting:
                self._loop.call_soon(self._work)
