from __future__ import annotations

import base64
import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from appliance.errors import Invalid, Tampered


def unpack(value):
    return base64.b64decode(value)


def verify(vector):
    proof = [unpack(step) for step in vector["proof"] or []]
    match vector["name"].partition("/")[0]:
        case "inclusion":
            leaf, root = unpack(vector["leafHash"]), unpack(vector["root"])
            verify_inclusion(vector["leafIdx"], vector["treeSize"], leaf, proof, root)
        case "consistency":
            root1, root2 = unpack(vector["root1"]), unpack(vector["root2"])
            verify_consistency(vector["size1"], vector["size2"], root1, root2, proof)
        case "subtreeinclusion":
            leaf, root = unpack(vector["leafHash"]), unpack(vector["root"])
            verify_subtree_inclusion(vector["leafIdx"], vector["start"], vector["end"], leaf, proof, root)
        case "subtreeconsistency":
            root1, root2 = unpack(vector["root1"]), unpack(vector["root2"])
            verify_subtree_consistency(vector["start"], vector["end"], vector["size"], root1, root2, proof)
        case kind:
            raise AssertionError(f"no such kind of vector: {kind}")


def test_every_published_vector(real_data):
    vectors = [json.loads(line) for line in (real_data / "merkle" / "vectors.jsonl").read_text().splitlines()]
    assert len(vectors) == 518
    wrong = []
    for vector in vectors:
        try:
            verify(vector)
            held = True
        except Tampered:
            held = False
        if held == vector["wantErr"]:
            wrong.append(vector["name"])
    assert wrong == []


@cache
def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_known_roots():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert Frontier().root == EMPTY_ROOT


def whole(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(whole(hashes[:split]), whole(hashes[split:]))


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257])
def test_a_growing_tree_has_the_root_of_the_definition(size):
    assert root_of(leaves(size)) == whole(leaves(size))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.data())
def test_proofs_hold_and_any_change_breaks_them(size, data):
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(tree, index)
    verify_inclusion(index, size, tree[index], proof, root_of(tree))
    earlier = data.draw(st.integers(1, size))
    path = consistency_proof(tree, earlier)
    verify_consistency(earlier, size, root_of(tree[:earlier]), root_of(tree), path)
    for broken in (
        lambda: verify_inclusion(index, size, leaf_hash(b"other"), proof, root_of(tree)),
        lambda: verify_inclusion(index, size, tree[index], [*proof, tree[0]], root_of(tree)),
        lambda: verify_consistency(earlier, size, leaf_hash(b"other"), root_of(tree), path),
        lambda: verify_consistency(earlier, size, root_of(tree[:earlier]), leaf_hash(b"other"), path),
    ):
        with pytest.raises(Tampered):
            broken()


def test_an_empty_tree_proves_nothing():
    with pytest.raises(Tampered):
        verify_consistency(0, 8, EMPTY_ROOT, root_of(leaves(8)), [])
    with pytest.raises(Tampered):
        verify_inclusion(0, 0, leaf_hash(b""), [], EMPTY_ROOT)
    with pytest.raises(Invalid):
        inclusion_proof([], 0)
    with pytest.raises(Invalid):
        consistency_proof(leaves(3), 0)
