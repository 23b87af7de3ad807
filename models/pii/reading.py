"""A text as arrays: its tokens, their shapes, and a hash of any stretch of it at the cost of two additions.

Everything is worked out for all tokens at once and nothing is kept from one text to the next. Letters are folded:
small, without accents, `’` as `'`. A stretch's hash is a polynomial of its letters modulo 2^64, taken from sums that
run along the text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]
LONGEST: Final = 8192
"""Characters that are read in one go."""
_TABLE: Final = 0x3000
_SPACE, _LETTER, _DIGIT, _OTHER = range(4)
_FOLDED: Final = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "’": "'"}
_MASK: Final = (1 << 64) - 1
_BASE: Final = 0x9E3779B97F4A7C15
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_HALF: Final = np.uint64(32)


def _class(character: str) -> int:
    if character.isdecimal():
        return _DIGIT
    if character.isalnum():
        return _LETTER
    return _SPACE if character.isspace() and character != "\n" else _OTHER


def _fold(character: str) -> str:
    small = character.lower()
    small = small if len(small) == 1 else character
    return _FOLDED.get(small) or unicodedata.normalize("NFD", small)[0]


_CLASSES: Final = np.array([_class(chr(code)) for code in range(_TABLE)], np.uint8)
_FOLDS: Final = np.array([ord(_fold(chr(code))) for code in range(_TABLE)], np.uint64)
_UPPER: Final = np.array([chr(code).isupper() for code in range(_TABLE)], np.bool_)
_LOWER: Final = np.array([chr(code).islower() for code in range(_TABLE)], np.bool_)


def _powers(base: int) -> Hashes:
    with np.errstate(over="ignore"):
        return np.cumprod(np.array([1, *[base] * LONGEST], np.uint64), dtype=np.uint64)


_POWERS: Final = _powers(_BASE)
_BACK: Final = _powers(pow(_BASE, -1, 1 << 64))


def mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit given."""
    hashes = (hashes ^ (hashes >> _HALF)) * _MIX
    return hashes ^ (hashes >> _HALF)


@dataclass(frozen=True, slots=True)
class Reading:
    """Of at most `LONGEST` characters. Arrays have an entry for each token; `ends` leave out a final `'s`."""

    starts: Integers
    ends: Integers
    whole_ends: Integers
    codes: NDArray[np.uint64]
    sums: Hashes
    digit: NDArray[np.bool_]
    letter: NDArray[np.bool_]
    first_upper: NDArray[np.bool_]
    uppers: Integers
    lowers: Integers

    def __len__(self) -> int:
        return len(self.starts)

    def hashed(self, starts: Integers, ends: Integers) -> Hashes:
        """Of the stretches from `starts` to `ends`; an empty one's is that of nothing."""
        return mixed((self.sums[ends] - self.sums[starts]) * _BACK[starts] + (ends - starts).astype(np.uint64))


def read(text: str) -> Reading:
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    classes, codes, upper, lower = _looked_up(text, raw)
    inner = np.flatnonzero(codes == ord("'"))
    if inner.size:
        inner = inner[(inner > 0) & (inner < len(raw) - 1)]
        classes[inner[(classes[inner - 1] == _LETTER) & (classes[inner + 1] == _LETTER)]] = _LETTER
    beside = classes[1:] != classes[:-1]
    alone = classes == _OTHER
    begins, closes = np.ones(len(raw), np.bool_), np.ones(len(raw), np.bool_)
    begins[1:] = beside | alone[1:]
    closes[:-1] = beside | alone[:-1]
    word = classes != _SPACE
    starts, ends = np.flatnonzero(begins & word), np.flatnonzero(closes & word) + 1
    with np.errstate(over="ignore"):
        sums = np.zeros(len(raw) + 1, np.uint64)
        np.cumsum((codes + np.uint64(1)) * _POWERS[: len(raw)], out=sums[1:])
    counts = np.zeros((2, len(raw) + 1), np.int64)
    np.cumsum(upper, out=counts[0, 1:])
    np.cumsum(lower, out=counts[1, 1:])
    of = classes[starts]
    letter = of == _LETTER
    bare = _without_possessive(codes, starts, ends) if inner.size else ends
    return Reading(
        starts, bare, ends, codes, sums, of == _DIGIT, letter, upper[starts],
        counts[0, ends] - counts[0, starts], counts[1, ends] - counts[1, starts],
    )  # fmt: skip


def _looked_up(text: str, raw: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    if raw.size == 0 or raw.max() < _TABLE:
        return _CLASSES[raw], _FOLDS[raw], _UPPER[raw], _LOWER[raw]
    low = np.minimum(raw, _TABLE - 1)
    classes, codes, upper, lower = _CLASSES[low], _FOLDS[low], _UPPER[low], _LOWER[low]
    for at in np.flatnonzero(raw >= _TABLE).tolist():
        classes[at], codes[at] = _class(text[at]), ord(_fold(text[at]))
        upper[at], lower[at] = text[at].isupper(), text[at].islower()
    return classes, codes, upper, lower


def _without_possessive(codes: NDArray[np.uint64], starts: Integers, ends: Integers) -> Integers:
    possessive = (ends - starts > 2) & (codes[ends - 1] == ord("s")) & (codes[ends - 2] == ord("'"))
    bare: Integers = ends - 2 * possessive
    return bare


def word_hash(words: list[str]) -> Hashes:
    """Of words and rows of words, as `Reading.hashed` has them."""
    if not words:
        return np.zeros(0, np.uint64)
    out = []
    with np.errstate(over="ignore"):
        for word in words:
            codes = np.array([ord(_fold(character)) + 1 for character in word], np.uint64)
            out.append(np.sum(codes * _POWERS[: len(codes)], dtype=np.uint64) + np.uint64(len(codes)))
    return mixed(np.array(out, np.uint64))
