"""Digits that are not over yet: the open run at the end of a partial result, and a number that is said over turns.

A recogniser's partial result may end in the middle of a card's number, where the part that is there looks harmless. So
whoever shows or stores partial results passes on what `shown` gives. A number split over turns (`my card is 4111 1111`,
`1111 1111`) is found by looking at the turns together: `before` is what to put in front of the next turn's text.
Pure; holds the digits of a few turns in memory, and nothing once something else was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.ports import PersonalSpan

OPEN_FROM: Final = 3
"""So many digits at the end may become a number; fewer are held only once a number has begun in the turn before."""
TURNS: Final = 6
DIGITS: Final = 24
"""No number is longer: what was held is let go."""
JOINT: Final = " "

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
_PIECE: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+|[\W_]+")


def open_run(text: str) -> tuple[int, int]:
    """Where the run of digits that the text ends with begins, and how many digits or number words it has.

    `(len(text), 0)` where it ends with something else. Full stops, dashes and hesitations after it keep it open.
    """
    start, count = len(text), 0
    for piece in reversed(list(_PIECE.finditer(text))):
        word = piece[0].lower()
        if word.isdigit():
            start, count = piece.start(), count + len(word)
        elif word in _NUMBER_WORD or re.fullmatch(r"\w+und(?:zwanzig|dreißig|[a-zü]+zig)", word):
            start, count = piece.start(), count + 1
        elif word in _BETWEEN or (not piece[0][0].isalnum() and not re.search(r"[?!\n]", word)):
            continue
        else:
            break
    return start, count


@dataclass(frozen=True, slots=True)
class Joined:
    """`text` is what the detector is to look at; `offset` is where this turn's own text begins in it."""

    text: str
    offset: int

    def own(self, spans: Sequence[PersonalSpan]) -> list[PersonalSpan]:
        """The spans within this turn, their places counted in its own text. What lay before is only context."""
        length = len(self.text)
        return [
            PersonalSpan(
                max(span.start, self.offset) - self.offset, span.end - self.offset, span.kind, span.score, span.secret
            )
            for span in spans
            if self.offset < span.end <= length
        ]

    def reaches_back(self, spans: Sequence[PersonalSpan]) -> bool:
        """Whether a number of this turn began in an earlier one, of which a part may stand unmasked."""
        return any(span.start < self.offset < span.end for span in spans)


class HeldDigits:
    """One party's open digits. `turn` is called with each final text, in order; `shown` with partial ones."""

    def __init__(self) -> None:
        self._held: list[str] = []

    @property
    def before(self) -> str:
        """The open digits of the turns before, joined; empty where none are."""
        return JOINT.join(self._held)

    def shown(self, partial: str) -> str:
        """A partial result without the run of digits that it ends with."""
        start, count = open_run(partial)
        begun = bool(self._held)
        return partial[:start].rstrip() if count >= (1 if begun else OPEN_FROM) else partial

    def turn(self, text: str) -> Joined:
        """The final text of a turn, after what is held; then holds what this one leaves open."""
        begins = _begins_with_digits(text)
        before = self.before if begins else ""
        joined = Joined(f"{before}{JOINT}{text}" if before else text, len(before) + len(JOINT) if before else 0)
        start, count = open_run(text)
        whole = all(piece.lower() in _BETWEEN for piece in _PIECE.findall(text[:start]) if piece[0].isalnum())
        if count == 0 or not (count >= OPEN_FROM or (whole and before)):
            self._held = []
        elif whole and before:
            self._held = [*self._held, text.strip()][-TURNS:]
        else:
            self._held = [text[start:].strip()]
        if open_run(self.before)[1] > DIGITS:
            self._held = []
        return joined


def _begins_with_digits(text: str) -> bool:
    for piece in _PIECE.finditer(text):
        word = piece[0].lower()
        if word.isdigit() or word in _NUMBER_WORD:
            return True
        if word[0].isalnum() and word not in _BETWEEN:
            return False
    return False
