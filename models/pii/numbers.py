"""Runs of digits in a text, however they are written or said: `4111-1111`, `four one double one`, `forty-one eleven`.

Sans-I/O. A run is a row of digit items with nothing between them but separators and hesitations. Recognition writes
`to` for two and `for` for four; such words count inside a long run of true digits only.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

ONES: Final = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
TEENS: Final = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
TIMES: Final = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
SCALES: Final = {"hundred": "00", "thousand": "000"}
SOUND_ALIKE: Final = {"to": "2", "too": "2", "for": "4", "fore": "4", "won": "1", "ate": "8", "tree": "3", "sex": "6"}
FILLERS: Final = frozenset(
    "um uh uhm umm erm er ah eh hmm mm and then next followed by dash hyphen minus dot point space comma slash stroke "
    "underscore period so okay ok well like again also".split()
)
HESITATIONS: Final = frozenset("um uh uhm umm erm er ah eh hmm mm dash hyphen dot space".split())
_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+|[^a-z0-9]+")
_TIGHT: Final = re.compile(r"[ \t\-.()/+]{0,3}")
_LOOSE: Final = re.compile(r"[^a-z0-9]{0,8}")
_LOOSE_GAP_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of a number: where it stands in the text and the digits it is."""

    start: int
    end: int
    digits: str
    written: bool
    sure: bool = True
    scale: bool = False
    """`hundred` or `thousand`: a quantity, hardly an identifier."""


@dataclass(frozen=True, slots=True)
class Run:
    """Items in a row."""

    items: tuple[Item, ...]

    @property
    def start(self) -> int:
        return self.items[0].start

    @property
    def end(self) -> int:
        return self.items[-1].end

    @property
    def digits(self) -> str:
        return "".join(item.digits for item in self.items)

    @property
    def sure_digits(self) -> int:
        return sum(len(item.digits) for item in self.items if item.sure)

    @property
    def written(self) -> bool:
        return all(item.written for item in self.items)

    def groups(self) -> tuple[int, ...]:
        return tuple(len(item.digits) for item in self.items)


def runs(text: str) -> list[Run]:
    """Every run in plain lower-case text (see `normalising`), as long as it can be made."""
    return _joined(text, _items(text), loose=True)


def spoken_runs(text: str, run: Run) -> list[Run]:
    """The run as one where nothing but hesitations or named separators break it, else the parts that hold together.

    `1234 um 5678` and `one, two, three` are one; `10, 20 and 30` is not.
    """
    items = [item for item in run.items if item.sure]
    gaps = [text[before.end : after.start] for before, after in pairwise(items)]
    words = {word for gap in gaps for word in re.findall(r"[a-z']+", gap)}
    singly = all(len(item.digits) == 1 for item in items)
    if words <= HESITATIONS and (singly or not any("," in gap or ";" in gap or ":" in gap for gap in gaps)):
        return [Run(tuple(items))]
    return tight_runs(text, run)


def tight_runs(text: str, run: Run) -> list[Run]:
    """The parts of a run that hold together by usual separators alone, sound-alikes left out."""
    return _joined(text, [item for item in run.items if item.sure], loose=False)


def _items(text: str) -> list[Item]:
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    words = [token for token in tokens if token[0][0].isalnum()]
    items: list[Item] = []
    at = 0
    while at < len(words):
        item, used = _item(text, words, at)
        if item is not None:
            items.append(item)
        at += used
    return items


def _item(text: str, words: list[tuple[str, int, int]], at: int) -> tuple[Item | None, int]:
    word, start, end = words[at]
    after = words[at + 1] if at + 1 < len(words) and words[at + 1][1] - end <= 2 else ("", 0, 0)
    if word.isdigit():
        return Item(start, end, word, True), 1
    if word in TIMES:
        digit = after[0] if after[0].isdigit() and len(after[0]) == 1 else ONES.get(after[0])
        return (Item(start, after[2], digit * TIMES[word], False), 2) if digit else (None, 1)
    if word in TENS:
        digit = ONES.get(after[0])
        if digit and digit != "0":
            return Item(start, after[2], TENS[word] + digit, False), 2
        return Item(start, end, TENS[word] + "0", False), 1
    found = ONES.get(word) or TEENS.get(word) or SCALES.get(word)
    if found:
        return Item(start, end, found, False, scale=word in SCALES), 1
    if word in SOUND_ALIKE:
        return Item(start, end, SOUND_ALIKE[word], False, sure=False), 1
    return None, 1


def _joined(text: str, items: list[Item], *, loose: bool) -> list[Run]:
    found: list[Run] = []
    row: list[Item] = []
    for item in items:
        if row and not _joins(text[row[-1].end : item.start], loose):
            found += _trimmed(row)
            row = []
        row.append(item)
    return found + _trimmed(row)


def _joins(between: str, loose: bool) -> bool:
    if not loose:
        return bool(_TIGHT.fullmatch(between))
    words = re.findall(r"[a-z']+", between)
    if len(words) > _LOOSE_GAP_WORDS or any(word not in FILLERS for word in words):
        return False
    return all(_LOOSE.fullmatch(piece) for piece in re.split(r"[a-z']+", between))


def _trimmed(row: list[Item]) -> list[Run]:
    """Without sound-alikes at either end: `for 4111` begins at the 4."""
    first, last = 0, len(row)
    while first < last and not row[first].sure:
        first += 1
    while last > first and not row[last - 1].sure:
        last -= 1
    return [Run(tuple(row[first:last]))] if first < last else []


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
