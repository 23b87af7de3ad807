"""Digits that are not over yet: a number that is said over several turns (`my card is four one one one`, `1111 1111`).

Each part is too short to be a number. What the turns before left open is seen in their redacted texts, which is all
that is kept of them: the digits at the end, or the reference that already stands for some. Partial results need no such
care: they are heard and forgotten in the phone process, and go nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

OPEN_FROM: Final = 3
"""So many digits at the end of a turn may become a number."""
NUMBER_FROM: Final = 7
"""So many digits of two turns together are one."""

_SAID: Final = (
    "zero oh o nought naught one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety double triple treble "
    "null eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf "
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez doble "
    "zéro un deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente "
    "quarante cinquante soixante"
)
_NUMBER_WORD: Final = frozenset(_SAID.split())
_BETWEEN: Final = frozenset(
    {"um", "uh", "uhm", "erm", "er", "ah", "eh", "hmm", "mm", "and", "then", "dash", "hyphen", "minus", "dot", "space"}
    | {"y", "et", "und", "äh", "euh"}
)
_PIECE: Final = re.compile(r"<[A-Z][A-Z_]*_[0-9]+>|[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+|<|_+|[^\w<]+")
_COMPOUND: Final = re.compile(r"\w+und(?:zwanzig|dreißig|[a-zü]+zig)")


def left_open(text: str, digits: Mapping[str, int]) -> int:
    """How many digits a redacted text ends with; `digits`: reference → how many it stands for."""
    count = 0
    for piece in reversed(list(_PIECE.finditer(text))):
        said = _digits(piece[0], digits)
        if said:
            count += said
        elif not _between(piece[0]):
            break
    return count


def going_on(text: str) -> tuple[int, int, int]:
    """Start, end and number of the digits that a redacted text begins with; (0, 0, 0) where it begins with none."""
    start = end = count = 0
    for piece in _PIECE.finditer(text):
        said = _digits(piece[0], {})
        if said:
            start, end, count = (piece.start() if not count else start), piece.end(), count + said
        elif not _between(piece[0]):
            break
    return start, end, count


def goes_on(before: str, digits: Mapping[str, int], text: str) -> tuple[int, int] | None:
    """The digits of a turn that go on with those the turn before left open, where both together are a number."""
    opened = left_open(before, digits)
    start, end, count = going_on(text)
    return (start, end) if count and opened >= OPEN_FROM and opened + count >= NUMBER_FROM else None


def _digits(piece: str, digits: Mapping[str, int]) -> int:
    word = piece.lower()
    if piece.startswith("<"):
        return digits.get(piece[1:-1], 0)
    if word.isdigit():
        return len(word)
    return int(word in _NUMBER_WORD or _COMPOUND.fullmatch(word) is not None)


def _between(piece: str) -> bool:
    return piece.lower() in _BETWEEN or (
        not piece[0].isalnum() and not piece.startswith("<") and not re.search(r"[?!\n]", piece)
    )
