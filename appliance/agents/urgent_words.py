"""Words that mean something urgent wherever they stand: found by rules, so that no likelihood can miss them.

A phrase is words in order: `chest|heart ..3 pain|pains|hurt*`.

| part | what it fits |
|---|---|
| `pain` | the word; from five letters on also with one letter wrong, but the first |
| `pain|ache` | one of them |
| `hurt*` | any word that begins so |
| `=dying` | just this word, never misspelt |
| `all?` | is there or not |
| `..`, `..3` | up to four (three) words, whatever they are |

Capitals, accents, marks and apostrophes do not count: `can't` is `cant`, `Übelkeit` is `ubelkeit`, `heiß` is `heiss`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MISSPELT_FROM: Final = 5
"""Letters of a word that may have one wrong."""
GAP: Final = 4
GONE: Final = ""
"""In place of a word that belongs to an exception: fits nothing."""
REFERENCE: Final = "<>"
"""In place of a value that was redacted: it may be any word of an exception, and none of what is urgent."""
_PART = re.compile(r"\.\.[1-9]?|=?[^\W_]+\*?(?:\|=?[^\W_]+\*?)*\??")
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
"""What no accent makes of another letter."""
_WORD = re.compile(r"<[A-Z][A-Z0-9_]*>|[^\W_]+")
_APOSTROPHES = re.compile(r"['’‘`´]")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")


@dataclass(frozen=True, slots=True)
class _Part:
    ways: tuple[str, ...]
    """None of a gap."""
    optional: bool = False
    gap: int = 0
    """How many words it may be over."""


class NotAPhrase(ValueError):
    """The message says what is wrong."""


def said(text: str) -> list[str]:
    """The words of a text as phrases compare them."""
    plain = _APOSTROPHES.sub("", text)
    found = []
    for word in _WORD.findall(plain):
        if word.startswith("<"):
            found.append(REFERENCE)
            continue
        found.append(_DRAWN_OUT.sub(r"\1", _plain(word)))
    return found


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in folded if not unicodedata.combining(one)).translate(_LETTERS)


def found_in(text: str, phrases: tuple[str, ...], unless: tuple[str, ...] = ()) -> str | None:
    """The first of the phrases that is in a text once the exceptions are taken out of it. Exceptions fit to the letter:
    what is doubtful is urgent. Nothing of the text is kept."""
    words = said(text)
    taken_out = {at for _, start, end in _book(unless, exact=True).matches(words) for at in range(start, end)}
    left = [GONE if at in taken_out else word for at, word in enumerate(words)]
    found = min((number for number, _, _ in _book(phrases).matches(left)), default=None)
    return None if found is None else phrases[found]


def parsed(phrase: str) -> tuple[_Part, ...]:
    """Raises NotAPhrase."""
    parts = []
    for written in _plain(phrase).split():
        if not _PART.fullmatch(written):
            raise NotAPhrase(f'"{written}" is no part of a phrase')
        if written.startswith(".."):
            parts.append(_Part((), gap=int(written[2:] or GAP)))
        else:
            parts.append(_Part(tuple(written.removesuffix("?").split("|")), optional=written.endswith("?")))
    if not any(part.ways and not part.optional for part in parts):
        raise NotAPhrase("names no word")
    if not parts[0].ways or parts[0].optional or not parts[-1].ways:
        raise NotAPhrase("begins and ends with a word")
    return tuple(parts)


class _Book:
    """Phrases by the words that they begin with."""

    def __init__(self, phrases: tuple[str, ...], *, exact: bool) -> None:
        self._phrases = [parsed(phrase) for phrase in phrases]
        self._exact = exact
        self._whole: dict[str, set[int]] = {}
        self._beginnings: dict[str, set[int]] = {}
        self._alike: dict[tuple[str, int], set[str]] = {}
        """First letter and length → words that may have one letter wrong."""
        for number, parts in enumerate(self._phrases):
            for way in parts[0].ways:
                self._enter(way, number)

    def _enter(self, way: str, number: int) -> None:
        plain = way.removeprefix("=")
        if plain.endswith("*"):
            self._beginnings.setdefault(plain[:-1], set()).add(number)
            return
        self._whole.setdefault(plain, set()).add(number)
        if _may_be_misspelt(way) and not self._exact:
            for length in (len(plain) - 1, len(plain), len(plain) + 1):
                self._alike.setdefault((plain[0], length), set()).add(way)

    def matches(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Phrase, first word, and the word after the last, as often as they are there."""
        starting: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            if word and word not in starting:
                starting[word] = sorted(self._starting(word))
            for number in starting.get(word, ()):
                end = next(iter(_ends(self._phrases[number], words, at, self._exact)), None)
                if end is not None:
                    yield number, at, end

    def _starting(self, word: str) -> set[int]:
        found = set(self._whole.get(word, ()))
        for length in range(1, len(word) + 1):
            found |= self._beginnings.get(word[:length], set())
        for way in self._alike.get((word[0], len(word)), ()):
            if _one_off(way, word):
                found |= {n for n in self._whole[way] if way in self._phrases[n][0].ways}
        return found


@lru_cache(maxsize=64)
def _book(phrases: tuple[str, ...], *, exact: bool = False) -> _Book:
    return _Book(phrases, exact=exact)


def _ends(parts: Sequence[_Part], words: Sequence[str], at: int, exact: bool) -> Iterator[int]:
    """Where the parts end, if they begin at a word."""
    if not parts:
        yield at
        return
    part, rest = parts[0], parts[1:]
    if part.gap:
        for end in range(at, min(at + part.gap, len(words)) + 1):
            if GONE in words[at:end] or (REFERENCE in words[at:end] and not exact):
                return
            yield from _ends(rest, words, end, exact)
        return
    if at < len(words) and any(_fits(way, words[at], exact) for way in part.ways):
        yield from _ends(rest, words, at + 1, exact)
    if part.optional:
        yield from _ends(rest, words, at, exact)


def _fits(way: str, word: str, exact: bool) -> bool:
    if word in (GONE, REFERENCE):
        return exact and word == REFERENCE
    plain = way.removeprefix("=")
    if plain.endswith("*"):
        return word.startswith(plain[:-1])
    if word == plain:
        return True
    return not exact and _may_be_misspelt(way) and word[0] == way[0] and _one_off(way, word)


def _may_be_misspelt(way: str) -> bool:
    return len(way) >= MISSPELT_FROM and way[0] != "=" and way[-1] != "*"


def _one_off(wanted: str, word: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours have changed places."""
    if abs(len(wanted) - len(word)) > 1:
        return False
    same = next(
        (at for at, (a, b) in enumerate(zip(wanted, word, strict=False)) if a != b), min(len(wanted), len(word))
    )
    left, right = wanted[same:], word[same:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
