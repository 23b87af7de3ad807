"""What belongs to a person rather than to one conversation, sealed under a key of theirs: no key, nothing left of it.

A person is named by the keyed hash that events carry too (`Identity.party`), so that where the key lies nobody's name,
account or number does. Erasing a person is deleting that key in the vault.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.errors import Invalid, Tampered
from appliance.privacy.sealing import KEY_BYTES, NONCE_BYTES, TAG_BYTES


class PersonKeys:
    """One person's keys, for as long as they are leased. Never log, store or pickle one."""

    __slots__ = ("_boxes", "_current", "person")

    def __init__(self, person: str, generations: Mapping[int, bytes]) -> None:
        """`generations`: 1..255 → 32 bytes. The highest seals; all of them unseal."""
        if not generations or any(not 1 <= number <= 255 for number in generations):
            raise Invalid("a key needs a generation from 1 to 255")
        if any(len(material) != KEY_BYTES for material in generations.values()):
            raise Invalid("a key has 32 bytes")
        self.person = person
        self._boxes = {number: AESGCM(material) for number, material in generations.items()}
        self._current = max(generations)

    def __repr__(self) -> str:
        return f"PersonKeys({self.person!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    def seal(self, place: str, value: bytes) -> bytes:
        """Key generation (one byte), nonce (12 bytes), ciphertext and tag; bound to the person and the place."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._boxes[self._current].encrypt(nonce, value, self._bound(place, self._current))
        return bytes([self._current]) + nonce + sealed

    def unseal(self, place: str, box: bytes) -> bytes:
        """Raises Tampered where the box was not made for this person and place."""
        if len(box) < 1 + NONCE_BYTES + TAG_BYTES or box[0] not in self._boxes:
            raise Tampered("a person's sealed value is not complete")
        nonce, ciphertext = box[1 : 1 + NONCE_BYTES], box[1 + NONCE_BYTES :]
        try:
            return self._boxes[box[0]].decrypt(nonce, ciphertext, self._bound(place, box[0]))
        except InvalidTag:
            raise Tampered("a person's sealed value is not what was written") from None

    def _bound(self, place: str, generation: int) -> bytes:
        if not place or "\0" in place:
            raise Invalid("a place to seal for may not be empty or hold NUL")
        return "\0".join(("b2t person sealed v1", self.person, place, str(generation))).encode()
