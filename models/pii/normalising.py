"""Text as a detector should see it, with the way back to the original's characters.

Full-width and other scripts' digits become 0–9, keycap emoji lose their decoration, invisible characters vanish,
exotic dashes and spaces become plain ones. So nothing evades a pattern by how it is encoded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_PLAIN: Final = {
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "·": ".",
    "•": ".",
    "‧": ".",
    "∙": ".",
}
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_BY_PLACE: Final = "\u03a3"
"""Its small form depends on where it stands."""
_GONE: Final = frozenset("\u20e3\ufe0e\ufe0f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Keycap and variation selectors, soft hyphen, fillers. Format characters (Cf) and combining marks on digits go too."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain lower-case characters; `at[i]` is where character i came from, `at[-1]` the end of the original."""

    text: str
    at: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's characters that stand behind `text[start:end]`, decorations after the last included."""
        return self.at[start], self.at[end] if end == len(self.text) else self.at[end - 1] + self._width(end - 1)

    def _width(self, index: int) -> int:
        following = self.at[index + 1]
        return max(1, following - self.at[index]) if following > self.at[index] else 1


def plain(text: str) -> Plain:
    if text.isascii():
        return Plain(text.lower(), range(len(text) + 1))
    simpler = {character: _simple(character) for character in set(_FOREIGN.findall(text))}
    if all(len(one) == 1 for one in simpler.values()):
        for character, one in simpler.items():
            if one != character.lower() or character in _BY_PLACE:
                text = text.replace(character, one)
        return Plain(text.lower(), range(len(text) + 1))
    kept: list[str] = []
    at: list[int] = []
    past = 0
    for found in _FOREIGN.finditer(text):
        index = found.start()
        kept += text[past:index].lower()
        at += range(past, index)
        for one in simpler[text[index]]:
            kept.append(one)
            at.append(index)
        past = index + 1
    kept += text[past:].lower()
    at += range(past, len(text))
    return Plain("".join(kept), (*at, len(text)))


def _simple(character: str) -> str:
    if character.isascii():
        return character.lower()
    if character in _GONE:
        return ""
    if character in _PLAIN:
        return _PLAIN[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if category == "Mn":
        return ""
    return unicodedata.normalize("NFKC", character).lower()
