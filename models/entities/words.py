"""A text as words: folded to plain lower-case letters, each with the characters it stands for."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"[ap]\.\s?m\b\.?|[^\W\d_]+(?:['’][^\W\d_]+)*|[0-9]+|[^\s\w]", re.IGNORECASE)
_HESITATIONS: Final = frozenset("um uh uhm umm erm er ah eh hmm äh ähm öh este".split())
_JOINED: Final = frozenset("-‐‑–")


@dataclass(frozen=True, slots=True)
class Word:
    """`text` is folded: lower case, no accents. `glued`: nothing stands between it and the word before."""

    text: str
    start: int
    end: int
    glued: bool = False

    @property
    def number(self) -> int | None:
        known = self.text.isascii() and self.text.isdigit() and len(self.text) <= 15
        return int(self.text) if known else None


@lru_cache(maxsize=8192)
def folded(word: str) -> str:
    """`März` as `marz`, `a.m.` as `am`, `’` as `'`."""
    plain = word.lower().replace("ß", "ss").replace("’", "'")
    if re.fullmatch(r"[ap]\.\s?m\.?", plain):
        return plain[0] + "m"
    if plain.isascii():
        return plain
    return "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))


def words(text: str) -> list[Word]:
    """Hesitations and hyphens between letters are left out; every other mark is a word of its own."""
    found: list[Word] = []
    at = -1
    for token in _TOKEN.finditer(text):
        raw = token[0]
        start, end = token.span()
        if raw.lower() in _HESITATIONS:
            continue
        if raw in _JOINED and start == at and found and found[-1].text.isalpha() and text[end : end + 1].isalpha():
            at = end
            continue
        plain = folded(raw)
        if plain.endswith("'s") and plain != "'s":
            plain = plain[:-2]
        found.append(Word(plain, start, end, glued=start == at))
        at = end
    return found
