"""What a run of digits is: card, social security number, telephone, customer number, secret code, or just a number.

Privacy first: 13 digits or more are always masked, whatever they are; Luhn's check only names them, since one
recognition error makes a card fail it. Shorter runs are judged by their shape and by the words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.labels import amount, begins_around, label, secret_before
from models.pii.landmarks import Landmarks
from models.pii.number_words import Words, all_words, foreign_words, words
from models.pii.numbers import Item, Run, luhn, restated, runs_of, spoken_runs
from models.pii.scattered import parted, scattered

CARD_DIGITS: Final = range(13, 20)
_DATE: Final = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-./])(?:0?[1-9]|[12][0-9]|3[01])\1(?:(?:19|20)[0-9]{2}|[0-9]{2}))(?![0-9])"
)
_EXTENSION: Final = re.compile(r"\s?(?:x|ext\.?|extension)\s?[0-9]{1,6}\b")
_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST: Final = 3
"""Digits that may be anything: a card's code."""
_ABROAD, _NUMBER_ABROAD, _CODE_FROM = 3, 7, 4
"""So many words of other languages must a number have that is looked at for their sake (or one among seven), and so
many digits, if it is no secret code."""
_ALL_ABROAD: Final = 6
"""So many, if all of its words are of other languages."""
_UNIT: Final = r"(?:ein|zwei|zwo|drei|vier|f(?:ü|ue)nf|sechs|sieben|acht|neun)"
_BELOW: Final = (
    rf"(?:{_UNIT}s?|zehn|elf|zw(?:ö|oe)lf|(?:drei|vier|f(?:ü|ue)nf|sech|sieb|acht|neun)zehn"
    rf"|(?:{_UNIT}und)?(?:zwan|drei|vier|f(?:ü|ue)nf|sech|sieb|acht|neun)(?:zig|ßig|ssig))"
)
_IN_ONE_WORD: Final = re.compile(
    rf"\b(?:{_UNIT}?tausend(?:{_UNIT}?hundert)?(?:und)?{_BELOW}?|{_UNIT}?hundert(?:und)?{_BELOW}?)\b"
)
_BESIDE: Final = re.compile(r"[ ,.-]{1,3}")


def numbered(
    text: str, expecting_secret: bool = False, language: str = "en", marks: Landmarks | None = None
) -> list[PersonalSpan]:
    """Spans in plain lower-case text. `expecting_secret`: a code was asked for, so a bare one is a secret."""
    marks = marks or Landmarks.of(text)
    found = list(_dates(text, marks))
    spoken = words(language)
    every = runs_of(text, spoken, marks)
    for run in every:
        found += _of_run(text, run, expecting_secret, spoken)
    if len(every) > 1:
        found += scattered(text, every, found)
        found += parted(text, every, found)
    if "hundert" in text or "tausend" in text:
        found += _in_one_word(text)
    if not marks.words.isdisjoint(foreign_words(language)):
        found += _foreign(text, language, marks, expecting_secret)
    return found


def _dates(text: str, marks: Landmarks) -> Iterator[PersonalSpan]:
    past = 0
    for start in marks.digits:
        match = _DATE.match(text, start) if start >= past else None
        if match:
            past = match.end()
            yield _span(start, past, "DATE", 0.88)


def _of_run(text: str, run: Run, expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    parts = restated(text, run, spoken)
    if len(parts) < 2:
        return _judged(text, run, expecting_secret, spoken)
    if len(parts[-1].digits) >= max(4, len(parts[0].digits)):
        again = _said_again(text, parts, expecting_secret, spoken)
        if again:
            return again
    return _put_right(text, run, parts[0], expecting_secret)


def _foreign(text: str, language: str, marks: Landmarks, expecting_secret: bool) -> list[PersonalSpan]:
    """Numbers in words of a language that nobody knew would be spoken: so many in a row as no prose has them."""
    spoken, own = all_words(language), words(language).sure
    found: list[PersonalSpan] = []
    for run in runs_of(text, spoken, marks):
        said = [item for item in run.items if item.sure and not item.written]
        abroad = sum(_WORD.match(text, item.start)[0] not in own for item in said)  # type: ignore[index]
        if not (abroad >= _ABROAD or (abroad and len(said) >= _NUMBER_ABROAD)) or run.sure_digits < _CODE_FROM:
            continue
        spans = _of_run(text, run, expecting_secret, spoken)
        if run.sure_digits >= (_ALL_ABROAD if abroad == len(said) else _NUMBER_ABROAD) or any(
            span.secret for span in spans
        ):
            found += spans
    return found


def _in_one_word(text: str) -> Iterator[PersonalSpan]:
    """`viertausendeinhundertelf eintausendeinhundertelf`: two such or more side by side are a number, unless all of
    them are even hundreds."""
    row: list[re.Match[str]] = []
    for match in (*_IN_ONE_WORD.finditer(text), None):
        if match is not None and row and _BESIDE.fullmatch(text, row[-1].end(), match.start()):
            row.append(match)
            continue
        if len(row) > 1 and not all(one[0].endswith(("hundert", "tausend")) for one in row):
            yield _span(row[0].start(), row[-1].end(), "NUMBER", 0.8)
        row = [match] if match is not None else []


def _judged(text: str, run: Run, expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    count = len(run.digits)
    if count < _SHORTEST:
        return []
    if count >= CARD_DIGITS.start and run.sure_digits >= 10 and not amount(text, run):
        lines = _lines(text, run)
        if lines:
            return [_widened(text, span) for line in lines for span in _of_line(text, line)]
        return [_widened(text, _long(text, run))]
    parts = (_short(text, part, expecting_secret) for part in spoken_runs(text, run, spoken))
    return [_widened(text, span) for span in parts if span is not None]


def _lines(text: str, run: Run) -> list[Run]:
    """The parts of a run that are numbers of their own, a line each: `12345` and below it a telephone number.

    None where it is one number after all, in groups of much the same length.
    """
    rows: list[list[Item]] = [[]]
    for at, item in enumerate(run.items):
        if at and "\n" in text[run.items[at - 1].end : item.start]:
            rows.append([])
        rows[-1].append(item)
    parts = [Run(tuple(row)) for row in rows]
    sizes = [len(part.digits) for part in parts]
    return parts if len(parts) > 1 and max(sizes) > max(6, min(sizes) + 1) else []


def _of_line(text: str, part: Run) -> list[PersonalSpan]:
    """Of a number that stood with others: always something."""
    if len(part.digits) >= CARD_DIGITS.start:
        return [_long(text, part)]
    return [_short(text, part, False) or _span(part.start, part.end, "NUMBER", 0.8)]


def _said_again(text: str, parts: list[Run], expecting_secret: bool, spoken: Words) -> list[PersonalSpan]:
    """`my pin is 1234, no sorry, 1235`: whatever one of them is, all are."""
    judged = [_judged(text, part, expecting_secret, spoken) for part in parts]
    whole = next((spans[0] for spans in reversed(judged) if spans), None)
    secret = next((spans[0] for spans in judged if spans and spans[0].secret), None)
    model = secret or whole
    if model is None:
        return []
    return [replace(model, start=part.start, end=part.end) for part in parts]


def _put_right(text: str, run: Run, first: Run, expecting_secret: bool) -> list[PersonalSpan]:
    """`078 05 11, no, 1120`: only a piece was said again, so that all of it together is one number."""
    around = begins_around(text, first)
    named, labelled_at = label(text, first, around)
    secret = secret_before(text, first, labelled_at, around) or ("PIN" if expecting_secret else None)
    if secret and len(run.digits) <= 2 * 8:
        return [PersonalSpan(run.start, run.end, secret, 1.0, secret=True)]
    if len(run.digits) < 7 or amount(text, run):
        return []
    if len(run.digits) >= CARD_DIGITS.start:
        return [_long(text, run)]
    return [_span(run.start, run.end, named or "NUMBER", 0.8)]


def _widened(text: str, span: PersonalSpan) -> PersonalSpan:
    """A telephone number with its bracket, its plus and its extension."""
    if span.kind not in ("PHONE", "NUMBER"):
        return span
    start = span.start
    while start > 0 and text[start - 1] in "(+":
        start -= 1
    extension = _EXTENSION.match(text, span.end)
    return replace(span, start=start, end=extension.end() if extension else span.end)


def _long(text: str, run: Run) -> PersonalSpan:
    digits = run.digits
    if len(digits) in CARD_DIGITS and luhn(digits):
        return _span(run.start, run.end, "CARD", 1.0)
    dialled = digits.startswith("00") or text[max(0, run.start - 2) : run.start].rstrip("(").endswith("+")
    if dialled and len(digits) <= 15:
        return _span(run.start, run.end, "PHONE", 0.9)
    kind = "CARD" if label(text, run, begins_around(text, run))[0] == "CARD" else "NUMBER"
    return _span(run.start, run.end, kind, 0.9)


def _short(text: str, run: Run, expecting_secret: bool) -> PersonalSpan | None:
    digits, groups = run.digits, run.groups()
    around = begins_around(text, run)
    named, labelled_at = label(text, run, around)
    if 3 <= len(digits) <= 8:
        secret = secret_before(text, run, labelled_at, around)
        if secret is None and expecting_secret and _alone(text, run):
            secret = "PIN"  # noqa: S105 - a kind
        if secret:
            return PersonalSpan(run.start, run.end, secret, 1.0, secret=True)
    if len(digits) < 4 or amount(text, run):
        return None
    if text.endswith("+", 0, run.start):
        return _span(run.start, run.end, "PHONE", 0.9) if len(digits) >= 7 else None
    kind = _kind(len(digits), groups, named)
    if kind is None and _digit_by_digit(run):
        return _span(run.start, run.end, "NUMBER", 0.7)
    if named is None and (_years(run) or any(item.scale for item in run.items)):
        return None
    return _span(run.start, run.end, kind, 0.85) if kind else None


def _digit_by_digit(run: Run) -> bool:
    """Four digits or more said one by one: nobody says a quantity or a year so."""
    return all(not item.written and len(set(item.digits)) == 1 and not item.scale for item in run.items)


def _years(run: Run) -> bool:
    return run.groups() == (4, 4) and all(item.digits[:2] in ("19", "20") for item in run.items)


def _kind(count: int, groups: tuple[int, ...], label: str | None) -> str | None:
    """By length, shape and label; None where it is of no concern (a year, a house number, a quantity)."""
    if groups == (3, 2, 4) or (label == "SSN" and count in (4, 9)):
        return "SSN"
    if count == 9 and label is None:
        return "SSN" if len(groups) in (1, 9) or max(groups) < 3 or groups == (3, 3, 3) else "PHONE"
    if label in ("EXPIRY", "POSTCODE", "DATE"):
        return label if count >= 4 else None
    if label == "ROUTING_NUMBER" and count == 9:
        return "ROUTING_NUMBER"
    if count == 8 and label in (None, "CUSTOMER_NUMBER"):
        return "CUSTOMER_NUMBER"
    if label is not None and count >= (7 if label == "PHONE" else 4):
        return label
    if 10 <= count <= 12 or groups == (3, 4):
        return "PHONE"
    return "NUMBER" if count >= 6 else None


def _alone(text: str, run: Run) -> bool:
    """Nothing of weight beside it: `it's 4321`, `4321 please`."""
    around = text[: run.start] + " " + text[run.end :]
    return len(re.findall(r"[a-z]+", around)) <= 6


def _span(start: int, end: int, kind: str, score: float) -> PersonalSpan:
    return PersonalSpan(start, end, kind, score)
