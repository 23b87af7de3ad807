"""What may be said, as a finite-state grammar: hinted phrases, fillers around them, digits, amounts, a way out.

Sans-I/O: hints in, transitions out, for any recogniser that takes a word graph. The way out is a loop over single
phones: whatever fits no phrase is carried off by it, so that the result says "not understood" instead of the nearest
phrase.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from appliance.ports import Hints

DIGITS: Final = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TIMES: Final = ("double", "triple")
HESITATIONS: Final = ("um", "uh")
BEFORE: Final = (*HESITATIONS, "please", "okay", "yes", "no", "i want", "i would like", "i'd like")
AFTER: Final = (*HESITATIONS, "please", "thanks", "thank you")
PHONES: Final = tuple(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()
)
_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()


@dataclass(frozen=True, slots=True)
class Weights:
    """How likely what is around a phrase is; found on telephone-band speech, see `telephone_band`."""

    filler: float = 1e-3
    digits: float = 0.3
    amounts: float = 0.3
    way_out: float | None = None
    phone: float = 0.02


@dataclass(slots=True)
class Grammar:
    """Arcs `(from, to, probability, word)`; an empty word is a free move. State 0 starts."""

    final: int
    arcs: list[tuple[int, int, float, str]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    def add(self, start: int, end: int, probability: float, word: str = "") -> None:
        self.arcs.append((start, end, probability, word))
        if word:
            self.words.add(word)


def spoken(phrase: str) -> list[str]:
    """A phrase's words as they are said: lower case, no punctuation, numbers in words."""
    plain = unicodedata.normalize("NFKD", phrase).encode("ascii", "ignore").decode().lower()
    words: list[str] = []
    for token in re.findall(r"[a-z]+(?:'[a-z]+)*|[0-9]+", plain.replace("&", " and ")):
        words.extend(number_words(token) if token[0].isdigit() else [token])
    return words


def number_words(digits: str) -> list[str]:
    """`"24"` → twenty four. Above 999, and with a leading zero, digit by digit."""
    if len(digits) > 3 or (digits[0] == "0" and len(digits) > 1):
        return [_ONES[int(digit)] for digit in digits]
    number, words = int(digits), []
    if number >= 100:
        words = [_ONES[number // 100], "hundred"]
        number %= 100
        if number == 0:
            return words
    if number < 20:
        return [*words, _ONES[number]]
    return [*words, _TENS[number // 10 - 2], *([_ONES[number % 10]] if number % 10 else [])]


def phone_word(phone: str) -> str:
    """The pseudo-word of one phone on the way out."""
    return f"++{phone}++"


def compile_grammar(hints: Hints, weights: Weights = Weights()) -> Grammar:
    """The graph: hesitation or filler, then a phrase or digits, then a courtesy; or the way out."""
    begin, body, said, final = 0, 1, 2, 3
    grammar, states = Grammar(final), _States(4)
    _optional(grammar, states, begin, body, BEFORE, weights.filler)
    _optional(grammar, states, said, final, AFTER, weights.filler)
    _phrases(grammar, states, body, said, hints.phrases)
    if hints.digits:
        _digits(grammar, states, body, said, weights.digits)
    if hints.amounts:
        amount, done = states.new(), states.new()
        grammar.add(body, amount, weights.amounts)
        grammar.add(said, amount, weights.amounts)
        _amounts(grammar, states, amount, done)
        _optional(grammar, states, done, final, AFTER, weights.filler)
    if weights.way_out is not None:
        start, end = states.new(), states.new()
        grammar.add(begin, start, weights.way_out)
        for phone in PHONES:
            grammar.add(start, end, weights.phone, phone_word(phone))
        grammar.add(end, start, 1.0)
        grammar.add(end, final, 1.0)
    return grammar


class _States:
    def __init__(self, first: int) -> None:
        self._next = first

    def new(self) -> int:
        self._next += 1
        return self._next - 1


def _optional(
    grammar: Grammar, states: _States, start: int, end: int, phrases: tuple[str, ...], probability: float
) -> None:
    grammar.add(start, end, 1.0)
    for phrase in phrases:
        *first, last = phrase.split()
        at, weight = start, probability
        for word in first:
            following = states.new()
            grammar.add(at, following, weight, word)
            at, weight = following, 1.0
        grammar.add(at, end, weight, last)


def _phrases(grammar: Grammar, states: _States, start: int, end: int, phrases: tuple[str, ...]) -> None:
    """Phrases share their beginnings."""
    after: dict[tuple[int, str], int] = {}
    ends: set[int] = set()
    for phrase in phrases:
        at = start
        for word in spoken(phrase):
            following = after.get((at, word))
            if following is None:
                following = after[(at, word)] = states.new()
                grammar.add(at, following, 1.0, word)
            at = following
        if at != start and at not in ends:
            ends.add(at)
            grammar.add(at, end, 1.0)


def _digits(grammar: Grammar, states: _States, start: int, end: int, probability: float) -> None:
    """One or more of: a digit, or `double`/`triple` and a digit."""
    before, after, repeated = states.new(), states.new(), states.new()
    grammar.add(start, before, probability)
    for word in DIGITS:
        grammar.add(before, after, 1 / (len(DIGITS) + 1), word)
        grammar.add(repeated, after, 1 / len(DIGITS), word)
    for word in TIMES:
        grammar.add(before, repeated, 1 / 40, word)
    grammar.add(after, before, 1.0)
    grammar.add(after, end, 1.0)


def _amounts(grammar: Grammar, states: _States, begin: int, end: int) -> None:
    """0 to 999,999 dollars, with or without cents; or cents alone. A phrase may lead into it."""
    dollars, joined, cents, unit = (states.new() for _ in range(4))
    grammar.add(begin, dollars, 1.0, _ONES[0])
    thousands, below = states.new(), states.new()
    _below_thousand(grammar, states, begin, thousands)
    grammar.add(thousands, dollars, 1.0)
    grammar.add(thousands, below, 1.0, "thousand")
    grammar.add(below, dollars, 1.0)
    _below_thousand(grammar, states, below, dollars)
    _below_hundred(grammar, states, below, dollars, after="and")
    for word in ("dollar", "dollars"):
        grammar.add(dollars, unit, 1.0, word)
    grammar.add(unit, end, 1.0)
    grammar.add(unit, joined, 1.0, "and")
    grammar.add(unit, joined, 1.0)
    grammar.add(begin, joined, 0.1)
    grammar.add(joined, cents, 1.0, _ONES[0])
    _below_hundred(grammar, states, joined, cents)
    for word in ("cent", "cents"):
        grammar.add(cents, end, 1.0, word)


def _below_thousand(grammar: Grammar, states: _States, start: int, end: int) -> None:
    """1 to 999: four hundred (and) twelve, twelve."""
    digit, hundred = states.new(), states.new()
    _below_hundred(grammar, states, start, end)
    for word in _ONES[1:10]:
        grammar.add(start, digit, 1.0, word)
    grammar.add(digit, hundred, 1.0, "hundred")
    grammar.add(hundred, end, 1.0)
    _below_hundred(grammar, states, hundred, end)
    _below_hundred(grammar, states, hundred, end, after="and")


def _below_hundred(grammar: Grammar, states: _States, start: int, end: int, after: str = "") -> None:
    """1 to 99, after a word that joins it on where one is given."""
    if after:
        following = states.new()
        grammar.add(start, following, 1.0, after)
        start = following
    tens = states.new()
    for word in _ONES[1:]:
        grammar.add(start, end, 1.0, word)
    for word in _TENS:
        grammar.add(start, tens, 1.0, word)
    grammar.add(tens, end, 1.0)
    for word in _ONES[1:10]:
        grammar.add(tens, end, 1.0, word)
