"""Proofs from kept hashes are those of the whole tree, and they verify."""

from __future__ import annotations

import pytest

from appliance.audit.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from appliance.audit.tiles import Growing, Joined, Node, consistency_path, inclusion_path, perfect, subtree_root
from appliance.errors import Invalid

LEAVES = [leaf_hash(b"%d" % number) for number in range(1100)]


class Kept:
    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves, self.nodes, self.reads = leaves, list[Node](), 0
        tree = Growing()
        for leaf in leaves:
            tree.add(leaf, self.nodes)
        self.root = tree.root

    def read(self, level: int, first: int, count: int) -> list[bytes]:
        self.reads += count
        if level == 0:
            return self.leaves[first : first + count]
        return [node.hash for node in self.nodes if node.level == level and first <= node.index < first + count]


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 1024, 1100])
def test_a_growing_tree_has_the_root_of_its_leaves_and_keeps_every_256th_node(size: int) -> None:
    kept = Kept(LEAVES[:size])
    assert kept.root == root_of(LEAVES[:size])
    whole = [Node(8, at, root_of(LEAVES[at * 256 : at * 256 + 256])) for at in range(size // 256)]
    assert kept.nodes == whole


def test_a_growing_tree_goes_on_from_where_another_ended() -> None:
    frontier = Frontier()
    for leaf in LEAVES[:300]:
        frontier = frontier.append(leaf)
    tree = Growing(frontier)
    for leaf in LEAVES[300:]:
        tree.add(leaf)
    assert (tree.size, tree.root) == (1100, root_of(LEAVES))


def test_every_inclusion_proof_of_small_trees_and_some_of_a_larger_one() -> None:
    for size in range(1, 40):
        kept = Kept(LEAVES[:size])
        for index in range(size):
            assert inclusion_path(kept, index, size) == inclusion_proof(LEAVES[:size], index)
    kept = Kept(LEAVES)
    for index in (0, 1, 255, 256, 511, 700, 1023, 1024, 1099):
        path = inclusion_path(kept, index, 1100)
        verify_inclusion(index, 1100, LEAVES[index], path, root_of(LEAVES))
    with pytest.raises(Invalid):
        inclusion_path(kept, 1100, 1100)


def test_every_consistency_proof_of_small_trees_and_some_of_a_larger_one() -> None:
    for size in range(1, 40):
        kept = Kept(LEAVES[:size])
        for earlier in range(1, size + 1):
            assert consistency_path(kept, earlier, size) == consistency_proof(LEAVES[:size], earlier)
    kept = Kept(LEAVES)
    for earlier in (1, 256, 300, 512, 1024, 1099, 1100):
        path = consistency_path(kept, earlier, 1100)
        verify_consistency(earlier, 1100, root_of(LEAVES[:earlier]), root_of(LEAVES), path)


def test_a_proof_reads_few_hashes() -> None:
    kept = Kept(LEAVES)
    inclusion_path(kept, 600, 1100)
    assert kept.reads < 512


@pytest.mark.parametrize("size", range(1, 34))
def test_any_run_of_leaves_stands_as_perfect_subtrees(size: int) -> None:
    for start in range(size):
        for end in range(start, size):
            joined = Joined()
            for first, count in [*perfect(0, start), *perfect(start, end), *perfect(end, size)]:
                joined.add(first, count, root_of(LEAVES[first : first + count]))
            assert joined.root == root_of(LEAVES[:size])


def test_what_does_not_follow_is_not_joined() -> None:
    joined = Joined()
    joined.add(0, 2, LEAVES[0])
    for start, count in ((3, 1), (2, 3), (2, 4), (1, 1), (2, 0)):
        with pytest.raises(Invalid):
            joined.add(start, count, LEAVES[1])


def test_a_subtree_whose_hashes_are_missing_is_not_guessed() -> None:
    kept = Kept(LEAVES)
    kept.nodes.pop(0)
    with pytest.raises(Invalid):
        subtree_root(kept, 0, 1024)
