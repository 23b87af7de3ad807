"""How long a session lasts: until nobody has used it for a while (PCI DSS 4.0.1, 8.2.8), and never beyond a workday."""

from __future__ import annotations

MAX_S = 12 * 3600
TOUCH_S = 30
"""Use within so many seconds of the last noted one is not noted again: it would be a write a request."""


def is_alive(*, created: int, last_used: int, now: int, idle_s: int) -> bool:
    """Times are seconds since the epoch. A session from the future (the clock was set back) is not alive."""
    return -TOUCH_S <= now - last_used < idle_s and -TOUCH_S <= now - created < MAX_S


def needs_touch(last_used: int, now: int) -> bool:
    return now - last_used >= TOUCH_S
