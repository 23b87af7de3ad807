"""Sealed boxes: AES-256-GCM under a conversation's own keys, each box bound to the one place it may be read from.

A conversation has a key of each class: `redacted` for text whose personal values are out already, `raw` for the values
themselves. Keys have generations (1..255); a box names the one it was made with. The vault hands keys out
(`appliance.privacy.vault`), `appliance.adapters.vault.KeyRing` keeps them for a while.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from appliance.errors import Denied, Invalid, Tampered
from appliance.events import Sealed

KeyClass = Literal["redacted", "raw"]
LeaseClass = Literal["redacted", "raw", "person"]
"""What the vault lends: a conversation's two classes, or a person's key (`appliance.privacy.persons`)."""
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


def heard_place(input_id: str) -> str:
    """Where the text of what the party said lies: `Stored.text` and `TurnHeard.text`, which share one box."""
    return f"turn/{input_id}/text"


def reply_place(reply: str) -> str:
    """Where `ReplyMade.text` lies."""
    return f"reply/{reply}/text"


def reference_place(name: str) -> str:
    """Where the value of the reference `name` lies."""
    return f"ref/{name}"


def associated_data(conversation: str, place: str, key: KeyClass, generation: int) -> bytes:
    """What a box is bound to. NUL separates the parts, so none of them may hold one."""
    parts = ("b2t sealed v1", conversation, place, key, str(generation))
    if any("\0" in part or not part for part in parts):
        raise Invalid("a place to seal for may not be empty or hold NUL")
    return "\0".join(parts).encode()


class ConversationKeys:
    """One conversation's keys, for as long as they are leased. Never log, store or pickle one.

    A cipher is made for each use: that takes a microsecond, kept it takes 2.5 KiB a key, and a unit holds thousands.
    """

    __slots__ = ("_current", "_digest_key", "_keys", "conversation")

    def __init__(self, conversation: str, keys: Mapping[KeyClass, Mapping[int, bytes]]) -> None:
        """`keys`: class → generation (1..255) → 32 bytes. The highest generation seals; all of them unseal."""
        self.conversation = conversation
        self._keys: dict[KeyClass, dict[int, bytes]] = {}
        self._current: dict[KeyClass, int] = {}
        for key, generations in keys.items():
            if not generations or any(not 1 <= number <= 255 for number in generations):
                raise Invalid("a key needs a generation from 1 to 255")
            if any(len(material) != KEY_BYTES for material in generations.values()):
                raise Invalid("a key has 32 bytes")
            self._keys[key] = dict(generations)
            self._current[key] = max(generations)
        raw = keys.get("raw")
        # Digests must outlive a rotation, so they hang on the first generation.
        self._digest_key = _derive(raw[min(raw)], b"b2t reference digest v1") if raw else None

    def __repr__(self) -> str:
        return f"ConversationKeys({self.conversation!r}, {sorted(self._keys)})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    @property
    def classes(self) -> frozenset[KeyClass]:
        return frozenset(self._keys)

    def seal(self, place: str, value: bytes, key: KeyClass = "redacted") -> Sealed:
        """Raises Denied where that class was not leased."""
        keys = self._class(key)
        generation = self._current[key]
        nonce = os.urandom(NONCE_BYTES)
        bound = associated_data(self.conversation, place, key, generation)
        ciphertext = AESGCM(keys[generation]).encrypt(nonce, value, bound)
        return Sealed(key, base64.b64encode(bytes([generation]) + nonce + ciphertext).decode("ascii"))

    def unseal(self, place: str, sealed: Sealed) -> bytes:
        """Raises Tampered where the box was not made for this place, Denied where its class is not leased."""
        keys = self._class(sealed.key)
        try:
            box = base64.b64decode(sealed.box, validate=True)
        except (binascii.Error, ValueError):
            raise Tampered("a sealed value is not base64") from None
        # Base64 leaves spare bits at its end; only the one canonical spelling counts.
        if len(box) < 1 + NONCE_BYTES + TAG_BYTES or base64.b64encode(box).decode("ascii") != sealed.box:
            raise Tampered("a sealed value is not complete")
        generation = box[0]
        if generation not in keys:
            raise Tampered("a sealed value names a key generation that is not known")
        nonce, ciphertext = box[1 : 1 + NONCE_BYTES], box[1 + NONCE_BYTES :]
        bound = associated_data(self.conversation, place, sealed.key, generation)
        try:
            return AESGCM(keys[generation]).decrypt(nonce, ciphertext, bound)
        except InvalidTag:
            raise Tampered("a sealed value is not what was written") from None

    def seal_text(self, place: str, text: str, key: KeyClass = "redacted") -> Sealed:
        return self.seal(place, text.encode(), key)

    def unseal_text(self, place: str, sealed: Sealed) -> str:
        return self.unseal(place, sealed).decode()

    def digest(self, value: str) -> str:
        """Keyed hash (128 bits, hex) of a value, equal within this conversation only. Needs the raw class."""
        if self._digest_key is None:
            raise Denied("the raw key is not leased to this unit")
        return hmac.new(self._digest_key, value.encode(), hashlib.sha256).hexdigest()[:32]

    def stream_key(self, key: KeyClass, generation: int | None = None) -> tuple[int, bytes]:
        """What streams of this class are sealed under (`appliance.privacy.streams`): the generation, newest if None.

        Raises Denied where that class was not leased, Tampered where there is no such generation.
        """
        keys = self._class(key)
        number = self._current[key] if generation is None else generation
        if number not in keys:
            raise Tampered("a sealed stream names a key generation that is not known")
        return number, _derive(keys[number], b"b2t stream key v1")

    def _class(self, key: KeyClass) -> dict[int, bytes]:
        keys = self._keys.get(key)
        if keys is None:
            raise Denied(f"the {key} key is not leased to this unit")
        return keys


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
