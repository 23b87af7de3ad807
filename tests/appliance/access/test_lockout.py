"""PCI DSS 4.0.1, 8.3.4."""

from __future__ import annotations

from appliance.access.lockout import LOCKED_S, MAX_TRIES, Tries


def after(count: int, tries: Tries = Tries(), now: int = 1000) -> Tries:  # noqa: B008
    for _ in range(count):
        tries = tries.after_failure(now)
    return tries


def test_the_tenth_failure_locks_for_half_an_hour() -> None:
    assert not after(MAX_TRIES - 1).locked(1000)
    locked = after(MAX_TRIES)
    assert locked.locked(1000)
    assert locked.locked(1000 + LOCKED_S - 1)
    assert not locked.locked(1000 + LOCKED_S)


def test_trying_while_locked_does_not_lock_for_longer() -> None:
    locked = after(MAX_TRIES)
    assert after(50, locked, now=2000) == locked


def test_after_the_lock_there_are_ten_tries_again() -> None:
    free = after(MAX_TRIES)
    now = 1000 + LOCKED_S
    again = free.after_failure(now)
    assert again == Tries(1)
    assert after(MAX_TRIES - 2, again, now).locked(now) is False
    assert after(MAX_TRIES - 1, again, now).locked(now) is True
