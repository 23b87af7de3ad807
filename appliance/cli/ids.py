"""Ids as a command may take them: whatever else somebody types in their place stays out of every record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from appliance.errors import Invalid

_CONVERSATION: Final = re.compile(r"(?=[^a-z]*[a-z])[A-Za-z0-9_-]{20,64}")
"""Of an id that the box made: long, with letters in it. A number, a name or an address is none."""
_PERSON: Final = re.compile(r"[0-9a-f]{32,64}")


def conversations(given: Iterable[str] | None) -> tuple[str, ...]:
    """Raises Invalid, without what was typed."""
    names = tuple(given or ())
    if any(not _CONVERSATION.fullmatch(name) for name in names):
        raise Invalid("A conversation is named by its id, as `b2t conversations list` shows it.")
    return names


def persons(given: Iterable[str] | None) -> tuple[str, ...]:
    """Raises Invalid, without what was typed."""
    names = tuple(given or ())
    if any(not _PERSON.fullmatch(name) for name in names):
        raise Invalid("A person is named by a keyed hash, as `b2t rights find` prints it.")
    return names
