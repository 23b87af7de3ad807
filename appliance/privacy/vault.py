"""The vault's rules: one root key wraps a key of each class for each conversation; who may have which of them lent.

The root key never leaves the vault's process, wrapped keys never leave its database but in backups of their own. To
erase a conversation is to delete its wrapped keys: every sealed box of it, wherever copied, is then noise.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.errors import Denied, Invalid, Tampered
from appliance.privacy.sealing import KEY_BYTES, NONCE_BYTES, KeyClass

CLASSES: tuple[KeyClass, ...] = ("redacted", "raw")
CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class LeaseRight:
    """Which classes a unit may have lent, and whether a lease of a conversation not known yet makes its keys."""

    classes: frozenset[KeyClass]
    creates: bool = False


BOX = "box"
"""Not a conversation: codes, accounts and calling numbers are digested under its keys, the same in all conversations.
Lent to dialogue alone: who has them can find out a number by trying all numbers."""
BOTH: frozenset[KeyClass] = frozenset(CLASSES)
RIGHTS: Mapping[str, LeaseRight] = {
    "dialogue": LeaseRight(BOTH, creates=True),
    "gateway": LeaseRight(BOTH),
    "phone": LeaseRight(BOTH),
    "connectors": LeaseRight(BOTH),
    "operator": LeaseRight(frozenset({"redacted"})),
}
"""By unit, which NATS permissions bind to its subject `b2t.vault.lease.<unit>`. Whoever is not here gets nothing:
scribe and insights keep what they store sealed, inference is shown what it needs and keeps none of it."""


def check_right(unit: str, conversation: str, classes: frozenset[KeyClass]) -> LeaseRight:
    """Raises Denied where this unit may not have every one of these classes."""
    right = RIGHTS.get(unit)
    if right is None or not classes <= right.classes:
        raise Denied("this unit may not lease these keys")
    if conversation == BOX and not right.creates:
        raise Denied("these keys are lent to dialogue alone")
    if not classes or not CONVERSATION.fullmatch(conversation):
        raise Invalid("a lease names a conversation and at least one class of key")
    return right


@dataclass(frozen=True, slots=True, repr=False)
class WrappedKey:
    """A conversation's key as the database keeps it."""

    conversation: str
    key: KeyClass
    generation: int
    root_generation: int
    wrapped: bytes
    """nonce (12 bytes), ciphertext and tag"""


class RootKey:
    """The root key's generations; the highest wraps, all of them unwrap. The only copy outside its file."""

    __slots__ = ("_current", "_generations")

    def __init__(self, generations: Mapping[int, bytes]) -> None:
        if not generations or any(len(material) != KEY_BYTES for material in generations.values()):
            raise Invalid("a root key has 32 bytes")
        self._generations = {number: AESGCM(material) for number, material in generations.items()}
        self._current = max(generations)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    @property
    def generations(self) -> tuple[int, ...]:
        return tuple(sorted(self._generations))

    def make(self, conversation: str, key: KeyClass, generation: int = 1) -> WrappedKey:
        """A new random key, wrapped."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound(conversation, key, generation, self._current)
        wrapped = nonce + self._generations[self._current].encrypt(nonce, os.urandom(KEY_BYTES), bound)
        return WrappedKey(conversation, key, generation, self._current, wrapped)

    def unwrap(self, wrapped: WrappedKey) -> bytes:
        root = self._generations.get(wrapped.root_generation)
        if root is None:
            raise Tampered("a wrapped key names a root key that is not here")
        bound = _bound(wrapped.conversation, wrapped.key, wrapped.generation, wrapped.root_generation)
        try:
            return root.decrypt(wrapped.wrapped[:NONCE_BYTES], wrapped.wrapped[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise Tampered("a wrapped key is not what was written") from None


def new_root_file() -> str:
    """Contents of a new root key file: one line a generation, `<number> <base64 of 32 bytes>`."""
    return f"1 {base64.b64encode(os.urandom(KEY_BYTES)).decode('ascii')}\n"


def read_root_file(content: str) -> RootKey:
    """Raises Invalid, without a word of what the file holds."""
    generations: dict[int, bytes] = {}
    for line in content.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        number, _, material = line.partition(" ")
        try:
            generations[int(number)] = base64.b64decode(material.strip(), validate=True)
        except (ValueError, binascii.Error):
            raise Invalid("the root key file has a line that is not a number and 32 bytes of base64") from None
    return RootKey(generations)


def _bound(conversation: str, key: KeyClass, generation: int, root_generation: int) -> bytes:
    return "\0".join(("b2t wrapped key v1", conversation, key, str(generation), str(root_generation))).encode()
