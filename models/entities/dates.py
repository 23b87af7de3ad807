"""Days: what the words of a date rule mean, against the clock and locale given. Functions by the name rules use."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from appliance.privacy import values as v
from models.entities.rules import Bound

_MONTHS: Final = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Context:
    """`now` where the party is; which day is meant where two fit; `day_first` of `5/3`; money with no currency said."""

    now: datetime
    prefer: str = "future"
    day_first: bool = False
    currency: str = "USD"

    @property
    def today(self) -> date:
        return self.now.date()


Meaning = Callable[[Bound, Context], v.Value | None]
MEANINGS: dict[str, Meaning] = {}


def meaning(function: Meaning) -> Meaning:
    MEANINGS[function.__name__.strip("_")] = function
    return function


def _date(day: date | None) -> v.Date | None:
    return v.Date(day.isoformat()) if day and 1000 <= day.year <= 9999 else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(year: int, context: Context) -> int:
    """Of two digits, as a negative number."""
    if year >= 0:
        return year
    full = context.today.year // 100 * 100 + -year % 100
    limit = 0 if context.prefer == "past" else 50
    return full - 100 if full > context.today.year + limit else full


def _in_some_year(month: int, day: int, year: int | None, context: Context) -> date | None:
    if year is not None:
        return _made(_full_year(year, context), month, day)
    step = 1 if context.prefer == "future" else -1
    for ahead in range(9):  # the 29th of February
        found = _made(context.today.year + step * ahead, month, day)
        if found and (found >= context.today if step > 0 else found <= context.today):
            return found
    return None


def plus_months(day: date, months: int) -> date:
    """The same day so many months on, or the month's last."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _moved(day: date, count: Any, unit: str) -> date | None:
    if count > 12_000:
        return None
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        return plus_months(day, int(months)) if months == int(months) else None
    days = count * {"day": 1, "week": 7, "fortnight": 14}[unit]
    return day + timedelta(days=int(days)) if days == int(days) else None


@meaning
def _day_of_month(bound: Bound, context: Context) -> v.Value | None:
    return _date(_in_some_year(bound["month"], bound["day"], bound.get("year"), context))


@meaning
def _numeric(bound: Bound, context: Context) -> v.Value | None:
    first, second, third, year_first = bound["date"]
    if year_first:
        return _date(_made(first, second, third))
    ways = [(second, first), (first, second)] if context.day_first else [(first, second), (second, first)]
    for month, day in ways:
        found = _in_some_year(month, day, third or None, context) if 1 <= month <= 12 else None
        if found:
            return _date(found)
    return None


@meaning
def _spoken_numeric(bound: Bound, context: Context) -> v.Value | None:
    return _numeric({"date": (bound["month"], bound["day"], bound["year"], 0)}, context)


def _days(count: int) -> Meaning:
    return lambda _bound, context: _date(context.today + timedelta(days=count))


MEANINGS.update(today=_days(0), tomorrow=_days(1), yesterday=_days(-1), in_two_days=_days(2), two_days_ago=_days(-2))
MEANINGS["nothing"] = lambda _bound, _context: None


def _week_day(weekday: int, context: Context, week: int) -> date:
    """In the week that is so many after this one; weeks begin on Monday."""
    return context.today - timedelta(days=context.today.weekday()) + timedelta(days=weekday + 7 * week)


@meaning
def _weekday(bound: Bound, context: Context) -> v.Value | None:
    ahead = (bound["weekday"] - context.today.weekday() - 1) % 7 + 1
    return _date(context.today + timedelta(days=ahead - 7 if context.prefer == "past" and ahead < 8 else ahead))


@meaning
def _next_weekday(bound: Bound, context: Context) -> v.Value | None:
    return _date(_week_day(bound["weekday"], context, 1))


@meaning
def _weekday_after_next(bound: Bound, context: Context) -> v.Value | None:
    return _date(_week_day(bound["weekday"], context, 2))


@meaning
def _last_weekday(bound: Bound, context: Context) -> v.Value | None:
    back = (context.today.weekday() - bound["weekday"] - 1) % 7 + 1
    return _date(context.today - timedelta(days=back))


@meaning
def _weekday_of_last_week(bound: Bound, context: Context) -> v.Value | None:
    return _date(_week_day(bound["weekday"], context, -1))


def _coming(weekday: int, context: Context) -> date:
    return context.today + timedelta(days=(weekday - context.today.weekday() - 1) % 7 + 1)


@meaning
def _week_from_weekday(bound: Bound, context: Context) -> v.Value | None:
    return _date(_coming(bound["weekday"], context) + timedelta(days=7))


@meaning
def _weeks_from_weekday(bound: Bound, context: Context) -> v.Value | None:
    return _date(_moved(_coming(bound["weekday"], context), bound["count"], "week"))


@meaning
def _from_now(bound: Bound, context: Context) -> v.Value | None:
    return _date(_moved(context.today, bound["count"], bound["unit"]))


@meaning
def _from_tomorrow(bound: Bound, context: Context) -> v.Value | None:
    return _date(_moved(context.today + timedelta(days=1), bound["count"], bound["unit"]))


@meaning
def _ago(bound: Bound, context: Context) -> v.Value | None:
    return _date(_moved(context.today, -bound["count"], bound["unit"]))


def _day_in_month(months: int) -> Meaning:
    def within(bound: Bound, context: Context) -> v.Value | None:
        first = plus_months(context.today.replace(day=1), months)
        return _date(_made(first.year, first.month, bound["day"]))

    return within


MEANINGS.update(day_this_month=_day_in_month(0), day_next_month=_day_in_month(1), day_last_month=_day_in_month(-1))


@meaning
def _day_alone(bound: Bound, context: Context) -> v.Value | None:
    step = 1 if context.prefer == "future" else -1
    for months in range(4):
        first = plus_months(context.today.replace(day=1), step * months)
        found = _made(first.year, first.month, bound["day"])
        if found and (found >= context.today if step > 0 else found <= context.today):
            return _date(found)
    return None


MEANINGS["day_alone_after_word"] = MEANINGS["day_alone"]


def _end_in(months: int) -> Meaning:
    return lambda _bound, context: _date(plus_months(context.today.replace(day=1), months + 1) - timedelta(days=1))


MEANINGS.update(end_of_month=_end_in(0), end_of_next_month=_end_in(1))
MEANINGS["start_of_next_month"] = lambda _bound, context: _date(plus_months(context.today.replace(day=1), 1))
MEANINGS["end_of_year"] = lambda _bound, context: _date(date(context.today.year, 12, 31))


@meaning
def _end_of_named_month(bound: Bound, context: Context) -> v.Value | None:
    for day in (31, 30, 29, 28):
        found = _in_some_year(bound["month"], day, context.today.year, context)
        if found:
            return _date(found if found >= context.today else _in_some_year(bound["month"], day, None, context))
    return None


@meaning
def _start_of_named_month(bound: Bound, context: Context) -> v.Value | None:
    return _date(_in_some_year(bound["month"], 1, None, context))


@meaning
def _weekend(_bound: Bound, context: Context) -> v.Value | None:
    return _date(context.today if context.today.weekday() == 5 else _coming(5, context))


MEANINGS["next_weekend"] = lambda _bound, context: _date(_week_day(5, context, 1))


@meaning
def _holiday(bound: Bound, context: Context) -> v.Value | None:
    month, day = bound["holiday"]
    return _date(_in_some_year(month, day, bound.get("year"), context))
