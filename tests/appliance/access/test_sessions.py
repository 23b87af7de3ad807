from __future__ import annotations

import pytest

from appliance.access.sessions import MAX_S, TOUCH_S, is_alive, needs_touch

IDLE_S = 900


@pytest.mark.parametrize(
    ("created", "last_used", "now", "alive"),
    [
        (0, 0, 0, True),
        (0, 0, IDLE_S - 1, True),
        (0, 0, IDLE_S, False),
        (0, MAX_S - 10, MAX_S - 1, True),
        (0, MAX_S - 10, MAX_S, False),
        (1000, 1000, 1000 - TOUCH_S, True),
        (1000, 1000, 1000 - TOUCH_S - 1, False),
    ],
)
def test_a_session_ends_when_idle_or_old(created: int, last_used: int, now: int, alive: bool) -> None:
    assert is_alive(created=created, last_used=last_used, now=now, idle_s=IDLE_S) is alive


def test_use_is_noted_seldom_enough() -> None:
    assert not needs_touch(100, 100 + TOUCH_S - 1)
    assert needs_touch(100, 100 + TOUCH_S)
