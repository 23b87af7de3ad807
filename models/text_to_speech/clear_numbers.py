"""Amounts as words, and teens stressed at their end, so that `seventeen` is told from `seventy` over a telephone.

espeak-ng says both alike but for a last n, which the telephone's band all but hides. Double brackets are its phonemes.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_BEFORE_TEEN: Final = {
    "thirteen": "T3:", "fourteen": "fo@", "fifteen": "fIf", "sixteen": "sIks", "seventeen": "sEv@n",
    "eighteen": "eI", "nineteen": "naIn",
}  # fmt: skip
_AMOUNT: Final = re.compile(r"(?<![\d.,])(?:0|[1-9][0-9]{0,5})(?= (?:dollar|euro|pound|cent|penny|pence)s?\b)")
_TEEN: Final = re.compile(rf"\b(?:{'|'.join(_BEFORE_TEEN)})\b", re.IGNORECASE)
_BEFORE_CENTS: Final = re.compile(r"\b(dollar|euro|pound)(s?) and (?=\S+(?: \S+)? (?:cents?|penny|pence)\b)")


def clear(text: str) -> str:
    """Plain text in, espeak-ng's own notation out; brackets in `text`, which are its phonemes, become spaces."""
    text = text.replace("[", " ").replace("]", " ")
    text = _AMOUNT.sub(lambda found: in_words(int(found[0])), text)
    text = _BEFORE_CENTS.sub(r"\1\2, and ", text)
    return _TEEN.sub(lambda found: f"[[{_BEFORE_TEEN[found[0].lower()]}t'i:nnnn]]", text)


def in_words(number: int) -> str:
    """0 to 999,999, with a short pause after the thousands."""
    if number >= 1000:
        rest = number % 1000
        return f"{in_words(number // 1000)} thousand" + (f", {in_words(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{_ONES[number // 100]} hundred" + (f" {in_words(rest)}" if rest else "")
    if number >= 20:
        return _TENS[number // 10 - 2] + (f" {_ONES[number % 10]}" if number % 10 else "")
    return _ONES[number]
