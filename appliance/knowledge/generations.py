"""A base as it is at one time has a name: the same documents, the same generation, on whatever machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def generation(digests: Mapping[str, str]) -> str:
    """Of a base's documents: name → SHA-256."""
    named = "\n".join(f"{name}\0{digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(named.encode()).hexdigest()[:16]
