"""Secure capture: sensitive authentication data encrypted where it is keyed, for the connectors alone.

A box is the base64 of an ephemeral P-256 point (65 bytes, uncompressed), a nonce (12 bytes) and AES-256-GCM ciphertext
with its tag. Its key is HKDF-SHA256 of the ECDH secret (salt 32 zero bytes, info `b2t secure capture v1`), its
associated data `<conversation>/<capture>`. The widget makes the same with WebCrypto. The private key lives in the
memory of one process of connectors and goes with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field, TypeAdapter

from appliance.errors import Invalid, Tampered
from appliance.events import Id

INFO = b"b2t secure capture v1"
SALT = bytes(32)
POINT_BYTES, NONCE_BYTES, TAG_BYTES = 65, 12, 16
MAX_BOX = 512
"""Characters; a box of 32 digits has 168."""
_DIGITS = re.compile(r"[0-9]{1,32}")


@dataclass(frozen=True, slots=True)
class CapturePublicKey:
    """A P-256 public key as a JWK (RFC 7517) with its RFC 7638 thumbprint: `secure.public_key` on the wire."""

    x: str
    y: str
    kid: str
    kty: Literal["EC"] = "EC"
    crv: Literal["P-256"] = "P-256"


@dataclass(frozen=True, slots=True)
class CaptureSent:
    """Asked of `b2t.connectors.capture`. `kid` is the key it was encrypted to, where the sender knows it."""

    conversation: Id
    capture: Id
    box: Annotated[str, Field(max_length=MAX_BOX)]
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureAnswer:
    """`taken`: held in memory until the call that names it, for two minutes at most. `stale`: made for a key that is no
    longer held: encrypt again to `key`. `invalid`: not a box at all. `full`: too many are held now, try later."""

    outcome: Literal["taken", "stale", "invalid", "full"]
    key: CapturePublicKey | None = None


CAPTURE_KEY: TypeAdapter[CapturePublicKey] = TypeAdapter(CapturePublicKey)
CAPTURE_SENT: TypeAdapter[CaptureSent] = TypeAdapter(CaptureSent)
CAPTURE_ANSWER: TypeAdapter[CaptureAnswer] = TypeAdapter(CaptureAnswer)


def encrypt_capture(key: CapturePublicKey, conversation: str, capture: str, digits: str) -> str:
    """The box (base64) that only `key`'s private half opens, and only for this conversation and capture."""
    if not _DIGITS.fullmatch(digits):
        raise Invalid("a capture is 1 to 32 digits")
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    shared = ephemeral.exchange(ec.ECDH(), _public(key))
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(_key(shared)).encrypt(nonce, digits.encode("ascii"), _bound(conversation, capture))
    return base64.b64encode(point + nonce + ciphertext).decode("ascii")


class CaptureKey:
    """The private half. Made at every start of connectors, held in memory only."""

    __slots__ = ("_private", "public")

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        numbers = self._private.public_key().public_numbers()
        x, y = _encode(numbers.x.to_bytes(32, "big")), _encode(numbers.y.to_bytes(32, "big"))
        self.public = CapturePublicKey(x=x, y=y, kid=_thumbprint(x, y))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    def decrypt(self, conversation: str, capture: str, box: str) -> str:
        """The digits. Raises Tampered for another key's box, another conversation's or capture's, or a changed one."""
        try:
            raw = base64.b64decode(box, validate=True)
        except (binascii.Error, ValueError):
            raise Tampered("a capture is not base64") from None
        if len(raw) <= POINT_BYTES + NONCE_BYTES + TAG_BYTES or len(box) > MAX_BOX:
            raise Tampered("a capture has a wrong length")
        point, nonce = raw[:POINT_BYTES], raw[POINT_BYTES : POINT_BYTES + NONCE_BYTES]
        try:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            shared = self._private.exchange(ec.ECDH(), peer)
            ciphertext = raw[POINT_BYTES + NONCE_BYTES :]
            digits = AESGCM(_key(shared)).decrypt(nonce, ciphertext, _bound(conversation, capture))
        except (InvalidTag, ValueError):
            raise Tampered("a capture is not what was encrypted for this key and place") from None
        text = digits.decode("latin-1")
        if not _DIGITS.fullmatch(text):
            raise Tampered("a capture holds something other than digits") from None
        return text


def _public(key: CapturePublicKey) -> ec.EllipticCurvePublicKey:
    try:
        numbers = ec.EllipticCurvePublicNumbers(_number(key.x), _number(key.y), ec.SECP256R1())
        return numbers.public_key()
    except ValueError:
        raise Invalid("a capture's public key is not a point of P-256") from None


def _key(shared: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=SALT, info=INFO).derive(shared)


def _bound(conversation: str, capture: str) -> bytes:
    return f"{conversation}/{capture}".encode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _thumbprint(x: str, y: str) -> str:
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"), sort_keys=True)
    return _encode(hashlib.sha256(members.encode("ascii")).digest())
