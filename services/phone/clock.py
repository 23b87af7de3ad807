"""Lets every call send 20 ms of sound every 20 ms, without drift, and not all of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from services.phone.metrics import CLOCK_LATENESS

PERIOD_S: Final = 0.02
SLOTS: Final = 10
STEP_S: Final = PERIOD_S / SLOTS
MAX_BEHIND: Final = 5 * SLOTS
"""Steps that are made up for after a stall; what is older is left out, and its callers told how much."""

Tick = Callable[[float, int], None]
"""Called with the loop's time and how many periods were left out since the last call."""


class SendClock:
    """One timer for all calls: a wheel of ten slots, 2 ms apart, each call in the emptiest one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slots: tuple[dict[int, Tick], ...] = tuple({} for _ in range(SLOTS))
        self._count = 0
        self._step = 0
        self._began = 0.0
        self._skipped = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, tick: Tick) -> Callable[[], None]:
        """Call `tick` from now on, every 20 ms; gives back what ends it."""
        slot = min(self._slots, key=len)
        self._count += 1
        name = self._count
        slot[name] = tick
        if self._timer is None:
            self._began, self._step = self._loop.time(), 0
            self._timer = self._loop.call_at(self._began, self._turn)
        return lambda: slot.pop(name, None) and None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for slot in self._slots:
            slot.clear()

    def _turn(self) -> None:
        now = self._loop.time()
        due = int((now - self._began) / STEP_S + 1e-6)
        behind = due - self._step
        left_out = 0
        if behind > MAX_BEHIND:
            left_out = behind // SLOTS - 1
            self._step += left_out * SLOTS
        while self._step <= due:
            CLOCK_LATENESS.observe(max(0.0, now - (self._began + self._step * STEP_S)))
            for tick in list(self._slots[self._step % SLOTS].values()):
                tick(now, left_out)
            self._step += 1
        if any(self._slots):
            self._timer = self._loop.call_at(self._began + self._step * STEP_S, self._turn)
        else:
            self._timer = None
