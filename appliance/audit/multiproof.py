"""One proof for many entries: what of the tree is not among them, as few hashes as there can be, from left to right.

Whoever has the entries puts their hashes between these and gets the root. Text, one line each: `entries START COUNT`
for entries that follow one another in what was exported, `hash START COUNT BASE64` for a subtree that was not.
"""

from __future__ import annotations

import base64
from typing import Final, Protocol

from appliance.audit.merkle import node_hash

HEAD: Final = "b2t-voice/multiproof@v1"


class Lines(Protocol):
    def write(self, line: str, /) -> object: ...


class MultiProof:
    """Written while the log is read once. `entry` for what is exported, `other` or `skip` for what is not."""

    def __init__(self, size: int, out: Lines) -> None:
        self._out = out
        self._at = 0
        self._run = 0
        self._parts: list[tuple[int, bytes]] = []
        out.write(f"{HEAD}\nsize {size}\n")

    def entry(self) -> None:
        if self._parts:
            self._end_gap()
        self._at += 1
        self._run += 1

    def other(self, leaf: bytes) -> None:
        """A leaf hash that is not exported."""
        self.skip(1, leaf)

    def skip(self, count: int, found: bytes) -> None:
        """A perfect subtree that is not exported, with its root."""
        if self._run:
            self._end_run()
        self._at += count
        parts = self._parts
        while parts and parts[-1][0] == count and self._at % (2 * count) == 0:
            found = node_hash(parts.pop()[1], found)
            count *= 2
        parts.append((count, found))

    def finish(self) -> int:
        """The size that all of it comes to."""
        self._end_run() if self._run else self._end_gap()
        return self._at

    def _end_run(self) -> None:
        self._out.write(f"entries {self._at - self._run} {self._run}\n")
        self._run = 0

    def _end_gap(self) -> None:
        start = self._at - sum(count for count, _ in self._parts)
        for count, found in self._parts:
            self._out.write(f"hash {start} {count} {base64.b64encode(found).decode('ascii')}\n")
            start += count
        self._parts.clear()
