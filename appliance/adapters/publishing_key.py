"""The box's publishing key: a file of its own (Ed25519, PEM, 0600), made by whichever copy of dialogue is first."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from appliance.agents.versions import Publisher
from appliance.errors import Unavailable


def open_publisher(file: Path) -> Publisher:
    """Raises Unavailable where the key can neither be read nor made, or others may read it."""
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & 0o077:
            raise Unavailable(f"{file} can be read by others than its owner; set its mode to 0600.")
        private = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise Unavailable(f"The publishing key cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Unavailable("The publishing key is damaged.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Unavailable("The publishing key is damaged.")
    return Publisher(private)


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(made)
        out.flush()
        os.fsync(out.fileno())
    try:
        with contextlib.suppress(FileExistsError):  # another copy was first: its key it is
            os.link(fresh, file)
    finally:
        fresh.unlink()
