"""Inclusion proofs a third party checks offline (C2SP tlog-proof): index, path and signed checkpoint in one text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.audit.checkpoint import Checkpoint, Verifier
from appliance.audit.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from appliance.errors import Tampered

HEAD: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    """The signed note, as it is."""


def write_proof(index: int, path: Sequence[bytes], checkpoint: str) -> str:
    steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in path)
    return f"{HEAD}\nindex {index}\n{steps}\n{checkpoint}"


def read_proof(text: str) -> Proof:
    """Raises Tampered. What a proof says beside (`extra`) is passed over: nobody signed it."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    number = lines[1].removeprefix("index ") if len(lines) > 1 and lines[1].startswith("index ") else ""
    plain = number.isascii() and number.isdigit() and (number == "0" or number[0] != "0") and len(number) < 20
    if lines[0] != HEAD or not plain:
        raise Tampered("this is not an inclusion proof")
    try:
        path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
    except ValueError:
        raise Tampered("this is not an inclusion proof") from None
    if any(len(step) != HASH_BYTES for step in path):
        raise Tampered("this is not an inclusion proof")
    return Proof(int(number), path, checkpoint)


def check_proof(text: str, entry: bytes, verifier: Verifier) -> Checkpoint:
    """The signed tree in which `entry` is. Raises Tampered."""
    proof = read_proof(text)
    signed = verifier.open(proof.checkpoint)
    verify_inclusion(proof.index, signed.size, leaf_hash(entry), proof.path, signed.root)
    return signed
