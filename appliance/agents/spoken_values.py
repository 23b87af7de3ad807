"""Days and times as parties say them, for a recogniser that hears only what it is told to expect. English."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_LONG: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS: Final = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth"),
)
_HOURS: Final = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)  # fmt: skip


@lru_cache(maxsize=1)
def days() -> tuple[str, ...]:
    """Near ones first; then every day of the year in the two usual ways."""
    near = ["today", "tomorrow", "yesterday", "the day after tomorrow", "the day before yesterday"]
    for day in _DAYS:
        near += [day, f"on {day}", f"next {day}", f"last {day}", f"this {day}"]
    year = [
        said
        for month, long in zip(_MONTHS, _LONG, strict=True)
        for number in range(1, long + 1)
        for said in (f"the {_ordinal(number)} of {month}", f"{month} {_ordinal(number)}")
    ]
    return (*near, *year)


@lru_cache(maxsize=1)
def times() -> tuple[str, ...]:
    """Whole, half and quarter hours, with and without the half of the day."""
    found = ["noon", "at noon", "midday", "in the morning", "in the afternoon", "in the evening"]
    for hour in _HOURS:
        for said in (f"{hour} o'clock", f"half past {hour}", f"quarter past {hour}", f"quarter to {hour}"):
            found += [said, f"at {said}"]
        for minutes in ("", " fifteen", " thirty", " forty five"):
            found += [f"{start}{hour}{minutes}{half}" for start in ("", "at ") for half in ("", " a m", " p m")]
    return tuple(found)


def _ordinal(number: int) -> str:
    if number < 10:
        return _UNITS[number - 1]
    if number < 20:
        return _TEENS[number - 10]
    tens, rest = divmod(number, 10)
    whole = {2: ("twentieth", "twenty"), 3: ("thirtieth", "thirty")}[tens]
    return f"{whole[1]} {_UNITS[rest - 1]}" if rest else whole[0]
