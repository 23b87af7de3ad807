"""The vault's rules: one root key wraps every conversation's and person's keys; who may have which of them lent.

The root key never leaves the vault's process (or the token that holds it), wrapped keys never leave its database but in
backups of their own. To erase a conversation or a person is to delete those wrapped keys: every sealed box of theirs,
wherever copied, is then noise.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.errors import Denied, Invalid, Tampered
from appliance.privacy.sealing import KEY_BYTES, NONCE_BYTES, KeyClass, LeaseClass

CLASSES: tuple[KeyClass, ...] = ("redacted", "raw")
PERSON: frozenset[LeaseClass] = frozenset({"person"})
CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
PERSON_ID = re.compile(r"[0-9a-f]{32,64}")
"""A keyed hash of who it is (`Identity.party`): with a person's keys lies no name, account or number."""


@dataclass(frozen=True, slots=True)
class LeaseRight:
    """Which classes a unit may have lent, and whether a lease of a conversation not known yet makes its keys."""

    classes: frozenset[LeaseClass]
    creates: bool = False
    persons: bool = False
    """Whether it may have persons' keys lent."""
    raw_at_any_time: bool = False
    """False: the raw class is lent only of conversations that dialogue has worked on lately (`raw_window_s`)."""


BOX = "box"
"""Not a conversation: codes, accounts and calling numbers are digested under its keys, the same in all conversations.
Lent to dialogue alone: who has them can find out a number by trying all numbers."""
OWN = "vault.unredaction"
"""Nor is this: the vault's own, for its record of who may see values. No conversation can have that name, so that it is
lent to nobody."""
BOTH: frozenset[LeaseClass] = frozenset(CLASSES)
RIGHTS: Mapping[str, LeaseRight] = {
    "dialogue": LeaseRight(BOTH, creates=True, persons=True, raw_at_any_time=True),
    "gateway": LeaseRight(BOTH),
    "phone": LeaseRight(BOTH),
    "connectors": LeaseRight(BOTH),
    "operator": LeaseRight(frozenset({"redacted"})),
}
"""By unit, which NATS permissions bind to its subject `b2t.vault.lease.<unit>`. Whoever is not here gets nothing:
scribe and insights keep what they store sealed, inference is shown what it needs and keeps none of it."""
DAY_S = 86_400
LONGEST_IDLE_DAYS = 7
"""The most an agent's policy can allow (`idle_minutes`): so long after its last turn a chat may be looked at again."""


def raw_window_s(event_log_days: int) -> int:
    """Seconds after dialogue's last lease in which channels and connectors may have a conversation's raw class lent.

    For as long as a conversation can be open or its batches lie in the event log; what is in the archive only is no
    longer theirs to open.
    """
    return (max(event_log_days, LONGEST_IDLE_DAYS) + 1) * DAY_S


def check_right(unit: str, conversation: str, classes: frozenset[LeaseClass]) -> LeaseRight:
    """Raises Denied where this unit may not have every one of these classes."""
    right = RIGHTS.get(unit)
    if right is None or not classes <= right.classes | (PERSON if right.persons else frozenset()):
        raise Denied("this unit may not lease these keys")
    if conversation == BOX and not right.creates:
        raise Denied("these keys are lent to dialogue alone")
    if not classes or not CONVERSATION.fullmatch(conversation):
        raise Invalid("a lease names a conversation and at least one class of key")
    if "person" in classes and (classes != PERSON or not PERSON_ID.fullmatch(conversation)):
        raise Invalid("a person's key is leased alone, by the person's keyed hash")
    return right


@dataclass(frozen=True, slots=True, repr=False)
class WrappedKey:
    """A conversation's key as the database keeps it; a person's has the class `person` and the person's keyed hash."""

    conversation: str
    key: LeaseClass
    generation: int
    root_generation: int
    wrapped: bytes
    """nonce (12 bytes), ciphertext and tag"""


class RootCipher(Protocol):
    """One generation of the root key: AESGCM over its bytes, or a token that does the same and keeps them."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


class RootKey:
    """The root key's generations; the highest wraps, all of them unwrap. Methods of a token's key block for it."""

    __slots__ = ("_current", "_generations")

    def __init__(self, generations: Mapping[int, bytes | RootCipher]) -> None:
        materials = [one for one in generations.values() if isinstance(one, bytes | bytearray)]
        if not generations or any(len(material) != KEY_BYTES for material in materials):
            raise Invalid("a root key has 32 bytes")
        if any(number < 1 for number in generations):
            raise Invalid("a root key's generations count from 1")
        self._generations: dict[int, RootCipher] = {
            number: AESGCM(one) if isinstance(one, bytes | bytearray) else one for number, one in generations.items()
        }
        self._current = max(generations)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")

    @property
    def generations(self) -> tuple[int, ...]:
        return tuple(sorted(self._generations))

    @property
    def current(self) -> int:
        return self._current

    def knows(self, generation: int) -> bool:
        return generation in self._generations

    def make(self, conversation: str, key: LeaseClass, generation: int = 1) -> WrappedKey:
        """A new random key, wrapped."""
        return self._wrap(conversation, key, generation, os.urandom(KEY_BYTES))

    def rewrap(self, wrapped: WrappedKey) -> WrappedKey:
        """The same key under the newest root key. Raises Tampered."""
        return self._wrap(wrapped.conversation, wrapped.key, wrapped.generation, self.unwrap(wrapped))

    def unwrap(self, wrapped: WrappedKey) -> bytes:
        root = self._generations.get(wrapped.root_generation)
        if root is None:
            raise Tampered("a wrapped key names a root key that is not here")
        bound = _bound(wrapped.conversation, wrapped.key, wrapped.generation, wrapped.root_generation)
        try:
            material = root.decrypt(wrapped.wrapped[:NONCE_BYTES], wrapped.wrapped[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise Tampered("a wrapped key is not what was written") from None
        if len(material) != KEY_BYTES:
            raise Tampered("a wrapped key is not what was written")
        return material

    def _wrap(self, conversation: str, key: LeaseClass, generation: int, material: bytes) -> WrappedKey:
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound(conversation, key, generation, self._current)
        wrapped = nonce + self._generations[self._current].encrypt(nonce, material, bound)
        return WrappedKey(conversation, key, generation, self._current, wrapped)


def new_root_file() -> str:
    """Contents of a new root key file: one line a generation, `<number> <base64 of 32 bytes>`."""
    return root_line(1, os.urandom(KEY_BYTES))


def root_line(generation: int, material: bytes | bytearray) -> str:
    return f"{generation} {base64.b64encode(material).decode('ascii')}\n"


def read_root_file(content: str) -> RootKey:
    """Raises Invalid, without a word of what the file holds."""
    return RootKey(dict(read_generations(content)))


def read_generations(content: str) -> dict[int, bytes]:
    """A root key file's generations. Raises Invalid, without a word of what the file holds."""
    generations: dict[int, bytes] = {}
    for line in content.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        number, _, material = line.partition(" ")
        try:
            generations[int(number)] = base64.b64decode(material.strip(), validate=True)
        except (ValueError, binascii.Error):
            raise Invalid("the root key file has a line that is not a number and 32 bytes of base64") from None
    if any(len(material) != KEY_BYTES for material in generations.values()):
        raise Invalid("a root key has 32 bytes")
    return generations


def _bound(conversation: str, key: LeaseClass, generation: int, root_generation: int) -> bytes:
    return "\0".join(("b2t wrapped key v1", conversation, key, str(generation), str(root_generation))).encode()
