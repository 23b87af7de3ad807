"""Dates, times, amounts and the rest as they are spoken or written in a locale. The only file that imports Babel.

Written forms are CLDR's, for every locale it knows. Spoken ones are words where a synthesiser would read the written
form wrongly (`May third`): English, German, Spanish; others speak the written one. An unknown locale is
English.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from datetime import date as Day
from datetime import time as Clock
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

Style = Literal["spoken", "written"]
DEFAULT: Final = "en-US"
_SIGNS: Final = {"USD": "$", "EUR": "€", "GBP": "£"}
_UNITS: Final = {
    ("en", "USD"): ("dollar", "dollars", "cent", "cents"),
    ("en", "EUR"): ("euro", "euros", "cent", "cents"),
    ("en", "GBP"): ("pound", "pounds", "penny", "pence"),
    ("de", "USD"): ("Dollar", "Dollar", "Cent", "Cent"),
    ("de", "EUR"): ("Euro", "Euro", "Cent", "Cent"),
    ("de", "GBP"): ("Pfund", "Pfund", "Penny", "Pence"),
    ("es", "USD"): ("dólar", "dólares", "centavo", "centavos"),
    ("es", "EUR"): ("euro", "euros", "céntimo", "céntimos"),
    ("es", "GBP"): ("libra", "libras", "penique", "peniques"),
}
_AND: Final = {"en": "and", "de": "und", "es": "con"}
_MINUS: Final = {"en": "minus", "de": "minus", "es": "menos"}
_EN: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_DE: Final = (
    "ersten zweiten dritten vierten fünften sechsten siebten achten neunten zehnten elften zwölften dreizehnten "
    "vierzehnten fünfzehnten sechzehnten siebzehnten achtzehnten neunzehnten zwanzigsten einundzwanzigsten "
    "zweiundzwanzigsten dreiundzwanzigsten vierundzwanzigsten fünfundzwanzigsten sechsundzwanzigsten "
    "siebenundzwanzigsten achtundzwanzigsten neunundzwanzigsten dreißigsten einunddreißigsten"
).split()
_HOURS: Final = "twelve one two three four five six seven eight nine ten eleven".split()
_DURATION: Final = re.compile(
    r"P(?:([0-9]+)W|(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?)"
)
_DURATION_UNITS: Final = ("week", "year", "month", "day", "hour", "minute", "second")
_USUAL_DAYS: Final = 300
"""A date so many days ahead needs no year said."""


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")


def money(amount: Decimal, currency: str, style: Style, locale: str) -> str:
    if style == "spoken":
        return _spoken_money(amount, currency, _locale(locale).language)
    if _locale(locale).language != "en":
        return format_currency(amount, currency, locale=_locale(locale)).replace("\xa0", " ")
    sign = "-" if amount < 0 else ""
    mark = _SIGNS.get(currency)
    return f"{sign}{mark}{abs(amount):,.2f}" if mark else f"{sign}{abs(amount):,.2f} {currency}"


def _spoken_money(amount: Decimal, currency: str, language: str) -> str:
    amount = amount.quantize(Decimal("0.01"))
    units, rest = divmod(int(abs(amount) * 100), 100)
    language = language if language in _AND else "en"
    minus = f"{_MINUS[language]} " if amount < 0 else ""
    if (language, currency) not in _UNITS:
        return f"{minus}{abs(amount)} {' '.join(currency)}"
    one, many, cent, cents = _UNITS[language, currency]
    whole = f"{units} {one if units == 1 else many}"
    part = f"{rest} {cent if rest == 1 else cents}"
    if rest == 0:
        return minus + whole
    return minus + (part if units == 0 else f"{whole} {_AND[language]} {part}")


def date(day: Day, style: Style, locale: str, today: Day | None = None) -> str:
    """`May third, 2026` or `May 3, 2026`; by locale `3 May 2026`, `3. Mai 2026`, `3 de mayo de 2026`."""
    known = _locale(locale)
    if style == "written" or known.language not in _AND:
        return format_date(day, "long", locale=known)
    usual = today is not None and 0 <= (day - today).days <= _USUAL_DAYS
    month = known.months["format"]["wide"][day.month]
    if known.language == "en":
        return f"{month} {_english_ordinal(day.day)}" + ("" if usual else f", {day.year}")
    if known.language == "de":
        return f"{_DE[day.day - 1]} {month}" + ("" if usual else f" {day.year}")
    return f"{'primero' if day.day == 1 else day.day} de {month}" + ("" if usual else f" de {day.year}")


def _english_ordinal(number: int) -> str:
    if number <= 20:
        return _EN[number - 1]
    if number == 30:
        return "thirtieth"
    return f"{'twenty' if number < 30 else 'thirty'} {_EN[number % 10 - 1]}"


def time(clock: str, style: Style, locale: str) -> str:
    """`three thirty p.m.` or `3:30 PM`; by locale `15 Uhr 30` or `15:30`."""
    known = _locale(locale)
    hour, minute = int(clock[:2]), int(clock[3:])
    if style == "spoken" and known.language == "de":
        return f"{hour} Uhr" + (f" {minute}" if minute else "")
    if style == "spoken" and known.language == "en":
        if (hour, minute) in ((0, 0), (12, 0)):
            return "noon" if hour else "midnight"
        minutes = "" if minute == 0 else f" oh {minute}" if minute < 10 else f" {minute}"
        return f"{_HOURS[hour % 12]}{minutes} {'p.m.' if hour >= 12 else 'a.m.'}"
    return format_time(Clock(hour, minute), "short", locale=known).replace("\u202f", " ")


def moment(day: Day, clock: str, style: Style, locale: str, today: Day | None = None) -> str:
    known = _locale(locale)
    if style == "spoken" and known.language in _AND:
        at = {"en": "at", "de": "um", "es": "a las"}[known.language]
        return f"{date(day, style, locale, today)} {at} {time(clock, style, locale)}"
    return f"{format_date(day, 'long', locale=known)}, {time(clock, 'written', locale)}"


def parts_of(iso: str) -> dict[str, int]:
    """`P1Y6M` as years and months, in order. Raises ValueError for what is no duration."""
    found = _DURATION.fullmatch(iso)
    parts = (
        {unit: int(count) for unit, count in zip(_DURATION_UNITS, found.groups(), strict=True) if count}
        if found
        else {}
    )
    if not parts:
        raise ValueError("not a duration")
    return parts


def duration(iso: str, locale: str) -> str:
    return " ".join(
        format_unit(count, f"duration-{unit}", "long", locale=_locale(locale)) for unit, count in parts_of(iso).items()
    )


def number(value: Decimal, style: Style, locale: str) -> str:
    known = _locale(locale)
    if style == "written":
        return format_decimal(value, locale=known)
    minus = f"{_MINUS.get(known.language, 'minus')} " if value < 0 else ""
    return minus + format_decimal(abs(value), locale=known, group_separator=False)


@lru_cache(maxsize=16)
def places(name: str) -> dict[str, str]:
    """Lower-case names of countries, and of the cities that time zones are called after, with their codes."""
    known = _locale(name)
    named = {str(said).lower(): code for code, said in known.territories.items() if len(code) == 2 and code.isalpha()}
    for zone in get_global("zone_territories"):
        area, _, city = zone.rpartition("/")
        if area and area != "Etc" and area.replace("/", "").replace("_", "").isalpha():
            exemplar = known.time_zones.get(zone, {}).get("city", city.replace("_", " "))
            named.setdefault(str(exemplar).lower(), zone)
    return named


def place(code: str, locale: str) -> str:
    if "/" in code:
        return code.rpartition("/")[2].replace("_", " ")
    return str(_locale(locale).territories.get(code, code))
