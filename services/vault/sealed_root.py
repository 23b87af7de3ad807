"""`secrets/root.sealed`: the root key's generations under an unlocking key that a TPM, or people's shares, give back.

So the root key is rotated without asking anybody for a share, and shares are made anew without touching the root key.
The file is whole or not there; it is noise without the unlocking key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Base64Bytes, TypeAdapter, ValidationError

from appliance.adapters.tpm import TpmBlob
from appliance.errors import Invalid, Tampered
from appliance.privacy.sealing import KEY_BYTES, NONCE_BYTES
from services.vault.files import read_secret, write_secret


@dataclass(frozen=True, slots=True)
class Split:
    """How the unlocking key was split; `split` is the set's number, which each share carries."""

    needed: int
    of: int
    split: int


@dataclass(frozen=True, slots=True)
class Blob:
    public: Base64Bytes
    private: Base64Bytes
    pcrs: str


@dataclass(frozen=True, slots=True, repr=False)
class SealedRoot:
    unlock: str
    """A keyed digest of the unlocking key: whether the right one was given, without trying."""
    generations: dict[int, Base64Bytes]
    shares: Split | None = None
    tpm: Blob | None = None
    format: Literal[1] = 1

    @property
    def blob(self) -> TpmBlob | None:
        return None if self.tpm is None else TpmBlob(self.tpm.public, self.tpm.private, self.tpm.pcrs)

    def open(self, unlocking: bytes | bytearray) -> dict[int, bytes]:
        """Raises Tampered where this is not the key it was sealed under."""
        if not hmac.compare_digest(self.unlock, _digest(unlocking)):
            raise Tampered("the root key is sealed under another unlocking key")
        cipher = AESGCM(unlocking)
        opened: dict[int, bytes] = {}
        for number, box in self.generations.items():
            try:
                opened[number] = cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(number))
            except (InvalidTag, ValueError):
                raise Tampered("the sealed root key is not what was written") from None
            if len(opened[number]) != KEY_BYTES:
                raise Tampered("the sealed root key is not what was written")
        return opened

    def sealed_under(self, unlocking: bytes | bytearray, generations: dict[int, bytes]) -> SealedRoot:
        """The same under another unlocking key: neither the TPM nor the shares of before unlock it."""
        sealed = seal(unlocking, generations)
        return replace(self, unlock=sealed.unlock, generations=sealed.generations, shares=None, tpm=None)

    def with_blob(self, blob: TpmBlob) -> SealedRoot:
        return replace(self, tpm=Blob(blob.public, blob.private, blob.pcrs))


_FILE: TypeAdapter[SealedRoot] = TypeAdapter(SealedRoot)


def seal(unlocking: bytes | bytearray, generations: dict[int, bytes]) -> SealedRoot:
    boxes: dict[int, Base64Bytes] = {}
    for number, material in generations.items():
        nonce = os.urandom(NONCE_BYTES)
        boxes[number] = nonce + AESGCM(unlocking).encrypt(nonce, material, _bound(number))
    return SealedRoot(_digest(unlocking), boxes)


def read(file: Path) -> SealedRoot | None:
    """None where there is none. Raises Invalid where it is damaged or open to others."""
    if not file.exists():
        return None
    try:
        return _FILE.validate_json(read_secret(file))
    except ValidationError:
        raise Invalid(f"{file} is not a sealed root key; restore it from its backup.") from None


def write(file: Path, sealed: SealedRoot) -> None:
    write_secret(file, _FILE.dump_json(sealed))


def _digest(unlocking: bytes | bytearray) -> str:
    return hmac.new(unlocking, b"b2t unlocking key v1", hashlib.sha256).hexdigest()[:16]


def _bound(generation: int) -> bytes:
    return f"b2t sealed root v1\0{generation}".encode()
