"""Whole dates in words, ages; in English, German, Spanish and French. Patterns over plain lower-case text.

`March 5, 1984`, `5 de marzo de 1984`, `Mon, 5 Mar 1984 10:30`. A month or a weekday alone is nobody's, and stays.
Dates in digits are found by `numbered`.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.landmarks import Landmarks, parts

_MONTH: Final = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m\u00e4rz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?|dez(?:ember)?|enero|febrero|marzo|abril|"
    r"mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janvier|f\u00e9vrier|mars|avril|juin|juillet|ao\u00fbt|"
    r"septembre|octobre|novembre|d\u00e9cembre)\b\.?"
)
_WEEKDAY: Final = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b,? ?)?"
_DAY: Final = r"(?:the )?(?:3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th|\.|er)?"
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_CLOCK: Final = r"(?:(?:,| at| t)? ?[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?: ?[ap]m)?)?"
_DATES: Final = re.compile(
    rf"(?<![\w/.-])(?:{_WEEKDAY}(?:{_MONTH} {_DAY},? {_YEAR}"
    rf"|{_DAY}(?: of| de)?[ -]{_MONTH}(?: de)?,?[ -]{_YEAR}){_CLOCK}"
    rf"|{_WEEKDAY}(?:{_MONTH} (?:3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?|{_DAY}(?: of| de)? {_MONTH})(?![\w])"
    rf"|{_MONTH},? {_YEAR}|{_DAY}[-/. ]{_MONTH}[-/. ](?:{_YEAR}|[0-9]{{2}})"
    rf"|{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[ t][0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?z?"
    rf"|(?:0?[1-9]|1[0-2])/(?:{_YEAR}|[0-9]{{2}})(?![-/.])|{_MONTH}-(?:{_YEAR}|[0-9]{{2}})|"
    rf"{_YEAR}[/-](?:0[1-9]|1[0-2])(?![-/.]))(?![\w])"
)
_ONES: Final = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS: Final = r"(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)"
_TENS: Final = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_NTH: Final = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|"
    r"eigh|nine)teenth|twentieth|thirtieth|(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth))"
)
_SAID_DAY: Final = rf"(?:{_NTH}|(?:twenty|thirty)[ -]{_ONES}|{_TEENS}|{_ONES}|twenty|thirty)"
_BELOW_100: Final = rf"(?:{_TENS}(?:[ -]{_ONES})?|{_TEENS}|(?:oh|o)[ -]{_ONES})"
_SAID_YEAR: Final = (
    rf"(?:(?:eighteen|nineteen|twenty)(?: hundred(?: and)?)?[ -]{_BELOW_100}|nineteen hundred|"
    rf"two thousand(?: and)?(?:[ -](?:{_BELOW_100}|{_ONES}))?|(?:19|20)[0-9]{{2}})"
)
_MONTH_EN: Final = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MONAT: Final = r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
_MES: Final = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
_MOIS: Final = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_SAID: Final = re.compile(
    rf"(?<![\w])(?:(?:the )?(?:{_NTH}|[0-3]?[0-9](?:st|nd|rd|th))(?: day)?(?: of)? {_MONTH_EN}"
    rf"(?:,? (?:in )?{_SAID_YEAR})?|{_SAID_DAY}(?: of)? {_MONTH_EN},? {_SAID_YEAR}"
    rf"|{_MONTH_EN} (?:the )?{_NTH}(?:,? (?:in )?{_SAID_YEAR})?|{_MONTH_EN} {_SAID_DAY},? {_SAID_YEAR}"
    rf"|{_MONTH_EN} {_SAID_YEAR}"
    rf"|[a-zäöüß]+(?:ter|ten|te) {_MONAT}(?: (?:neunzehnhundert|zweitausend)[a-zäöüß]*)?"
    rf"|[a-záéíóú]+(?: y [a-z]+)? de {_MES} (?:de|del) (?:mil novecientos|dos mil)"
    rf"(?: (?!que\b)[a-záéíóú]+(?: y [a-z]+)?)?"
    rf"|(?:premier|[a-zé-]+) {_MOIS} (?:mille neuf cents?|mil neuf cents?|deux mille)(?: [a-zé-]+(?: et [a-z]+)?)?"
    rf")(?![\w])"
)
"""As a date is said."""
_MONTHS: Final = frozenset(
    "january february march april may june july august september october november december januar februar märz mai "
    "juni juli oktober dezember enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre janvier février mars avril juin juillet août septembre octobre novembre décembre".split()
)
_SHORT_MONTHS: Final = _MONTHS.union("jan feb mar apr jun jul aug sep sept oct okt nov dec dez".split())
_SLASHED: Final = re.compile(r"[/-][0-9](?<=[0-9]..)")
_MARGIN, _SAID_MARGIN = 70, 120
"""Longer than any date is."""
_BORN: Final = re.compile(r"\b(?:born|birth\w*|dob|geboren|geburts\w*|naci\w*|n\u00e9e?|naissance)\b")
_YEARS_OLD: Final = re.compile(
    r"\b(?:[1-9][0-9]?|1[01][0-9])(?:[ -]?(?:year|yr)s?[ -]old|[ -]?y/?o\b| jahre alt| a\u00f1os de edad)"
)
_OLD: Final = ("old", "yo", "y/o", " alt", " edad")
_AGED: Final = re.compile(r"\baged? (?:[1-9][0-9]?|1[01][0-9])\b(?! ?(?:minutes|days|weeks|months))")
_BEFORE: Final = 40
_MONTH_YEAR: Final = 5
"""`12/27` is as likely a card's end, which its label says better."""


def dates(text: str, marks: Landmarks | None = None) -> list[PersonalSpan]:
    """Spans in plain lower-case text: DATE where it is a birth's, DATE_TIME otherwise, AGE."""
    marks = marks or Landmarks.of(text)
    slashed = [match.start() for match in _SLASHED.finditer(text)] if marks.digits else []
    found = [
        PersonalSpan(match.start(), match.end(), _kind(text, match.start()), _score(match[0]))
        for start, end in parts([*marks.places(_SHORT_MONTHS), *slashed], _MARGIN, _MARGIN, len(text))
        for match in _DATES.finditer(text, start, end)
    ]
    found += [
        PersonalSpan(match.start(), match.end(), _kind(text, match.start()), 0.9)
        for start, end in parts(marks.places(_MONTHS), _SAID_MARGIN, _SAID_MARGIN, len(text))
        for match in _SAID.finditer(text, start, end)
    ]
    if marks.digits:
        found += [PersonalSpan(*match.span(), "AGE", 0.8) for match in _ages(text, marks)]
    return found


def _ages(text: str, marks: Landmarks) -> Iterator[re.Match[str]]:
    places = marks.digits if any(word in text for word in _OLD) else ()
    for pattern, at in ((_YEARS_OLD, places), (_AGED, marks.places(("age", "aged")))):
        yield from filter(None, (pattern.match(text, place) for place in at))


def _kind(text: str, start: int) -> str:
    return "DATE" if _BORN.search(text, max(0, start - _BEFORE), start) else "DATE_TIME"


def _score(date: str) -> float:
    """A time of day has more digits than a long number needs, and colons that no such number has."""
    if ":" in date:
        return 0.95
    return 0.84 if len(date) <= _MONTH_YEAR else 0.88
