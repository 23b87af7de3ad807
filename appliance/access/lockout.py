"""Ten wrong passwords lock an account for half an hour (PCI DSS 4.0.1, 8.3.4). Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TRIES = 10
LOCKED_S = 1800


@dataclass(frozen=True, slots=True)
class Tries:
    """An account's failed tries since the last good one."""

    failed: int = 0
    locked_until: int = 0

    def locked(self, now: int) -> bool:
        return now < self.locked_until

    def after_failure(self, now: int) -> Tries:
        """A try while locked changes nothing, so that nobody can keep an account locked for ever by trying."""
        if self.locked(now):
            return self
        failed = 1 if self.locked_until else self.failed + 1
        return Tries(failed, now + LOCKED_S) if failed >= MAX_TRIES else Tries(failed)
