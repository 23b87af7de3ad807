"""What a language calls things, and its rules; `english`, `german` and `spanish` each make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.entities.words import folded

UNITS: Final = ("second", "minute", "hour", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Every word is folded. `rules`: type → (rule, meaning): see `rules.py`, and `dates.py` and `amounts.py`."""

    language: str
    ones: Mapping[str, int]
    """0 to 9; `oh` is 0 among digits only."""
    teens: Mapping[str, int]
    """10 to 19, and other words below a hundred that no ones follow."""
    tens: Mapping[str, int]
    hundreds: Mapping[str, int] = field(default_factory=dict)
    """Words of their own for 100 to 900."""
    hundred: frozenset[str]
    scales: Mapping[str, int]
    """Thousand, million."""
    joins_hundreds: frozenset[str] = frozenset()
    joins_tens: frozenset[str] = frozenset()
    """Between tens and ones: `treinta y cinco`."""
    ones_first: str = ""
    """Between ones and tens: `fünf und dreißig`."""
    ordinals: Mapping[str, int]
    ordinal_endings: frozenset[str]
    """After digits: `3rd`, `3.`, `3º`."""
    article: frozenset[str]
    """`a` hundred, `ein` Tag."""
    half: frozenset[str]
    couple: Mapping[str, int]
    """`a couple of`, `a dozen`: words in front of a unit, as numbers."""
    point: frozenset[str]
    minus: frozenset[str]
    times: Mapping[str, int]
    """`double` seven."""
    digit_zero: frozenset[str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    """Monday is 0."""
    units: Mapping[str, str]
    """As it is said → one of `UNITS`, or `fortnight`."""
    parts: Mapping[str, str]
    """Of a day: `morning`, `afternoon`, `evening`, `night`."""
    currencies: Mapping[str, str]
    cents: Mapping[str, str]
    """The hundredth's name → the currency it implies, or empty for the one at hand."""
    slang: Mapping[str, int]
    """`grand`, `k`: thousands that mean money."""
    nations: Mapping[str, str] = field(default_factory=dict)
    """In front of a currency: `swiss` francs."""
    closing: frozenset[str]
    """What may follow a short form such as `at two` or `on the second` without making it two or the second of it."""
    late: frozenset[str]
    """In a day's name, they put a time beside it in its second half: `tonight at eight`."""
    comma: str
    """Between whole and fraction in written numbers."""
    holidays: Mapping[str, tuple[int, int]]
    rules: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that a category of `reading.py` may begin with. What is not in it is passed over at once."""
        tables = (
            self.ones, self.teens, self.tens, self.hundreds, self.hundred, self.scales, self.ordinals, self.article,
            self.half, self.couple, self.point, self.minus, self.times, self.digit_zero, self.months, self.weekdays,
            self.units, self.parts, self.currencies, self.cents, self.slang, self.nations, ("am", "pm", "a", "p"),
        )  # fmt: skip
        return frozenset(word for one in tables for word in one) | {name.split()[0] for name in self.holidays}


def table(said: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """`zero oh,one,two` as words and their numbers: commas count on, blanks separate ways to say the same."""
    return {folded(word): first + step * number for number, ways in enumerate(said.split(",")) for word in ways.split()}


def mapped(**said: str) -> dict[str, str]:
    """`morning="morning mornings"` as word → name."""
    return {folded(word): name for name, ways in said.items() for word in ways.split()}


def plain(said: str) -> frozenset[str]:
    return frozenset(folded(word) for word in said.split())
