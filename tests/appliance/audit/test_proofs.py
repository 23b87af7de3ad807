"""The text forms: tlog-proof, a witness's cosignature, minisign signatures, multiproofs."""

from __future__ import annotations

import base64
import io
from hashlib import blake2b

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.audit import minisign
from appliance.audit.checkpoint import Signer, Witness, check_witness
from appliance.audit.merkle import inclusion_proof, leaf_hash, root_of
from appliance.audit.multiproof import MultiProof
from appliance.audit.proofs import check_proof, read_proof, write_proof
from appliance.audit.tiles import Joined
from appliance.errors import Tampered

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
SIGNER = Signer("b2t-voice/audit", PRIVATE)
ENTRIES = [b"entry %d" % number for number in range(7)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NOTE = SIGNER.sign(7, root_of(LEAVES))


@pytest.mark.parametrize("index", range(7))
def test_a_proof_is_written_read_and_checked(index: int) -> None:
    text = write_proof(index, inclusion_proof(LEAVES, index), NOTE)
    lines = text.split("\n")
    assert (lines[0], lines[1]) == ("c2sp.org/tlog-proof@v1", f"index {index}")
    assert read_proof(text).checkpoint == NOTE
    assert check_proof(text, ENTRIES[index], SIGNER.verifier).size == 7
    with_extra = text.replace("\nindex", "\nextra YWJj\nindex", 1)
    assert check_proof(with_extra, ENTRIES[index], SIGNER.verifier).size == 7
    for wrong in (ENTRIES[index - 1], b"", ENTRIES[index] + b" "):
        with pytest.raises(Tampered):
            check_proof(text, wrong, SIGNER.verifier)


def test_a_proof_of_one_entry_has_no_path() -> None:
    note = SIGNER.sign(1, LEAVES[0])
    assert check_proof(write_proof(0, [], note), ENTRIES[0], SIGNER.verifier).size == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex -1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n!\n\n" + NOTE,
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(Tampered):
        check_proof(text, ENTRIES[0], SIGNER.verifier)


def test_a_witness_signs_behind_the_log_and_the_log_still_opens() -> None:
    witness = Witness("b2t-voice/witness", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
    note = witness.cosign(NOTE, 1_800_000_000)
    assert SIGNER.verifier.open(note).size == 7
    assert check_witness(note, witness.name, witness.public) == 1_800_000_000
    for false in (NOTE, note.replace("\n7\n", "\n6\n")):
        with pytest.raises(Tampered):
            check_witness(false, witness.name, witness.public)
    with pytest.raises(Tampered):
        check_witness(note, witness.name, PRIVATE.public_key())


def test_minisign() -> None:
    content = b"what is signed"
    text = minisign.sign(PRIVATE, blake2b(content).digest(), "timestamp:1")
    assert minisign.check(PRIVATE.public_key(), content, text) == "timestamp:1"
    for wrong in (text.replace("timestamp:1", "timestamp:2"), text[:-10], "", text.replace("\nRU", "\nRW", 1)):
        with pytest.raises(Tampered):
            minisign.check(PRIVATE.public_key(), content, wrong)
    with pytest.raises(Tampered):
        minisign.check(PRIVATE.public_key(), content + b".", text)
    key = base64.b64decode(minisign.public_key(PRIVATE.public_key()))
    assert (key[:2], len(key)) == (b"Ed", 42)


@pytest.mark.parametrize("size", [1, 2, 5, 8, 13])
def test_any_choice_of_entries_and_its_proof_come_to_the_root(size: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    for choice in range(1 << size) if size < 9 else range(0, 1 << size, 37):
        out = io.StringIO()
        proof = MultiProof(size, out)
        for number in range(size):
            proof.entry() if choice >> number & 1 else proof.other(leaves[number])
        assert proof.finish() == size
        joined = Joined()
        for line in out.getvalue().splitlines()[2:]:
            kind, start, count, *more = line.split()
            if kind == "hash":
                joined.add(int(start), int(count), base64.b64decode(more[0]))
            for number in range(int(start), int(start) + int(count)) if kind == "entries" else ():
                joined.add(number, 1, leaves[number])
        assert (joined.size, joined.root) == (size, root_of(leaves))
