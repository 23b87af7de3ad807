"""One secret for one reader: X25519, HKDF-SHA256 and AES-256-GCM, bound to what it is for.

Shares go this way between the command and the vault, so that whoever listens on the bus learns none of them.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.errors import Invalid, Tampered
from appliance.privacy.sealing import NONCE_BYTES

_PUBLIC_BYTES = 32


class EnvelopeKey:
    """The reader's side; lives as long as its process or its question."""

    __slots__ = ("_private", "public")

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self.public = _text(self._private.public_key())

    def open(self, purpose: str, envelope: str) -> bytes:
        """Raises Tampered where it was not made for this reader and purpose."""
        try:
            raw = base64.b64decode(envelope, validate=True)
            sender, nonce = raw[:_PUBLIC_BYTES], raw[_PUBLIC_BYTES : _PUBLIC_BYTES + NONCE_BYTES]
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(sender))
            cipher = _cipher(shared, self.public, sender, purpose)
            return cipher.decrypt(nonce, raw[_PUBLIC_BYTES + NONCE_BYTES :], None)
        except (ValueError, InvalidTag):
            raise Tampered("an envelope is not for this reader") from None


def enclose(public_key: str, purpose: str, content: bytes) -> str:
    """base64 of the sender's public key (32 bytes), nonce, ciphertext and tag. Raises Invalid."""
    private = X25519PrivateKey.generate()
    sender = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    try:
        raw = base64.b64decode(public_key, validate=True)
        shared = private.exchange(X25519PublicKey.from_public_bytes(raw))
    except ValueError:
        raise Invalid("an envelope's public key is not one of X25519") from None
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(shared, public_key, sender, purpose).encrypt(nonce, content, None)
    return base64.b64encode(sender + nonce + sealed).decode("ascii")


def _cipher(shared: bytes, reader: str, sender: bytes, purpose: str) -> AESGCM:
    info = b"b2t envelope v1\0" + purpose.encode() + b"\0" + reader.encode("ascii") + sender
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared))


def _text(key: X25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")
