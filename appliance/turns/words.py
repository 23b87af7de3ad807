"""What turn-taking must know of words: which end a turn early or late, and which are no turn at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORDS: Final = re.compile(r"[a-z0-9']+")
_DIGITS: Final = frozenset(
    {
        *("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        *("double", "triple", "treble"),
    }
)
_BACK_CHANNELS: Final = frozenset(
    {
        *("ah", "aha", "hm", "hmm", "hm hm", "mhm", "mm", "mm hmm", "mmm", "oh", "uh", "uh huh", "um", "huh"),
        *("yeah", "yep", "yes", "right", "okay", "ok", "alright", "all right", "sure", "i see", "got it", "good"),
        *("yeah yeah", "okay okay", "oh okay", "yeah okay", "okay yeah", "right right", "cool", "great"),
    }
)


def normal(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def is_back_channel(text: str) -> bool:
    """Words that a listener says without wanting the floor."""
    return normal(text) in _BACK_CHANNELS


def ends_in_digit(text: str) -> bool:
    """Mid-way through a number, more is likely to come after a pause."""
    words = normal(text).split()
    return bool(words) and (words[-1] in _DIGITS or words[-1].isdigit())


def is_complete(text: str, phrases: Iterable[str]) -> bool:
    """It is one of the phrases expected, and none of them goes on from it."""
    said = normal(text)
    if not said:
        return False
    known = [normal(phrase) for phrase in phrases]
    return said in known and not any(phrase.startswith(f"{said} ") for phrase in known)


def is_expected(text: str, phrases: Iterable[str]) -> bool:
    said = normal(text)
    return any(said == normal(phrase) for phrase in phrases)
