"""Runs of digits in a text, however they are written or said: `4111-1111`, `four one double one`, `forty-one eleven`.

Sans-I/O. A run is a row of digit items with nothing between them but separators and hesitations. Recognition writes
`to` for two and `for` for four; such words count inside a long run of true digits only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from models.pii.landmarks import Landmarks
from models.pii.number_words import Words, words

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_TIGHT: Final = re.compile(r"[ \t\-.()/+]{0,3}")
_LOOSE: Final = re.compile(r"[\W_]{0,8}")
_LOOSE_GAP_WORDS: Final = 3
_ENGLISH: Final = words("en")
_CORRECTING_WORDS: Final = 6


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
        return self.items[0].digits if len(self.items) == 1 else "".join(item.digits for item in self.items)

    @property
    def sure_digits(self) -> int:
        return sum(len(item.digits) for item in self.items if item.sure)

    @property
    def written(self) -> bool:
        return all(item.written for item in self.items)

    def groups(self) -> tuple[int, ...]:
        return tuple(len(item.digits) for item in self.items)


def runs(text: str, language: str = "en", marks: Landmarks | None = None) -> list[Run]:
    """Every run in plain lower-case text (see `normalising`), as long as it can be made."""
    return runs_of(text, words(language), marks or Landmarks.of(text))


def runs_of(text: str, spoken: Words, marks: Landmarks) -> list[Run]:
    found: list[Run] = []
    past = 0
    for start in sorted([*marks.digits, *marks.places(spoken.sure)]):
        if start < past or (text[start - 1 : start] == "'" and text[start - 2 : start - 1].isalpha()):
            continue  # the latter is in the middle of a word
        row: list[tuple[str, int, int]] = []
        for token in _TOKEN.finditer(text, start):
            word, past = token[0], token.end()
            if word not in spoken.known and not word.isdecimal():
                break
            row.append((word, *token.span()))
        if len(row) == 1 and row[0][0].isdecimal():  # as most are that are written
            word, begin, end = row[0]
            found.append(Run((Item(begin, end, word, True),)))
        else:
            found += _joined(text, _items(row, spoken), spoken)
    return found


def restated(text: str, run: Run, spoken: Words = _ENGLISH) -> list[Run]:
    """The run cut where somebody put right what they said (`0785 no sorry 0786`); itself where nobody did."""
    if len(run.items) == 1:
        return [run]
    rows: list[list[Item]] = [[]]
    for at, item in enumerate(run.items):
        if at and spoken.corrections.intersection(_WORD.findall(text, run.items[at - 1].end, item.start)):
            rows.append([])
        rows[-1].append(item)
    return [part for row in rows for part in _trimmed(row)]


def spoken_runs(text: str, run: Run, spoken: Words) -> list[Run]:
    """The run as one where nothing but hesitations or named separators break it, else the parts that hold together.

    `1234 um 5678` and `one, two, three` are one; `10, 20 and 30` is not.
    """
    if len(run.items) == 1:
        return [run]
    items = [item for item in run.items if item.sure]
    gaps = [text[before.end : after.start] for before, after in pairwise(items)]
    singly = all(len(item.digits) == 1 for item in items)
    if _words_between(text, items) <= spoken.hesitations and (
        singly or not any("," in gap or ";" in gap or ":" in gap for gap in gaps)
    ):
        return [Run(tuple(items))]
    return tight_runs(text, run)


def tight_runs(text: str, run: Run) -> list[Run]:
    """The parts of a run that hold together by usual separators alone, sound-alikes left out."""
    return _joined(text, [item for item in run.items if item.sure], None)


def _words_between(text: str, items: Sequence[Item]) -> set[str]:
    return {word for before, after in pairwise(items) for word in _WORD.findall(text, before.end, after.start)}


def _items(row: list[tuple[str, int, int]], spoken: Words) -> list[Item]:
    items: list[Item] = []
    past = 0
    for at, (word, _, _) in enumerate(row):
        if at >= past and (word in spoken.begins or word.isdecimal()):
            item, used = _item(row, at, spoken)
            past = at + used
            if item is not None:
                items.append(item)
    return items


def _item(row: list[tuple[str, int, int]], at: int, spoken: Words) -> tuple[Item | None, int]:
    word, start, end = row[at]
    if word.isdecimal():
        return Item(start, end, word, True), 1
    if word in spoken.times:
        return _repeated(row, at, spoken)
    for count in range(spoken.longest, 0, -1):
        several = row[at : at + count]
        digits = spoken.phrases.get(tuple(one[0] for one in several))
        if digits and all(second[1] - first[2] <= 2 for first, second in pairwise(several)):
            return Item(start, several[-1][2], digits, False), len(several)
    if word in spoken.scales:
        return Item(start, end, spoken.scales[word], False, scale=True), 1
    if word in spoken.sound_alike:
        return Item(start, end, spoken.sound_alike[word], False, sure=False), 1
    return None, 1


def _repeated(row: list[tuple[str, int, int]], at: int, spoken: Words) -> tuple[Item | None, int]:
    """`double five`, and `double um five`."""
    word, start, end = row[at]
    for place in range(at + 1, min(at + 4, len(row))):
        after, begins, ends = row[place]
        if begins - end > 2:
            break
        digit = after if after.isdigit() else spoken.phrases.get((after,), "")
        if len(digit) == 1:
            return Item(start, ends, digit * spoken.times[word], False), place - at + 1
        if after not in spoken.hesitations:
            break
        end = ends
    return None, 1


def _joined(text: str, items: list[Item], spoken: Words | None) -> list[Run]:
    """`spoken`: with its fillers and corrections between; without, nothing but usual separators."""
    found: list[Run] = []
    row: list[Item] = []
    for item in items:
        if row and not _joins(text[row[-1].end : item.start], spoken):
            found += _trimmed(row)
            row = []
        row.append(item)
    return found + _trimmed(row)


def _joins(between: str, spoken: Words | None) -> bool:
    if spoken is None:
        return bool(_TIGHT.fullmatch(between))
    inside = _WORD.findall(between)
    put_right = any(word in spoken.corrections for word in inside)
    if len(inside) > (_CORRECTING_WORDS if put_right else _LOOSE_GAP_WORDS):
        return False
    if any(word not in spoken.fillers and word not in spoken.corrections for word in inside):
        return False
    return all(_LOOSE.fullmatch(piece) for piece in _WORD.split(between))


def _trimmed(row: list[Item]) -> list[Run]:
    """Without sound-alikes at either end: `for 4111` begins at the 4, and so does `OH 43110`, which is in Ohio."""
    first, last = 0, len(row)
    while first < last and (not row[first].sure or _is_sigh(row, first)):
        first += 1
    while last > first and not row[last - 1].sure:
        last -= 1
    return [Run(tuple(row[first:last]))] if first < last else []


def _is_sigh(row: list[Item], at: int) -> bool:
    """`oh` before digits that are written: a sigh, or the state."""
    said, following = row[at], row[at + 1] if at + 1 < len(row) else None
    return (
        following is not None and following.written and len(following.digits) > 1
        and not said.written and said.digits == "0" and said.end - said.start <= len("oh")
    )  # fmt: skip


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
