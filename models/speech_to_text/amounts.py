"""The amount of money in a transcript: `two hundred and five dollars and seventy cents` is 20570."""

# ruff: noqa: SIM905
from __future__ import annotations

from typing import Final

_ONES: Final = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS: Final = {
    word: 10 * number for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}


def cents_in(transcript: str) -> int | None:
    """The one amount the words hold, in hundredths; None where there is none, or more than one."""
    found: list[tuple[int, bool]] = []
    number: list[str] = []
    for word in transcript.lower().split():
        if word in _ONES or word in _TENS or word in ("hundred", "thousand"):
            number.append(word)
        elif word in ("dollar", "dollars", "cent", "cents"):
            value = _number(number)
            if value is None:
                return None
            found.append((value, word.startswith("dollar")))
            number = []
        elif word != "and" or not number:
            number = []
    match found:
        case [(dollars, True)]:
            return 100 * dollars
        case [(cents, False)] if cents < 100:
            return cents
        case [(dollars, True), (cents, False)] if cents < 100:
            return 100 * dollars + cents
    return None


def _number(words: list[str]) -> int | None:
    if not words:
        return None
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = total + 1000 * part, 0
        elif word == "hundred":
            part *= 100
        else:
            part += _ONES.get(word, 0) + _TENS.get(word, 0)
    return total + part
