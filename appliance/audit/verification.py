"""Reading the whole log again: is every entry what was signed, in its place, in its time?

Entries are taken one by one in their order, beside every checkpoint anybody has of this log: its own, earlier ones,
those that were shipped off the box. What does not agree is a finding; whoever holds the signing key can make a new log
that agrees with itself, but not with a checkpoint that has left the box.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from appliance.audit.checkpoint import Checkpoint, Verifier
from appliance.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash
from appliance.audit.tiles import Growing, Node
from appliance.errors import Tampered

MAX_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is stored."""

    leaf: int
    sequence: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A signed checkpoint and where it comes from."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is fixed text; `leaf` the place in the log, `source` the checkpoint that speaks against it."""

    what: str
    leaf: int | None = None
    sequence: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    entries: int
    root: bytes
    frontier: Frontier
    last_sequence: int
    last_kept: int
    checkpoints: int
    """How many signed checkpoints it was compared with."""
    gaps: tuple[tuple[int, int], ...]
    """Messages of the bus (first, last) that never came into the log; no change of the log, but worth asking why."""
    findings: tuple[Finding, ...]
    first_at: int | None = None
    last_at: int | None = None

    @property
    def ok(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class Examination:
    """Takes the entries in order, then says what it found. `notes` are all checkpoints there are, in any order."""

    verifier: Verifier
    notes: Sequence[Note]
    kept_nodes: Iterator[Node] | None = None
    """The tree's kept nodes, by the order in which they were completed."""
    _findings: list[Finding] = field(default_factory=list)
    _tree: Growing = field(default_factory=Growing)
    _signed: deque[tuple[Checkpoint, str]] = field(default_factory=deque)
    _gaps: list[tuple[int, int]] = field(default_factory=list)
    _sequence: int = 0
    _kept: int = 0
    _first: int | None = None
    _last: int | None = None
    _checked: int = 0

    def __post_init__(self) -> None:
        opened: list[tuple[Checkpoint, str]] = []
        for note in self.notes:
            try:
                opened.append((self.verifier.open(note.text), note.source))
            except Tampered as error:
                self._find(Finding(error.title, source=note.source))
        opened.sort(key=lambda one: one[0].size)
        self._signed.extend(opened)
        self._compare()

    def take(self, rows: Iterable[Row]) -> None:
        tree, completed = self._tree, list[Node]()
        for row in rows:
            if row.leaf != tree.size:
                self._find(Finding("An entry is missing, or one too many.", row.leaf, row.sequence))
            self._look(row)
            tree.add(leaf_hash(row.content), completed if self.kept_nodes is not None else None)
            if completed:
                self._nodes(completed)
                completed.clear()
            if self._signed and self._signed[0][0].size == tree.size:
                self._compare()
            if len(self._findings) >= MAX_FINDINGS:
                return

    def finish(self) -> Verified:
        while self._signed:
            signed, source = self._signed.popleft()
            self._find(Finding("The log has lost entries that were signed for.", signed.size - 1, source=source))
        if self.kept_nodes is not None and next(self.kept_nodes, None) is not None:
            self._find(Finding("The tree's kept hashes are not those of the entries."))
        frontier = self._tree.frontier
        return Verified(
            frontier.size,
            frontier.root if frontier.size else EMPTY_ROOT,
            frontier,
            self._sequence,
            self._kept,
            self._checked,
            tuple(self._gaps),
            tuple(self._findings[:MAX_FINDINGS]),
            self._first,
            self._last,
        )

    def _look(self, row: Row) -> None:
        """An entry's own words: its number, and the time it was kept, which never goes back."""
        try:
            members = json.loads(row.content)
            sequence, kept, at = members["sequence"], members.get("kept", 0), members["at"]
        except (ValueError, KeyError, TypeError, AttributeError):
            self._find(Finding("An entry cannot be read.", row.leaf, row.sequence))
            return
        if sequence != row.sequence or row.sequence <= self._sequence:
            self._find(Finding("Entries are not in their order.", row.leaf, row.sequence))
        elif row.sequence > self._sequence + 1 and self._sequence:
            self._gaps.append((self._sequence + 1, row.sequence - 1))
        if not isinstance(kept, int) or kept < self._kept:
            self._find(Finding("An entry was kept before the one in front of it.", row.leaf, row.sequence))
        else:
            self._kept = max(self._kept, kept)
        self._sequence = max(self._sequence, row.sequence)
        self._first, self._last = at if self._first is None else self._first, at

    def _compare(self) -> None:
        while self._signed and self._signed[0][0].size <= self._tree.size:
            signed, source = self._signed.popleft()
            self._checked += 1
            if signed.size != self._tree.size or signed.root != self._tree.root:
                self._find(Finding("The entries are not what this checkpoint was signed for.", source=source))

    def _nodes(self, completed: list[Node]) -> None:
        assert self.kept_nodes is not None
        for node in completed:
            if next(self.kept_nodes, None) != node:
                self._find(Finding("The tree's kept hashes are not those of the entries.", node.index << node.level))

    def _find(self, finding: Finding) -> None:
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(finding)
