"""Growing trees and proofs from them without all leaves at hand: beside the leaves, every 256th node is kept.

A node of level L is the root of 2^L leaves; kept are those of level 8, 16, 24 …, as in C2SP tlog-tiles. So a proof in a
tree of a million leaves takes a few hundred hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from appliance.audit.merkle import EMPTY_ROOT, Frontier, node_hash
from appliance.errors import Invalid

TILE_LEVELS: Final = 8
_MASK: Final = TILE_LEVELS - 1


@dataclass(frozen=True, slots=True)
class Node:
    level: int
    index: int
    hash: bytes


class Hashes(Protocol):
    """Where kept hashes are read: leaf hashes at level 0, nodes at level 8, 16 …"""

    def read(self, level: int, first: int, count: int) -> list[bytes]: ...


class Growing:
    """A tree that leaves are added to in place; what `Frontier` is, for many at once."""

    __slots__ = ("nodes", "size")

    def __init__(self, frontier: Frontier | None = None) -> None:
        self.size = 0 if frontier is None else frontier.size
        self.nodes: list[bytes] = [] if frontier is None else list(frontier.nodes)

    def add(self, leaf: bytes, kept: list[Node] | None = None) -> None:
        """Add a leaf hash; nodes that are to be kept and are now complete go to `kept`."""
        nodes, rest, level = self.nodes, self.size, 0
        while rest & 1:
            leaf = sha256(b"\x01" + nodes.pop() + leaf).digest()
            rest >>= 1
            level += 1
            if kept is not None and not level & _MASK:
                kept.append(Node(level, (self.size >> level), leaf))
        nodes.append(leaf)
        self.size += 1

    @property
    def frontier(self) -> Frontier:
        return Frontier(self.size, tuple(self.nodes))

    @property
    def root(self) -> bytes:
        return self.frontier.root


class Joined:
    """Perfect subtrees put together from left to right; the root once they reach from 0 to the size."""

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[tuple[int, bytes]] = []

    def add(self, start: int, count: int, found: bytes) -> None:
        """Raises Invalid for what does not follow, or is no perfect subtree of a tree."""
        if start != self.size or count < 1 or count & (count - 1) or start % count:
            raise Invalid("These hashes do not follow one another.")
        self.size += count
        while self._parts and self._parts[-1][0] == count and (self.size - 2 * count) % (2 * count) == 0:
            found = node_hash(self._parts.pop()[1], found)
            count *= 2
        self._parts.append((count, found))

    @property
    def root(self) -> bytes:
        return Frontier(self.size, tuple(part for _, part in self._parts)).root


def perfect(start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) in as few perfect subtrees as there can be: where each starts, and its leaves."""
    while start < end:
        count = 1 << ((end - start).bit_length() - 1)
        if start:
            count = min(count, start & -start)
        yield start, count
        start += count


def subtree_root(hashes: Hashes, start: int, end: int) -> bytes:
    """Root over the leaves [start, end), which begin where a subtree of a tree does."""
    nodes = [_perfect_root(hashes, first, count) for first, count in perfect(start, end)]
    return Frontier(end - start, tuple(nodes)).root if nodes else EMPTY_ROOT


def _perfect_root(hashes: Hashes, start: int, count: int) -> bytes:
    level = (count.bit_length() - 1) // TILE_LEVELS * TILE_LEVELS
    found = hashes.read(level, start >> level, count >> level)
    if len(found) != count >> level:
        raise Invalid("Hashes of the tree are missing.")
    while len(found) > 1:
        found = [node_hash(found[at], found[at + 1]) for at in range(0, len(found), 2)]
    return found[0]


def inclusion_path(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """What `merkle.inclusion_proof` gives, from kept hashes: from the leaf's sibling up."""
    if not 0 <= index < size:
        raise Invalid("There is no such leaf.")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            path.append(subtree_root(hashes, middle, end))
            end = middle
        else:
            path.append(subtree_root(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(hashes: Hashes, earlier: int, size: int) -> list[bytes]:
    """What `merkle.consistency_proof` gives, from kept hashes."""
    if not 1 <= earlier <= size:
        raise Invalid("There is no such earlier tree.")
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while earlier != end:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if earlier <= middle:
            path.append(subtree_root(hashes, middle, end))
            end = middle
        else:
            path.append(subtree_root(hashes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree_root(hashes, start, end))
    return path[::-1]
