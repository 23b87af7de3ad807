"""Numbers among words, written and spoken: `1,234.56`, `two hundred and five`, `zweiunddreißig`, `two fifty`, `k`.

Every reader takes a place among the words and gives the value with the place after it, the longest first; or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from models.entities.lexicon import Lexicon
from models.entities.words import Word

LARGEST: Final = 10**15
MOST_DIGITS: Final = 64
Read = tuple[int, int]
"""Value and the place after it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    words: tuple[Word, ...]
    lexicon: Lexicon

    def text(self, at: int) -> str:
        return self.words[at].text if at < len(self.words) else ""

    def below_hundred(self, at: int) -> Read | None:
        known, word = self.lexicon, self.text(at)
        if known.ones_first and word in known.ones and self.text(at + 1) == known.ones_first:
            tens = known.tens.get(self.text(at + 2))
            if tens and known.ones[word]:
                return tens + known.ones[word], at + 3
        if word in known.teens:
            return known.teens[word], at + 1
        if word in known.tens:
            after = at + 2 if self.text(at + 1) in known.joins_tens else at + 1
            ones = (
                0 if known.ones_first or (known.joins_tens and after == at + 1) else known.ones.get(self.text(after), 0)
            )
            return (known.tens[word] + ones, after + 1) if ones else (known.tens[word], at + 1)
        return (known.ones[word], at + 1) if word in known.ones else None

    def below_thousand(self, at: int) -> Read | None:
        """Also `twelve hundred`, `a hundred`, `hundert`, `doscientos`."""
        known, word = self.lexicon, self.text(at)
        if word in known.hundreds:
            return self._with_rest(known.hundreds[word], at + 1)
        count = self.below_hundred(at) or ((1, at + 1) if word in known.article else None)
        if count is None or not count[0]:
            if word in known.hundred and known.language == "de":
                return self._with_rest(100, at + 1)
            return count if count and word not in known.article else None
        if self.text(count[1]) in known.hundred:
            return self._with_rest(100 * count[0], count[1] + 1)
        return None if word in known.article and word not in known.ones else count

    def _with_rest(self, hundreds: int, at: int) -> Read:
        joined = at + 1 if self.text(at) in self.lexicon.joins_hundreds else at
        rest = self.below_hundred(joined)
        return (hundreds + rest[0], rest[1]) if rest and rest[0] else (hundreds, at)

    def integer(self, at: int) -> Read | None:
        """`two thousand and twenty six`, `20 thousand`, `a million`, `zwölfhundert`."""
        known = self.lexicon
        total, place, smallest = 0, at, LARGEST
        while True:
            joined = place + 1 if place > at and self.text(place) in (*known.joins_hundreds, ",") else place
            part = self.below_thousand(joined)
            digits = self.words[joined].number if joined < len(self.words) and place == at else None
            if digits is not None:
                part = (digits, joined + 1)
            scale_at = part[1] if part else joined
            scale = known.scales.get(self.text(scale_at))
            if part is None and scale and (place == at or known.language != "en"):
                if known.language == "en":
                    return None
                part = (1, joined)
            elif part is None and place == at and self.text(at) in known.article:
                scale, scale_at = known.scales.get(self.text(at + 1)), at + 1
                part = (1, at + 1) if scale else None
            if part is None or (scale or 1) >= smallest:
                return (total, place) if place > at else None
            total, smallest = total + part[0] * (scale or 1), scale or 1
            place = scale_at + 1 if scale else part[1]
            if not scale or total > LARGEST:
                return (total, place) if total <= LARGEST else None

    def written(self, at: int) -> tuple[Decimal, int] | None:
        """`1,234.56` or, by the language, `1.234,56`; of the other mark, one or two digits after it are decimals."""
        if at >= len(self.words) or self.words[at].number is None:
            return None
        whole, place, comma = self.words[at].text, at + 1, self.lexicon.comma
        group = "." if comma == "," else ","
        while len(whole) <= 15 and self._glued_digits(place, group) == 3 and len(self.words[at].text) <= 3:
            whole, place = whole + self.text(place + 1), place + 2
        decimals = self._glued_digits(place, comma)
        if not decimals and place == at + 1 and self._glued_digits(place, group) in (1, 2):
            decimals = self._glued_digits(place, group)
        if 1 <= decimals <= 6:
            return Decimal(f"{whole}.{self.text(place + 1)}"), place + 2
        return Decimal(whole), place

    def _glued_digits(self, at: int, mark: str) -> int:
        if self.text(at) != mark or at + 1 >= len(self.words):
            return 0
        after = self.words[at + 1]
        return len(after.text) if self.words[at].glued and after.glued and after.number is not None else 0

    def decimal(self, at: int) -> Iterator[tuple[Decimal, int]]:
        """Any number, halves and scales included: `one point five`, `2.5 million`, `a hundred and a half`."""
        known = self.lexicon
        following = self.text(at + 1)
        if self.text(at) in known.minus or (self.text(at) == "-" and following and self.words[at + 1].glued):
            if following in known.minus or following == "-":
                return
            yield from ((-value, end) for value, end in self.decimal(at + 1) if value >= 0)
            return
        read = self.written(at) or self.integer(at)
        if read is None:
            yield from self._half_of_scale(at)
            return
        value, place = Decimal(read[0]), read[1]
        if self.text(place) in known.point:
            digits = self.digits(place + 1, least=1)
            if digits and len(digits[0]) <= 6:
                value, place = value + Decimal(f"0.{digits[0]}"), digits[1]
        after = self.after_half(place)
        if after:
            value, place = value + Decimal("0.5"), after
        scale = known.scales.get(self.text(place)) or (100 if self.text(place) in known.hundred else None)
        if scale:
            value, place = value * scale, place + 1
        if abs(value) <= LARGEST:
            yield value, place

    def _half_of_scale(self, at: int) -> Iterator[tuple[Decimal, int]]:
        """`half a million`, `una media docena`, `eine halbe Million`."""
        known = self.lexicon
        half = at + 1 if self.text(at) in known.article else at
        place = half + 2 if self.text(half + 1) in known.article else half + 1
        scale = known.scales.get(self.text(place)) or known.couple.get(self.text(place))
        if self.text(half) in known.half and scale:
            yield Decimal(scale) / 2, place + 1

    def after_half(self, at: int) -> int | None:
        """The place after `and a half`, `einhalb`, `y media`."""
        known = self.lexicon
        if self.text(at) in ("einhalb", "halb"):
            return at + 1
        if self.text(at) in ("and", "y", "und"):
            place = at + 2 if self.text(at + 1) in known.article else at + 1
            if self.text(place) in known.half and known.scales.get(self.text(place + 1)) is None:
                return place + 1 if known.language == "en" or self.text(place) in ("media", "medio") else None
            if self.text(place) in known.half:
                return place + 1
        return None

    def digits(self, at: int, least: int = 2) -> tuple[str, int] | None:
        """Digits said one by one: `double oh seven`, `1 2 3`."""
        known = self.lexicon
        found, place = "", at
        while place < len(self.words) and len(found) < MOST_DIGITS:
            times = known.times.get(self.text(place), 1)
            word = self.text(place + 1) if times > 1 else self.text(place)
            digit = "0" if word in known.digit_zero else str(known.ones[word]) if word in known.ones else word
            if not (len(digit) == 1 and digit.isascii() and digit.isdigit()):
                break
            found, place = found + digit * times, place + (2 if times > 1 else 1)
        return (found, place) if len(found) >= least and not (place == at + 1 and least > 1) else None

    def pair(self, at: int) -> tuple[tuple[int, int], int] | None:
        """`two fifty`, `nineteen ninety nine`, `twenty oh five`: two numbers said as one."""
        first = self.below_hundred(at)
        if first is None or not first[0] or self.lexicon.language != "en":
            return None
        if self.text(first[1]) in self.lexicon.digit_zero and first[0] >= 1:
            ones = self.lexicon.ones.get(self.text(first[1] + 1))
            return ((first[0], ones), first[1] + 2) if ones else None
        second = self.below_hundred(first[1])
        if second is None or second[0] < 10 or (10 < first[0] < 100 and first[0] % 10 == 0 and second[0] < 10):
            return None
        return (first[0], second[0]), second[1]
