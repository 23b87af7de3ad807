"""From where somebody came, as the audit log names it: a keyed hash of the address, the same for the same address.

Who has the key can ask whether a known address was it; without the key nobody can, so removing it makes all of them
forgotten and breaks no tree.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from appliance.errors import Unavailable

KEY_BYTES = 32


class Places:
    """Reads the key at first use, and makes it (0600) where there is none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._key: bytes | None = None

    def name(self, address: str) -> str:
        """Raises Unavailable where the key can neither be read nor made."""
        if self._key is None:
            self._key = self._open()
        return f"h:{hmac.new(self._key, address.encode(), sha256).hexdigest()[:32]}"

    def _open(self) -> bytes:
        try:
            with contextlib.suppress(FileNotFoundError):
                return self._read()
            fresh = self._file.with_name(f".{self._file.name}.{secrets.token_hex(6)}")
            fresh.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(secrets.token_bytes(KEY_BYTES))
                out.flush()
                os.fsync(out.fileno())
            try:
                with contextlib.suppress(FileExistsError):  # another process was first: its key it is
                    os.link(fresh, self._file)
            finally:
                fresh.unlink()
            return self._read()
        except OSError as error:
            raise Unavailable(f"The key of places cannot be read: {error.strerror}.") from None

    def _read(self) -> bytes:
        key = self._file.read_bytes()
        if len(key) != KEY_BYTES:
            raise Unavailable("The key of places is damaged.")
        return key
