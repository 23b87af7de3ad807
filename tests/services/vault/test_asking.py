"""How many values may be looked up, by a clock of the test's own."""

from __future__ import annotations

import pytest

from appliance.errors import Full
from services.vault.asking import A_DAY, A_MINUTE, DAY_S, MINUTE_S, AskedValues


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def some(start: int, count: int = 32) -> list[str]:
    return [f"caller/{number}" for number in range(start, start + count)]


def test_so_many_values_a_minute_and_no_more():
    clock = Clock()
    asked = AskedValues(clock)
    for start in range(0, A_MINUTE, 32):
        asked.take("operator", "match", some(start))
    for _ in range(1000):
        asked.take("operator", "match", some(0))  # the same, page by page
    for operation, values in (("match", ["new"]), ("identify", some(0, 1))):
        with pytest.raises(Full):
            asked.take("operator", operation, values)
    asked.take("another", "match", ["new"])
    clock.now += MINUTE_S
    asked.take("operator", "match", ["new"])


def test_so_many_values_a_day_and_no_more():
    clock = Clock()
    asked = AskedValues(clock)
    for start in range(0, A_DAY, 20):
        asked.take("operator", "match", some(start, 20))
        clock.now += MINUTE_S
    with pytest.raises(Full):
        asked.take("operator", "match", ["new"])
    clock.now += DAY_S
    asked.take("operator", "match", ["new"])
