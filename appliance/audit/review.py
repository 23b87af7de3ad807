"""The daily review: what of one day's entries somebody should look into, found without anybody reading them all.

PCI DSS 10.4.1.1 wants it automated; what it finds is a question, not a verdict. Read once, bounded memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

MANY_FAILURES: Final = 5
"""So many failed sign-ins of one account, or from one place, are looked into."""
MANY_READS: Final = 20
"""Fewer reads than that a day are never unusual."""
READS_GROWN: Final = 3.0
"""Unusual is so many times of what the account read on its busiest day of those before."""
SKEW_NS: Final = 5 * 60 * 10**9
"""A unit's time and the log's may differ by so much: what was told while the scribe was away is older."""
MAX_NAMED: Final = 200

Kind = Literal[
    "failed_sign_ins",
    "privilege_changes",
    "unusual_reads",
    "refusals",
    "clock",
    "log",
    "checkpoints",
    "units",
    "keys",
    "configuration",
    "break_glass",
]
READS: Final = frozenset(("conversation_read", "values_revealed", "person_exported", "audit_exported"))
PRIVILEGES: Final = frozenset(
    (
        "account_created",
        "account_removed",
        "account_unlocked",
        "api_key_created",
        "api_key_revoked",
        "break_glass_closed",
        "break_glass_opened",
        "break_glass_reviewed",
        "credential_changed",
        "role_changed",
        "setup_completed",
    )
)
REFUSALS: Final = frozenset(("access_denied", "code_refused", "lease_denied", "setup_refused"))
KEY_CHANGES: Final = frozenset(("root_key_rotated", "keys_erased", "vault_sealed", "vault_unsealed"))


@dataclass(frozen=True, slots=True)
class Question:
    """Something to look into: what, how often, of whom or where, and the first entry that says so."""

    kind: Kind
    what: str
    count: int
    of: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Glass:
    """An emergency access: who alone saw a conversation's values, and the entry that says so."""

    account: str
    sequence: int
    conversation: str | None = None


def follow_glass(entry: Mapping[str, Any], unreviewed: dict[str, Glass]) -> None:
    """What an entry makes of the emergency accesses that nobody else has looked at."""
    if entry["action"] == "break_glass_opened":
        glass = Glass(entry["account"], entry["sequence"], entry.get("conversation"))
        unreviewed[entry["request"]] = glass
    elif entry["action"] == "break_glass_reviewed":
        unreviewed.pop(entry["request"], None)


@dataclass(frozen=True, slots=True)
class LogResult:
    """What verifying the whole log gave."""

    ok: bool
    entries: int
    checkpoints: int
    gaps: int
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    day: str
    entries: int
    actions: Mapping[str, int]
    reads: Mapping[str, int]
    """Reads of sensitive data by account; what later days are compared with."""
    questions: tuple[Question, ...]
    log: LogResult
    privilege_changes: int = 0
    """How many entries gave, took or used rights beyond one's own."""
    unreviewed: Mapping[str, Glass] = field(default_factory=dict)
    """Emergency accesses by request that no second person has acknowledged, of whatever day: the next review goes on
    with them."""

    @property
    def clean(self) -> bool:
        return not self.questions


@dataclass(slots=True)
class _Tally:
    count: int = 0
    first: int = 0


@dataclass(slots=True)
class Reviewing:
    """Takes a day's entries in order. `before` are the reads by account of the days before, `unreviewed` the emergency
    accesses that the day began with."""

    day: str
    before: Sequence[Mapping[str, int]] = ()
    unreviewed: dict[str, Glass] = field(default_factory=dict)
    _entries: int = 0
    _actions: Counter[str] = field(default_factory=Counter)
    _reads: Counter[str] = field(default_factory=Counter)
    _tallies: dict[tuple[Kind, str, str | None], _Tally] = field(default_factory=dict)

    def take(self, entry: Mapping[str, Any]) -> None:
        action, sequence = entry["action"], entry["sequence"]
        self._entries += 1
        self._actions[action] += 1
        follow_glass(entry, self.unreviewed)
        if action in READS:
            self._count_read(entry["account"])
        if action == "sign_in_failed":
            self._tally("failed_sign_ins", "account", entry.get("account", "unknown"), sequence)
            if "source" in entry:
                self._tally("failed_sign_ins", "source", entry["source"], sequence)
        elif action in PRIVILEGES:
            self._tally("privilege_changes", action, entry.get("account"), sequence)
        elif action in REFUSALS:
            self._tally("refusals", action, entry.get("account") or entry.get("asker"), sequence)
        elif action in KEY_CHANGES:
            self._tally("keys", action, entry.get("account"), sequence)
        elif action == "configuration_changed":
            self._tally("configuration", entry["setting"], entry.get("account"), sequence)
        elif action in ("misattributed", "unreadable"):
            self._tally("log", action, entry["actor"], sequence)
        elif action == "clock_stepped":
            self._tally("clock", "clock_stepped", entry["actor"], sequence)
        elif action == "checkpoint_not_shipped":
            self._tally("checkpoints", action, entry["destination"], sequence)
        elif action == "account_locked":
            by_somebody = "by" in entry
            kind: Kind = "privilege_changes" if by_somebody else "failed_sign_ins"
            self._tally(kind, action if by_somebody else "locked", entry["account"], sequence)
        if "kept" in entry and entry["at"] - entry["kept"] > SKEW_NS:
            self._tally("clock", "told in the future", entry["actor"], sequence)

    def finish(self, log: LogResult) -> Review:
        questions = [*self._tallied(), *self._unusual(), *self._glasses()]
        for name, ok, count in (("changed", log.ok, max(1, len(log.findings))), ("gap", log.gaps == 0, log.gaps)):
            if not ok:
                questions.append(Question("log", name, count))
        questions.sort(key=lambda one: (one.kind, one.what, one.of or ""))
        named = tuple(questions[:MAX_NAMED])
        return Review(
            day=self.day,
            entries=self._entries,
            actions=dict(sorted(self._actions.items())),
            reads=dict(self._reads),
            questions=named,
            log=log,
            privilege_changes=sum(one.count for key, one in self._tallies.items() if key[0] == "privilege_changes"),
            unreviewed=dict(self.unreviewed),
        )

    def _glasses(self) -> list[Question]:
        return [
            Question("break_glass", f"unreviewed, by {glass.account}", 1, request, glass.sequence)
            for request, glass in self.unreviewed.items()
        ]

    def _tallied(self) -> list[Question]:
        found = []
        for (kind, what, of), tally in self._tallies.items():
            few = kind == "failed_sign_ins" and what in ("account", "source") and tally.count < MANY_FAILURES
            if not few:
                found.append(Question(kind, what, tally.count, of, tally.first))
        return found

    def _unusual(self) -> list[Question]:
        """Nobody's first busy day is compared with nothing: an account that never read before is a question too."""
        found = []
        for account, count in self._reads.items():
            most = max((day.get(account, 0) for day in self.before), default=0)
            if count > MANY_READS and count > READS_GROWN * most:
                found.append(Question("unusual_reads", f"at most {most} a day before", count, account))
        return found

    def _count_read(self, account: str) -> None:
        if account in self._reads or len(self._reads) < 100_000:
            self._reads[account] += 1

    def _tally(self, kind: Kind, what: str, of: str | None, sequence: int) -> None:
        key = (kind, what, of)
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= 100_000:
                key, tally = (kind, what, None), self._tallies.get((kind, what, None))
            if tally is None:
                tally = self._tallies[key] = _Tally(0, sequence)
        tally.count += 1
