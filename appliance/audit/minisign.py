"""Signatures as minisign makes and checks them: Ed25519 over the BLAKE2b-512 hash of a file, in four lines of text."""

from __future__ import annotations

import base64
from hashlib import blake2b
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.errors import Tampered

_KEY: Final = b"Ed"
_PREHASHED: Final = b"ED"


def public_key(public: Ed25519PublicKey) -> str:
    """What `minisign -P` takes."""
    return base64.b64encode(_KEY + _key_id(public) + _raw(public)).decode("ascii")


def sign(private: Ed25519PrivateKey, digest: bytes, comment: str) -> str:
    """The `.minisig` of a file with this BLAKE2b-512 digest; `comment` (one line) is signed too."""
    public = private.public_key()
    signature = private.sign(digest)
    line = base64.b64encode(_PREHASHED + _key_id(public) + signature).decode("ascii")
    over = base64.b64encode(private.sign(signature + comment.encode())).decode("ascii")
    return f"untrusted comment: signature of a B2T Voice audit export\n{line}\ntrusted comment: {comment}\n{over}\n"


def check(public: Ed25519PublicKey, content: bytes, text: str) -> str:
    """The signed comment. Raises Tampered."""
    lines = text.split("\n")
    try:
        signed, over = (base64.b64decode(lines[at], validate=True) for at in (1, 3))
        comment = lines[2].removeprefix("trusted comment: ")
        if signed[:10] != _PREHASHED + _key_id(public):
            raise Tampered("a signature is not by this key")
        public.verify(signed[10:], blake2b(content).digest())
        public.verify(over, signed[10:] + comment.encode())
    except (ValueError, IndexError, InvalidSignature):
        raise Tampered("a signature does not hold") from None
    return comment


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_id(public: Ed25519PublicKey) -> bytes:
    return blake2b(_raw(public), digest_size=8).digest()
