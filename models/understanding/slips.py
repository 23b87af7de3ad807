"""One slip of a finger in a text: what examples are trained with beside themselves."""

from __future__ import annotations

import random
from typing import Final

LEAST: Final = 5
"""Letters; a slip in less makes another word."""
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = {
    letter: [row[near] for near in (at - 1, at + 1) if 0 <= near < len(row)]
    for row in _KEYS
    for at, letter in enumerate(row)
}


def slipped(text: str, chance: random.Random) -> str:
    """One letter left out, doubled, exchanged with the next, or hit beside."""
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    if len(letters) < LEAST:
        return text
    at = chance.choice(letters)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + chance.choice(_BESIDE.get(text[at].lower(), ["e"])) + text[at + 1 :]
