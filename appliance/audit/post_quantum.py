"""A second signature on checkpoints that a quantum computer does not forge: ML-DSA-44 (FIPS 204), as the C2SP
tlog-cosignature of the log itself. Made where the installed `cryptography` has it; readers without it pass it over."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from appliance.errors import Invalid, Tampered

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # cryptography before 47
    mldsa = None  # type: ignore[assignment,unused-ignore]

_TYPE: Final = b"\x06"
_LABEL: Final = b"subtree/v1\n\0"


def generate() -> bytes | None:
    """A new private key in PEM; None where the library cannot make one."""
    if mldsa is None:
        return None
    try:
        private = mldsa.MLDSA44PrivateKey.generate()
    except UnsupportedAlgorithm:
        return None
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class PostQuantum:
    """The log's second key. Its signature says nothing of time: the timestamp is zero."""

    __slots__ = ("_private", "_public", "name", "text")

    def __init__(self, name: str, pem: bytes) -> None:
        try:
            private: Any = load_pem_private_key(pem, None)
        except (ValueError, UnsupportedAlgorithm):
            raise Invalid("This is not an ML-DSA-44 key, or the installed library cannot read one.") from None
        if mldsa is None or not isinstance(private, mldsa.MLDSA44PrivateKey):
            raise Invalid("This is not an ML-DSA-44 key.")
        raw = private.public_key().public_bytes_raw()
        self.name = name
        self._private = private
        self._public = private.public_key()
        self.text = f"{name}+{self._id(raw).hex()}+{base64.b64encode(_TYPE + raw).decode('ascii')}"
        """Its verifier key, for whoever checks."""

    def _id(self, raw: bytes) -> bytes:
        return sha256(self.name.encode() + b"\n" + _TYPE + raw).digest()[:4]

    def line(self, size: int, root: bytes) -> str:
        signed = self._private.sign(message(self.name, self.name, size, root))
        box = self._id(self._public.public_bytes_raw()) + bytes(8) + signed
        return f"— {self.name} {base64.b64encode(box).decode('ascii')}\n"

    def check(self, note: str, size: int, root: bytes) -> None:
        """Raises Tampered where the note has no such signature of this size and root, or a false one."""
        own = self._id(self._public.public_bytes_raw())
        for line in note.partition("\n\n")[2].split("\n"):
            try:
                box = base64.b64decode(line.rpartition(" ")[2], validate=True)
                if not line.startswith(f"— {self.name} ") or box[:4] != own or len(box) < 12:
                    continue
                at = int.from_bytes(box[4:12], "big")
                self._public.verify(box[12:], message(self.name, self.name, size, root, at))
                return
            except (ValueError, InvalidSignature):
                break
        raise Tampered("a checkpoint is not signed by this log's post-quantum key")


def message(cosigner: str, origin: str, size: int, root: bytes, at: int = 0) -> bytes:
    """C2SP tlog-cosignature, `cosigned_message`: of the whole tree, so it starts at 0."""
    names = [bytes([len(name)]) + name for name in (cosigner.encode(), origin.encode())]
    return _LABEL + names[0] + at.to_bytes(8, "big") + names[1] + bytes(8) + size.to_bytes(8, "big") + root
