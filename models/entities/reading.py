"""One text being read: its words in one language, and what each category of word is at each place, looked up once."""

# ruff: noqa: SIM905
from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from models.entities.lexicon import Lexicon
from models.entities.numbers import Numbers
from models.entities.words import Word

Values = tuple[tuple[Any, int], ...]
"""Each value a category may have at a place, with the place after it; the longest first."""
_SIGNS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
CLOSED: Final = "CLOSED"
_ALSO_A_WORD: Final = frozenset("sat sun mon wed mar so do mi".split())
_DAYS: Final = frozenset({"day", "week", "month", "year", "fortnight"})
_HOURS: Final = frozenset({"second", "minute", "hour"})


class Reading:
    def __init__(self, words: tuple[Word, ...], lexicon: Lexicon) -> None:
        self.words, self.lexicon = words, lexicon
        self.numbers = Numbers(words, lexicon)
        self._known: dict[tuple[str, int], Values] = {}

    def read(self, category: str, at: int) -> Values:
        key = (category, at)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (
                tuple(CATEGORIES[category](self, at)) if at < len(self.words) or category == CLOSED else ()
            )
        return known

    def text(self, at: int) -> str:
        return self.words[at].text if 0 <= at < len(self.words) else ""

    def integer(self, at: int) -> Iterator[tuple[int, int]]:
        found = self.numbers.integer(at)
        if found:
            yield found
            shorter = self.numbers.below_hundred(at)
            if shorter and shorter[1] < found[1]:
                yield shorter

    def ordinal(self, at: int) -> Iterator[tuple[int, int]]:
        known = self.lexicon
        tens = known.tens.get(self.text(at))
        ones = known.ordinals.get(self.text(at + 1), 0)
        if tens in (20, 30) and 1 <= ones <= 9:
            yield tens + ones, at + 2
        if self.text(at) in known.ordinals:
            yield known.ordinals[self.text(at)], at + 1
        number = self.words[at].number
        after = self.words[at + 1] if at + 1 < len(self.words) else None
        if number and number <= 31 and after and after.glued and after.text in known.ordinal_endings:
            yield number, at + 2

    def day(self, at: int) -> Iterator[tuple[int, int]]:
        for value, end in (*self.ordinal(at), *self.integer(at)):
            if 1 <= value <= 31 and not (self.text(end) == ":" and self.words[end].glued):
                yield value, end

    def year(self, at: int) -> Iterator[tuple[int, int]]:
        """Four digits; of two, only those that can be nothing else: `'84`, `eighty four`, as a negative number."""
        found = self.numbers.integer(at)
        if found and 1900 <= found[0] <= 2100:
            yield found
        pair = self.numbers.pair(at)
        if pair and pair[0][0] in (19, 20, 21) and not (found and found[0] >= 1900):
            yield 100 * pair[0][0] + pair[0][1], pair[1]
        if self.text(at) in ("'", "’") and len(self.text(at + 1)) == 2 and self.words[at + 1].number is not None:
            yield -int(self.text(at + 1)) or -100, at + 2
        if found and 32 <= found[0] <= 99 and self.text(found[1]) not in self.lexicon.currencies:
            yield -found[0], found[1]

    def numeric(self, at: int) -> Iterator[tuple[tuple[int, int, int, int], int]]:
        """Three numbers with the same mark between: each, and whether it begins with the year. `5/3` has year 0."""
        numbers: list[Word] = [self.words[at]]
        mark = self.text(at + 1)
        if mark not in ("/", "-", ".") or self.words[at].number is None:
            return
        place = at + 1
        while len(numbers) < 3 and self.text(place) == mark and place + 1 < len(self.words):
            after = self.words[place + 1]
            if after.number is None or not (after.glued and self.words[place].glued):
                break
            numbers.append(after)
            place += 2
        if any(len(word.text) > 4 for word in numbers):
            return
        values = [int(word.text) for word in numbers]
        if len(values) == 3 and len(numbers[0].text) == 4 and mark != ".":
            yield (values[0], values[1], values[2], 1), place
        elif (
            len(values) == 3
            and len(numbers[2].text) in (2, 4)
            and max(map(len, (numbers[0].text, numbers[1].text))) <= 2
        ):
            yield (values[0], values[1], values[2] if len(numbers[2].text) == 4 else -(values[2] or 100), 0), place
        elif len(values) == 2 and max(len(word.text) for word in numbers) <= 2:
            point = mark == "." and self.lexicon.language == "de" and self.text(place) == "."
            if mark == "/" or point:
                yield (values[0], values[1], 0, 0), place + point

    def count(self, at: int) -> Iterator[tuple[Decimal, int]]:
        known = self.lexicon
        for value, end in self.numbers.decimal(at):
            if value >= 0:
                yield value, end
        after = at + 1 if self.text(at) in known.article else at
        couple = known.couple.get(self.text(after))
        if couple:
            end = after + 2 if self.text(after + 1) in ("of", "de") else after + 1
            yield Decimal(couple), end
            if self.text(end) in known.hundred:
                yield Decimal(couple * 100), end + 1
            scale = known.scales.get(self.text(end))
            if scale:
                yield Decimal(couple * scale), end + 1
        if after > at:
            yield Decimal(1), after

    def unit(self, at: int, allowed: frozenset[str]) -> Iterator[tuple[str, int]]:
        unit = self.lexicon.units.get(self.text(at))
        if unit in allowed:
            yield unit, at + 1

    def hour(self, at: int) -> Iterator[tuple[tuple[int, bool], int]]:
        """With whether it is on the 24-hour clock for sure: `15`, `03`."""
        word = self.words[at]
        if word.number is not None:
            if word.number <= 24 and len(word.text) <= 2:
                yield (word.number, word.number > 12 or (word.text[0] == "0")), at + 1
            return
        for value, end in self.integer(at):
            if value <= 24:
                yield (value, value > 12 or value == 0), end

    def minute(self, at: int) -> Iterator[tuple[int, int]]:
        word = self.words[at]
        if word.number is not None:
            if len(word.text) == 2 and word.number < 60:
                yield word.number, at + 1
            return
        if word.text in self.lexicon.digit_zero:
            ones = self.lexicon.ones.get(self.text(at + 1))
            if ones:
                yield ones, at + 2
            return
        found = self.numbers.below_hundred(at)
        if found and 10 <= found[0] < 60:
            yield found

    def holiday(self, at: int) -> Iterator[tuple[tuple[int, int], int]]:
        for count in range(min(4, len(self.words) - at), 0, -1):
            name = " ".join(word.text for word in self.words[at : at + count])
            if name in self.lexicon.holidays:
                yield self.lexicon.holidays[name], at + count
                return

    def weekday(self, at: int) -> Iterator[tuple[int, int]]:
        word, after = self.text(at), self.text(at + 1)
        day = self.lexicon.weekdays.get(word)
        if day is None:
            return
        sure = word not in _ALSO_A_WORD or after in (",", ".") or after[:1].isdigit() or after in self.lexicon.months
        if sure:
            yield day, at + 1 + (after == "." and len(word) <= 4 and self.text(at + 2) not in ("", " "))

    def month(self, at: int) -> Iterator[tuple[int, int]]:
        month = self.lexicon.months.get(self.text(at))
        if month:
            yield month, at + 1 + (self.text(at + 1) == "." and len(self.text(at)) <= 4)

    def half_day(self, at: int) -> Iterator[tuple[str, int]]:
        word = self.text(at)
        if word in ("am", "pm"):
            yield word, at + 1
        elif word in ("a", "p") and self.text(at + 1) == "m":
            yield f"{word}m", at + 2

    def currency(self, at: int) -> Iterator[tuple[str, int]]:
        known = self.lexicon
        if self.text(at) in known.nations and self.text(at + 1) in known.currencies:
            yield known.nations[self.text(at)], at + 2
        elif self.text(at) in known.currencies:
            yield known.currencies[self.text(at)], at + 1

    def closed(self, at: int) -> Iterator[tuple[bool, int]]:
        """Nothing follows that the words before it could count or name. Takes no word."""
        after = self.text(at)
        if not after[:1].isalnum() or after in self.lexicon.closing or after in self.lexicon.parts:
            yield True, at

    def looked_up(self, at: int, known: Any) -> Iterator[tuple[Any, int]]:
        value = known.get(self.text(at))
        if value is not None:
            yield value, at + 1


CATEGORIES: Final[dict[str, Callable[[Reading, int], Iterator[tuple[Any, int]]]]] = {
    "ORD": Reading.ordinal,
    "DAY": Reading.day,
    "MONTH": Reading.month,
    "WEEKDAY": Reading.weekday,
    "YEAR": Reading.year,
    "YEAR4": lambda one, at: (read for read in one.year(at) if read[0] > 0),
    "NUMERIC": Reading.numeric,
    "INT": Reading.integer,
    "NUM": lambda one, at: one.numbers.decimal(at),
    "PAIR": lambda one, at: iter(() if (found := one.numbers.pair(at)) is None else (found,)),
    "DIGITS": lambda one, at: iter(() if (found := one.numbers.digits(at)) is None else (found,)),
    "COUNT": Reading.count,
    "UNIT": lambda one, at: one.unit(at, _DAYS | _HOURS),
    "DAYS": lambda one, at: one.unit(at, _DAYS),
    "HOURS": lambda one, at: one.unit(at, _HOURS),
    "FORTNIGHT": lambda one, at: one.unit(at, frozenset({"fortnight"})),
    "HOUR": Reading.hour,
    "MINUTE": Reading.minute,
    "HOUR_WRITTEN": lambda one, at: one.hour(at) if one.words[at].number is not None else iter(()),
    "MINUTE_WRITTEN": lambda one, at: one.minute(at) if one.words[at].number is not None else iter(()),
    "HALF_DAY": Reading.half_day,
    "PART": lambda one, at: one.looked_up(at, one.lexicon.parts),
    "HOLIDAY": Reading.holiday,
    "SIGN": lambda one, at: one.looked_up(at, _SIGNS),
    "CURRENCY": Reading.currency,
    CLOSED: Reading.closed,
    "CENTS": lambda one, at: one.looked_up(at, one.lexicon.cents),
    "SLANG": lambda one, at: one.looked_up(at, one.lexicon.slang),
}
