"""Ids as a command may take them: whatever else somebody types in their place stays out of every record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from appliance.errors import Invalid

_CONVERSATION: Final = re.compile(r"(?=[^a-z]*[a-z])[A-Za-z0-9_-]{20,64}")
"""Of an id that the box made: long, with letters in it. A number, a name or an address is none."""
_PERSON: Final = re.compile(r"[0-9a-f]{32,64}")
_ENTRY: Final = re.compile(
    r"(account|api_key):(?=[0-9A-Z]*[a-z])[A-Za-z0-9]{16,32}|h:[0-9a-f]{32}|c?[0-9a-f-]{32,64}|uid-[0-9]{1,10}"
)
_AGENT: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
_REASON: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_LONG: Final = re.compile(r"(?:[0-9][_.:/-]*){13}|(?<![0-9])[0-9]{3}[_.:/-][0-9]{2}[_.:/-][0-9]{4}(?![0-9])")
"""A card's number or a social security number is nobody's case."""


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


def entry(given: str | None) -> str | None:
    """Anything that entries of the audit log name. Raises Invalid, without what was typed."""
    if given is not None and not (_ENTRY.fullmatch(given) or _CONVERSATION.fullmatch(given)):
        raise Invalid("What entries name is an id or a keyed hash, as `b2t audit list` shows it.")
    return given


def agent(given: str | None) -> str | None:
    """Raises Invalid, without what was typed."""
    if given is not None and not _AGENT.fullmatch(given):
        raise Invalid("An agent is named by lower-case letters, digits and underscores, as `b2t agents list` shows it.")
    return given


def reason(given: str | None) -> str | None:
    """As the audit log keeps it for good. Raises Invalid, without what was typed."""
    if given and (not _REASON.fullmatch(given) or _LONG.search(given)):
        raise Invalid("A reason is a code or a ticket's number: letters, digits and _.:/- only, and nobody's number.")
    return given or None
