"""Whose move it is, and for how long: the party's silence after a reply, the agent's silence after an input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Milliseconds."""

    dead_air: int = 3500
    again: int = 6000
    """Dead air goes on: say so again."""
    give_up: int = 20_000


class Waiting:
    """At most one of the two is waited for at any time."""

    def __init__(self, patience: Patience, now: float) -> None:
        self._patience = patience
        self._owed_from: float | None = now
        self._filled_at: float | None = None
        self._party_from: float | None = None

    @property
    def owed(self) -> bool:
        return self._owed_from is not None

    def owe(self, now: float) -> None:
        """An input was told: the agent has to answer. What it owes already it owes for as long as before."""
        if self._owed_from is None:
            self._owed_from, self._filled_at = now, None
        self._party_from = None

    def settle(self) -> None:
        """A reply is there, or none will be."""
        self._owed_from = self._filled_at = None

    def wait_for_party(self, now: float) -> None:
        if self._owed_from is None:
            self._party_from = now

    def party_moved(self) -> None:
        self._party_from = None

    def party_waited(self, wait_ms: int, now: float) -> bool:
        return self._party_from is not None and now - self._party_from >= wait_ms / 1000

    def overdue(self, since: float | None, now: float) -> bool:
        """It is time to give up. `since`: from when on the party waits for something else, such as recognition."""
        began = self._owed_from if self._owed_from is not None else since
        return began is not None and now - began >= self._patience.give_up / 1000

    def dead_air(self, since: float | None, now: float) -> bool:
        """It is time to say that it takes a moment; true once each time."""
        began = self._owed_from if self._owed_from is not None else since
        if began is None:
            self._filled_at = None
            return False
        if self._filled_at is None:
            due = began + self._patience.dead_air / 1000
        else:
            due = self._filled_at + self._patience.again / 1000
        if now < due:
            return False
        self._filled_at = now
        return True
