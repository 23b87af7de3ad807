"""Checkpoints (C2SP tlog-checkpoint in a C2SP signed-note): the tree's size and root under an Ed25519 signature."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.audit import minisign
from appliance.audit.merkle import HASH_BYTES
from appliance.audit.post_quantum import PostQuantum
from appliance.errors import Invalid, Tampered

_ED25519 = b"\x01"
_COSIGNATURE = b"\x04"
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


class Signer:
    """The log's signing key. `name` is the log's origin: no spaces, no plus sign."""

    __slots__ = ("_private", "name", "post_quantum", "verifier")

    def __init__(self, name: str, private: Ed25519PrivateKey, post_quantum: PostQuantum | None = None) -> None:
        if not name or "+" in name or any(letter.isspace() for letter in name):
            raise Invalid("A log's name has no spaces and no plus sign.")
        self.name = name
        self._private = private
        self.post_quantum = post_quantum
        self.verifier = Verifier(name, private.public_key())

    def sign_digest(self, digest: bytes, comment: str) -> str:
        """A minisign signature of what has this BLAKE2b-512 digest. A checkpoint may have 64 bytes as well, but it is
        text: what starts as this log's checkpoints do, or is text at all, is refused. A digest is text less often than
        once in 10^16.
        """
        if len(digest) != 64:
            raise Invalid("A BLAKE2b-512 digest has 64 bytes.")
        if digest.startswith(f"{self.name}\n".encode()) or _is_text(digest):
            raise Invalid("This is a text, not a digest.")
        return minisign.sign(self._private, digest, comment)

    def sign(self, size: int, root: bytes) -> str:
        """The whole signed note."""
        text = Checkpoint(self.name, size, root).text
        signature = base64.b64encode(self.verifier.key_hash + self._private.sign(text.encode())).decode("ascii")
        second = "" if self.post_quantum is None else self.post_quantum.line(size, root)
        return f"{text}\n— {self.name} {signature}\n{second}"


class Verifier:
    """The public half; `text` is its C2SP verifier key (`name+hash+key`), which an auditor keeps outside the box."""

    __slots__ = ("_public", "key_hash", "name")

    def __init__(self, name: str, public: Ed25519PublicKey) -> None:
        self.name = name
        self._public = public
        self.key_hash = sha256(name.encode() + b"\n" + _ED25519 + self._raw).digest()[:4]

    @property
    def public(self) -> Ed25519PublicKey:
        return self._public

    @property
    def _raw(self) -> bytes:
        return _raw(self._public)

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(_ED25519 + self._raw).decode('ascii')}"

    @staticmethod
    def read(text: str) -> Verifier:
        """Raises Invalid."""
        name, _, rest = text.strip().partition("+")
        key_hash, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
            if raw[:1] != _ED25519 or len(raw) != 1 + _KEY_BYTES:
                raise Invalid("This is not an Ed25519 verifier key.")
            found = Verifier(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except ValueError:
            raise Invalid("This is not a verifier key.") from None
        if found.key_hash.hex() != key_hash:
            raise Invalid("This verifier key's name, hash and key do not belong together.")
        return found

    def open(self, note: str) -> Checkpoint:
        """The checkpoint of a note signed by this key. Raises Tampered. Other signers' lines are passed over."""
        text, separator, signatures = note.rpartition("\n\n")
        text += "\n"
        lines = signatures.split("\n")
        if not separator or lines[-1] != "" or not self._signed(text, lines[:-1]):
            raise Tampered("a checkpoint is not signed by this log's key")
        return _parse(text, self.name)

    def _signed(self, text: str, lines: list[str]) -> bool:
        for line in lines:
            dash, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            try:
                signature = base64.b64decode(encoded, validate=True)
            except (ValueError, binascii.Error):
                return False
            if dash != "—" or name != self.name or signature[:4] != self.key_hash:
                continue
            if len(signature) != 4 + _SIGNATURE_BYTES:
                return False
            try:
                self._public.verify(signature[4:], text.encode())
            except InvalidSignature:
                return False
            return True
        return False


class Witness:
    """A second signer that is not the log (C2SP tlog-cosignature, Ed25519): it signs what it saw, and when."""

    __slots__ = ("_private", "name", "public")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.name = name
        self._private = private
        self.public = private.public_key()

    @property
    def text(self) -> str:
        """Its verifier key, for whoever checks."""
        encoded = base64.b64encode(_COSIGNATURE + _raw(self.public)).decode("ascii")
        return f"{self.name}+{witness_hash(self.name, self.public).hex()}+{encoded}"

    def cosign(self, note: str, at: int) -> str:
        """The note with the witness's line behind it; `at` in seconds since 1970. Whether the tree is one that goes on
        from the last it signed is for the caller to find out first."""
        text = note.partition("\n\n")[0] + "\n"
        signed = self._private.sign(cosigned(text, at))
        line = base64.b64encode(witness_hash(self.name, self.public) + at.to_bytes(8, "big") + signed).decode("ascii")
        return f"{note}— {self.name} {line}\n"


def witness_hash(name: str, public: Ed25519PublicKey) -> bytes:
    return sha256(name.encode() + b"\n" + _COSIGNATURE + _raw(public)).digest()[:4]


def cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def check_witness(note: str, name: str, public: Ed25519PublicKey) -> int:
    """When this witness signed the note (seconds since 1970). Raises Tampered where it did not."""
    text, _, signatures = note.partition("\n\n")
    for line in signatures.split("\n"):
        if not line.startswith(f"— {name} "):
            continue
        try:
            box = base64.b64decode(line.rpartition(" ")[2], validate=True)
            if box[:4] != witness_hash(name, public):
                continue
            at = int.from_bytes(box[4:12], "big")
            public.verify(box[12:], cosigned(text + "\n", at))
        except (ValueError, InvalidSignature):
            break
        return at
    raise Tampered("a checkpoint is not signed by this witness")


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _parse(text: str, name: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        origin, size, encoded = lines[0], lines[1], lines[2]
        root = base64.b64decode(encoded, validate=True)
    except (IndexError, ValueError):
        raise Tampered("a checkpoint is not complete") from None
    plain = size.isascii() and size.isdigit() and (size == "0" or size[0] != "0")
    if origin != name or not plain or len(root) != HASH_BYTES:
        raise Tampered("a checkpoint is not complete")
    return Checkpoint(origin, int(size), root)
