"""Where in a text a recogniser has to look at all: its words, and where its rows of digits begin.

Found once for all recognisers, by what is quick in Python: a pattern tried at every letter is what takes the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = re.compile("[0-9][0-9]*")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_APART: Final = bytes(code if code > ord("\x7f") or chr(code).isalpha() else ord(" ") for code in range(256))
"""What is no letter becomes a space; bytes of letters beyond ASCII stay."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Of plain lower-case text. `words`: rows of letters, each once; `digits`: where each row of digits begins."""

    text: str
    words: frozenset[str]
    digits: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Landmarks:
        return cls(text, frozenset(words_in(text)), tuple(found.start() for found in _DIGITS.finditer(text)))

    def places(self, words: Iterable[str]) -> list[int]:
        """Where any of these begins, standing alone, in order."""
        return sorted(at for word in self.words.intersection(words) for at in _places(self.text, word))


def words_in(text: str) -> list[str]:
    """Rows of letters."""
    return b" ".join(encoded_words(text)).decode().split(" ")


def encoded_words(text: str) -> list[bytes]:
    if not text.isascii():
        for sign in set(_FOREIGN.findall(text)):
            if not sign.isalnum() or sign.isdecimal():
                text = text.replace(sign, " ")
    return text.encode(errors="replace").translate(_APART).split()


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    length = len(word)
    while at >= 0:
        if not text[at - 1 : at].isalpha() and not text[at + length : at + length + 1].isalpha():
            yield at
        at = text.find(word, at + 1)


def parts(places: Iterable[int], before: int, after: int, end: int) -> list[tuple[int, int]]:
    """The parts of a text of `end` characters around these places, in order and apart."""
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        first, last = max(0, place - before), min(end, place + after)
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found


def finds(text: str, *pieces: str) -> list[int]:
    """Where any of these stands, within words too."""
    found = []
    for piece in pieces:
        at = text.find(piece)
        while at >= 0:
            found.append(at)
            at = text.find(piece, at + 1)
    return found


def back(text: str, at: int, inside: re.Pattern[str], most: int) -> int:
    """Where the row of signs that ends at `at` begins, `most` before it at the most; `inside` is one such sign."""
    first = max(0, at - most)
    while at > first and inside.match(text, at - 1):
        at -= 1
    return at
