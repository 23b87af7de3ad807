"""Looking for what must be nowhere, without taking a piece of a random id, a time or a digest for it."""

from __future__ import annotations

import re


def stands_in(digits: str, content: str | bytes) -> bool:
    """Whether these digits stand somewhere as themselves: not within a longer number, a fraction, hex or base64.

    Four digits stand in one of a thousand random ids of 32 hex digits, and in as many times with microseconds.
    """
    text = content if isinstance(content, str) else content.decode("latin-1")
    return re.search(rf"(?<![0-9A-Za-z+/.-]){re.escape(digits)}(?![0-9A-Za-z+/-])", text) is not None
