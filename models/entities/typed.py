"""Candidates of every typed kind in one text: dates, times, moments, durations, money, numbers."""

# ruff: noqa: SIM905
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from appliance.privacy import values as v
from models.entities import amounts, dates
from models.entities.amounts import paired, plain
from models.entities.dates import Context, Meaning
from models.entities.english import ENGLISH
from models.entities.german import GERMAN, split
from models.entities.lexicon import Lexicon
from models.entities.reading import Reading
from models.entities.rules import Rules
from models.entities.spanish import SPANISH
from models.entities.words import Word, words

MEANINGS: Final[dict[str, Meaning]] = {**dates.MEANINGS, **amounts.MEANINGS}
LEXICONS: Final[dict[str, Lexicon]] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH}
RULED: Final = frozenset({"date", "time", "moment", "duration", "money"})
KINDS: Final = RULED | {"number"}
_BARE: Final = 0.6
"""Confidence of an amount or number that nothing but its digits speaks for."""
_BETWEEN: Final = frozenset(", at on um am gegen a las la el den der the from von".split())


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something of a type between two characters, and its value."""

    kind: str
    start: int
    end: int
    value: v.Value
    confidence: float = 1.0


@lru_cache(maxsize=8)
def _rules(language: str) -> Rules:
    return Rules(LEXICONS[language].rules, LEXICONS[language].vocabulary)


def lexicon_of(locale: str) -> Lexicon:
    return LEXICONS.get(locale[:2], ENGLISH)


def _apart(said: list[Word], lexicon: Lexicon) -> list[Word]:
    """German compounds as their pieces, each standing for the characters of the whole."""
    if lexicon is not GERMAN:
        return said
    return [replace(word, text=piece) for word in said for piece in split(word.text)]


class Typed:
    """A text read once: its candidates may be asked for in several contexts."""

    def __init__(self, text: str, locale: str, wanted: Iterable[str], asked: Iterable[str]) -> None:
        """Of the kinds wanted; what is asked for may be said more shortly."""
        self._text, self._lexicon = text, lexicon_of(locale)
        self._kinds, self._expected = frozenset(wanted), frozenset(asked)
        self._reading = Reading(tuple(_apart(words(text), self._lexicon)), self._lexicon)
        tried = (self._kinds & RULED) | {f"{kind}?" for kind in self._expected & RULED}
        if "moment" in self._kinds:
            tried |= {"date", "time"}
        if "moment" in self._expected:
            tried |= {"date?", "time?"}
        self._matches = list(_rules(self._lexicon.language).matches(self._reading, frozenset(tried)))

    def candidates(self, context: Context) -> list[Candidate]:
        """They may overlap: `chosen` decides."""
        found: list[Candidate] = []
        for match in self._matches:
            value = MEANINGS[match.rule.meaning](match.bound, context)
            if value is not None:
                start, end = self._reading.words[match.begin].start, self._reading.words[match.end - 1].end
                found.append(Candidate(match.rule.kind.rstrip("?"), start, end, value))
        if "moment" in self._kinds:
            found += _joined(self._text, found, self._lexicon)
        if self._kinds & {"number", "money"}:
            found += _numbers(self._reading, context, self._kinds, self._expected)
        return found


def _joined(text: str, found: list[Candidate], lexicon: Lexicon) -> list[Candidate]:
    """A day and a time beside each other are a moment."""
    days = longest([one for one in found if one.kind == "date"])
    times = longest([one for one in found if one.kind == "time"])
    made: list[Candidate] = []
    for first, second in pairwise(sorted([*days, *times], key=lambda one: one.start)):
        day, time = (first, second) if first.kind == "date" else (second, first)
        if first.end > second.start or not isinstance(day.value, v.Date) or not isinstance(time.value, v.Time):
            continue
        if {word.text for word in words(text[first.end : second.start])} - _BETWEEN:
            continue
        late = any(word.text in lexicon.late for word in words(text[day.start : day.end]))
        clock = time.value.time
        if late and "05:00" <= clock < "12:00":
            clock = f"{int(clock[:2]) + 12}{clock[2:]}"
        made.append(Candidate("moment", first.start, second.end, v.Moment(f"{day.value.date}T{clock}")))
    return made


def _numbers(reading: Reading, context: Context, kinds: frozenset[str], expected: frozenset[str]) -> list[Candidate]:
    """Numbers, and amounts of money that have no currency; both are surer where they are asked for."""
    found: list[Candidate] = []
    at = 0
    while at < len(reading.words):
        read = _number(reading, at)
        if read is None:
            at += 1
            continue
        number, amount, end = read
        start, stop = reading.words[at].start, reading.words[end - 1].end
        if "number" in kinds and abs(number) < Decimal(10) ** 15:
            sure = 1.0 if "number" in expected else 0.8
            found.append(Candidate("number", start, stop, v.Number(plain(number)), sure))
        if "money" in kinds:
            value = amounts.money_of(amount, context.currency)
            if value is not None and ("money" in expected or "number" not in kinds):
                found.append(Candidate("money", start, stop, value, 0.9 if "money" in expected else _BARE))
        at = end
    return found


def _number(reading: Reading, at: int) -> tuple[Decimal, Decimal, int] | None:
    """As a number and as an amount: `nineteen ninety nine` is 1999, or 19.99."""
    if at and reading.words[at].glued and reading.text(at - 1).isalpha():
        return None  # b2b
    read = (*reading.read("COUNT", at), *reading.read("NUM", at))
    ways: list[tuple[Decimal, Decimal, int]] = [(value, value, end) for value, end in read]
    ways = [way for way in ways if reading.text(at) not in reading.lexicon.article or way[0] != 1]
    for pair, end in reading.read("PAIR", at):
        ways.append((Decimal(100 * pair[0] + pair[1]), paired(pair), end))
    for digits, end in reading.read("DIGITS", at):
        if len(digits) <= 15:
            ways.append((Decimal(digits), Decimal(digits), end))
    best = max(ways, key=lambda way: way[2], default=None)
    if best is None:
        return None
    slang = reading.lexicon.slang.get(reading.text(best[2]))
    if slang:
        return best[0] * slang, best[1] * slang, best[2] + 1
    return best


def longest(found: list[Candidate]) -> list[Candidate]:
    """Those that no longer one overlaps, in order."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, -one.confidence)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def chosen(found: list[Candidate], expected: frozenset[str]) -> list[Candidate]:
    """Those that stand: what is asked for first, then the longest; a time is rather a time than a number."""

    def rank(one: Candidate) -> tuple[bool, int, float, int]:
        return one.kind not in expected, one.start - one.end, -one.confidence, _ORDER.index(one.kind)

    kept: list[Candidate] = []
    for one in sorted(found, key=rank):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


_ORDER: Final = ("moment", "date", "time", "duration", "money", "number")


def in_context(context: Context, prefer: str, currency: str | None) -> Context:
    return replace(context, prefer=prefer, currency=currency or context.currency)
