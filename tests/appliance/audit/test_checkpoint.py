from __future__ import annotations

import base64
from hashlib import blake2b

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.audit.checkpoint import Checkpoint, Signer, Verifier
from appliance.audit.merkle import leaf_hash
from appliance.errors import Invalid, Tampered

SIGNER = Signer("b2t-voice/audit", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ROOT = leaf_hash(b"entry")
NOTE = SIGNER.sign(1, ROOT)


def test_a_checkpoint_reads_as_the_specification_says():
    lines = NOTE.split("\n")
    assert lines[:4] == ["b2t-voice/audit", "1", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith("— b2t-voice/audit ")
    assert lines[5:] == [""]


def test_who_has_the_verifier_key_opens_it():
    opened = Verifier.read(SIGNER.verifier.text).open(NOTE)
    assert (opened.origin, opened.size, opened.root) == ("b2t-voice/audit", 1, ROOT)


@pytest.mark.parametrize("size", [10, 42, 99])
def test_a_checkpoint_is_no_digest_though_it_has_as_many_bytes(size):
    text = Checkpoint(SIGNER.name, size, ROOT).text.encode()
    assert len(text) == 64
    with pytest.raises(Invalid):
        SIGNER.sign_digest(text, "comment")


@pytest.mark.parametrize("digest", [b"b2t-voice/audit\n" + b"\xff" * 48, b"another/log\n".ljust(64, b"a"), b"short"])
def test_what_a_checkpoint_could_be_is_no_digest(digest):
    with pytest.raises(Invalid):
        SIGNER.sign_digest(digest, "comment")
    assert SIGNER.sign_digest(blake2b(b"a file").digest(), "comment").startswith("untrusted comment")


def test_further_signatures_are_passed_over():
    other = Signer("witness.example/1", Ed25519PrivateKey.generate())
    line = base64.b64encode(other.verifier.key_hash + bytes(64)).decode()
    assert SIGNER.verifier.open(f"{NOTE}— witness.example/1 {line}\n").size == 1


@pytest.mark.parametrize("position", range(0, len(NOTE), 3))
def test_any_change_is_noticed(position):
    changed = NOTE[:position] + ("A" if NOTE[position] != "A" else "B") + NOTE[position + 1 :]
    with pytest.raises(Tampered):
        SIGNER.verifier.open(changed)


@pytest.mark.parametrize("note", ["", "\n\n", NOTE.rstrip("\n"), NOTE.split("— ")[0], NOTE.replace("\n\n", "\n")])
def test_half_a_checkpoint_is_noticed(note):
    with pytest.raises(Tampered):
        SIGNER.verifier.open(note)


def test_another_keys_signature_is_refused():
    with pytest.raises(Tampered):
        SIGNER.verifier.open(Signer(SIGNER.name, Ed25519PrivateKey.generate()).sign(1, ROOT))


def test_the_published_example_of_a_verifier_key():
    """From the specification of signed notes, by way of golang.org/x/mod/sumdb/note."""
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    verifier = Verifier.read(key)
    assert verifier.text == key


@pytest.mark.parametrize(
    "text", ["", "a+b+c", "x+00000000+" + base64.b64encode(b"\1" + bytes(32)).decode(), "x+0+Ag=="]
)
def test_a_damaged_verifier_key_is_refused(text):
    with pytest.raises(Invalid):
        Verifier.read(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_a_logs_name_is_one_word(name):
    with pytest.raises(Invalid):
        Signer(name, Ed25519PrivateKey.generate())
