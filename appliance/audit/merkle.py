"""RFC 6962 Merkle trees: hashes, proofs and their verification. A proof from an empty tree is refused.

Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2; subtrees (a run of leaves that is a node of some tree over
them) follow draft-ietf-plants-merkle-tree-certs, section 4. Raises Tampered where a proof does not hold.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from appliance.errors import Invalid, Tampered

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree that only grows: its size and the roots of its perfect subtrees, largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        nodes, size = [*self.nodes, leaf], self.size
        while size & 1:
            right = nodes.pop()
            nodes[-1] = node_hash(nodes[-1], right)
            size >>= 1
        return Frontier(self.size + 1, tuple(nodes))

    @property
    def root(self) -> bytes:
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Audit path of the leaf at `index`, from the bottom up."""
    if not 0 <= index < len(leaves):
        raise Invalid("There is no such leaf.")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """That the tree over the first `size` leaves is the beginning of the tree over all."""
    if not 1 <= size <= len(leaves):
        raise Invalid("There is no such earlier tree.")
    return _consistency(leaves, size, whole=True)


def _consistency(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_consistency(leaves[:split], size, whole=whole), root_of(leaves[split:])]
    return [*_consistency(leaves[split:], size - split, whole=False), root_of(leaves[:split])]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """That `leaf` (a leaf hash) is at `index` of the tree of `size` leaves with this root."""
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise Tampered("an inclusion proof names a leaf outside the tree")
    fn, sn, found = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            raise Tampered("an inclusion proof is too long")
        if fn & 1 or fn == sn:
            found = node_hash(step, found)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or not hmac.compare_digest(found, root):
        raise Tampered("an inclusion proof does not lead to the root")


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of `size1` leaves is the beginning of that of `size2`."""
    if size1 == 0:
        raise Tampered("an empty tree proves nothing")
    verify_subtree_consistency(0, size1, size2, root1, root2, proof)


def verify_subtree_inclusion(
    index: int, start: int, end: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """That `leaf` is at `index` of a tree whose subtree over the leaves [start, end) has this root."""
    _check_subtree(start, end)
    if not start <= index < end:
        raise Tampered("an inclusion proof names a leaf outside the subtree")
    verify_inclusion(index - start, end - start, leaf, proof, root)


def verify_subtree_consistency(
    start: int, end: int, size: int, subtree: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """That the subtree over the leaves [start, end) is part of the tree of `size` leaves; one of none always is."""
    if proof:  # without one nothing is hashed, only compared
        _check_hashes(subtree, root, *proof)
    if 0 <= start == end <= size and not proof and hmac.compare_digest(subtree, EMPTY_ROOT):
        return
    _check_subtree(start, end)
    if end > size:
        raise Tampered("a consistency proof goes from a later tree to an earlier one")
    fn, sn, tn = start, end - 1, size - 1
    if sn == tn:
        while fn != sn:
            fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    else:
        while fn != sn and sn & 1:
            fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    steps = list(proof)
    if fn != sn and not steps:
        raise Tampered("a consistency proof is empty")
    fr = sr = subtree if fn == sn else steps.pop(0)
    for step in steps:
        if tn == 0:
            raise Tampered("a consistency proof is too long")
        if sn & 1 or sn == tn:
            if fn < sn:
                fr = node_hash(step, fr)
            sr = node_hash(step, sr)
            while not sn & 1 and sn != 0:
                fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    if tn != 0 or not hmac.compare_digest(fr, subtree) or not hmac.compare_digest(sr, root):
        raise Tampered("a consistency proof does not lead to both roots")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << (size - 1).bit_length() - 1)


def _check_subtree(start: int, end: int) -> None:
    if not 0 <= start < end or start % (1 << (end - start - 1).bit_length()):
        raise Tampered("a proof names leaves that are no subtree")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise Tampered("a proof holds something other than hashes")
