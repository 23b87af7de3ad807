"""Secrets that machines carry: made by chance, shown once, kept only as hashes.

A secret has 256 bits of chance, so one round of SHA-256 is enough to keep it; a resume token and a ticket are bound to
the gateway's own key besides, so that who reads the database alone can make none. An API key reads `b2t_<id>_<secret>`:
the fixed start lets scanners for leaked secrets find it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass

from appliance.errors import Denied

KEY_PREFIX = "b2t"
_API_KEY = re.compile(r"b2t_([a-z2-7]{16})_([A-Za-z0-9_-]{43})")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_id(characters: int = 26) -> str:
    """A random identifier of lower-case letters and digits, 5 bits a character; fit for bus subjects and URLs."""
    return base64.b32encode(secrets.token_bytes((characters * 5 + 7) // 8)).decode().lower()[:characters]


def derived_id(name: str, characters: int = 26) -> str:
    """The identifier that belongs to a name: the same for the same one, and none that `new_id` is likely to make."""
    return base64.b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:characters]


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def is_secret(token: str) -> bool:
    """Whether it has the form of one of ours; spares the database what cannot be in it."""
    return _TOKEN.fullmatch(token) is not None


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(key: bytes, purpose: str, secret: str) -> str:
    return hmac.new(key, f"{purpose}\0{secret}".encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey:
    id: str
    secret: str

    @staticmethod
    def make() -> ApiKey:
        return ApiKey(new_id(16), new_secret())

    @staticmethod
    def read(text: str) -> ApiKey | None:
        """None for anything that is no API key of ours."""
        found = _API_KEY.fullmatch(text)
        return ApiKey(found[1], found[2]) if found else None

    def show(self) -> str:
        """The whole key. It is shown once, to whoever asked for it."""
        return f"{KEY_PREFIX}_{self.id}_{self.secret}"


def sign(key: bytes, purpose: str, content: dict[str, str | int | None]) -> str:
    """Content that the holder can read and pass on, but not change."""
    body = base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=").decode()
    return f"{body}.{keyed_digest(key, purpose, body)}"


def open_signed(key: bytes, purpose: str, token: str) -> dict[str, str | int | None]:
    """Raises Denied for a token that `sign` did not make with this key for this purpose."""
    body, _, mark = token.partition(".")
    if not same(mark, keyed_digest(key, purpose, body)):
        raise Denied("This token was not made here.")
    try:
        content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        raise Denied("This token was not made here.") from None
    return dict(content)
