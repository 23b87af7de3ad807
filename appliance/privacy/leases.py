"""A lease on the wire: the asker shows a fresh X25519 key, the vault answers with the conversation's keys sealed to it.

So nobody who listens on the bus or finds its memory on disk reads a key. Asked on `b2t.vault.lease.<unit>`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Base64Bytes, TypeAdapter

from appliance.errors import Invalid, Tampered
from appliance.events import Id
from appliance.privacy.persons import PersonKeys
from appliance.privacy.sealing import NONCE_BYTES, ConversationKeys, KeyClass, LeaseClass

LEASE_S = 600
"""Seconds a unit may keep what it was lent. A conversation erased meanwhile is unreadable after these."""
_KEYS: TypeAdapter[dict[LeaseClass, dict[int, Base64Bytes]]] = TypeAdapter(dict[LeaseClass, dict[int, Base64Bytes]])


@dataclass(frozen=True, slots=True)
class LeaseAsked:
    """`public_key`: base64 of 32 bytes."""

    conversation: Id
    """Or, for the class `person`, the person's keyed hash."""
    classes: frozenset[LeaseClass]
    public_key: str


@dataclass(frozen=True, slots=True)
class LeaseAnswered:
    """`box`: base64 of nonce, ciphertext and tag, for `leased` only. `unknown`: no such conversation, or erased."""

    outcome: Literal["leased", "denied", "unknown", "invalid", "unavailable"]
    public_key: str = ""
    box: str = ""
    expires_s: int = 0


LEASE_ASKED: TypeAdapter[LeaseAsked] = TypeAdapter(LeaseAsked)
LEASE_ANSWERED: TypeAdapter[LeaseAnswered] = TypeAdapter(LeaseAnswered)


def lease_subject(unit: str) -> str:
    return f"b2t.vault.lease.{unit}"


class LeaseKey:
    """The asker's side: one private key for one lease."""

    __slots__ = ("_private", "public")

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public = _text(self._private.public_key())

    def open(self, unit: str, conversation: str, answer: LeaseAnswered) -> ConversationKeys:
        """Raises Tampered where the answer was not made for this question."""
        leased = self._open(unit, conversation, answer)
        if leased.pop("person", None) is not None:
            raise Tampered("a lease is not what the vault answered")
        return ConversationKeys(conversation, cast(dict[KeyClass, dict[int, bytes]], leased))

    def open_person(self, unit: str, person: str, answer: LeaseAnswered) -> PersonKeys:
        """Raises Tampered where the answer was not made for this question."""
        leased = self._open(unit, person, answer)
        if set(leased) != {"person"}:
            raise Tampered("a lease is not what the vault answered")
        return PersonKeys(person, leased["person"])

    def _open(self, unit: str, conversation: str, answer: LeaseAnswered) -> dict[LeaseClass, dict[int, bytes]]:
        try:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(base64.b64decode(answer.public_key)))
            box = base64.b64decode(answer.box, validate=True)
            cipher = _cipher(shared, self.public, answer.public_key)
            content = cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(unit, conversation))
        except (ValueError, InvalidTag):
            raise Tampered("a lease is not what the vault answered") from None
        return dict(_KEYS.validate_json(content))


def answer_lease(unit: str, asked: LeaseAsked, keys: Mapping[LeaseClass, Mapping[int, bytes]]) -> LeaseAnswered:
    """The vault's side. `keys` are unwrapped; they are in the answer only as ciphertext."""
    private = X25519PrivateKey.generate()
    public = _text(private.public_key())
    try:
        raw = base64.b64decode(asked.public_key, validate=True)
        shared = private.exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError:
        raise Invalid("a lease's public key is not one of X25519") from None
    encoded = {
        key: {generation: base64.b64encode(material).decode("ascii") for generation, material in generations.items()}
        for key, generations in keys.items()
    }
    content = json.dumps(encoded).encode("ascii")
    nonce = os.urandom(NONCE_BYTES)
    box = nonce + _cipher(shared, asked.public_key, public).encrypt(nonce, content, _bound(unit, asked.conversation))
    return LeaseAnswered("leased", public, base64.b64encode(box).decode("ascii"), LEASE_S)


def _cipher(shared: bytes, asker: str, vault: str) -> AESGCM:
    info = f"b2t key lease v1\0{asker}\0{vault}".encode("ascii")
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared))


def _bound(unit: str, conversation: str) -> bytes:
    return f"{unit}\0{conversation}".encode()


def _text(key: X25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")
