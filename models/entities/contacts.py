"""Telephone numbers, e-mail addresses, account numbers, a card's last four, in raw text: written, said and spelled.

They lie in what the detector of personal data reads too (`models.pii`); here they get their values.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers

from appliance.privacy import values as v
from models.entities.typed import Candidate
from models.pii.contacts import contacts as detected
from models.pii.normalising import Plain, plain
from models.pii.numbers import Run, runs

KINDS: Final = frozenset({"phone", "email", "account", "card_last_four"})
_LAST_FOUR: Final = re.compile(
    r"(?:end(?:s|ing)?(?: (?:in|with|on))?|last (?:four|4)(?: digits)?(?: (?:are|is|of))?|card(?: number)?"
    r"|ends? (?:in|with)|endet (?:auf|mit)|letzten vier(?: ziffern)?(?: sind)?|termina en|terminada en)"
    r"(?:[\s:,]|is|are|my|the|it's)*$"
)
_ACCOUNT: Final = re.compile(
    r"(?:account|acct|konto|kontonummer|cuenta|iban)(?:\s|:|number|no\.?|nummer|is|ist|es|número|numero|my|it's)*$"
)
_SIGNS: Final = {
    "dot": ".", "point": ".", "period": ".", "punkt": ".", "punto": ".", "underscore": "_", "dash": "-", "hyphen": "-",
    "minus": "-", "guion": "-", "bindestrich": "-", "plus": "+", "at": "@", "arroba": "@",
}  # fmt: skip
_DIGITS: Final = {word: str(n) for n, word in enumerate("zero one two three four five six seven eight nine".split())}


def candidates(text: str, locale: str, kinds: frozenset[str], asked: frozenset[str]) -> Iterator[Candidate]:
    seen = plain(text)
    if "email" in kinds:
        for span in detected(seen.text):
            if span.kind == "EMAIL":
                address = _address(seen.text[span.start : span.end])
                if address:
                    yield Candidate("email", *seen.span(span.start, span.end), v.Text(address))
    if kinds & {"phone", "account", "card_last_four"}:
        for run in runs(seen.text):
            if run.items[0].digits == "4" and re.search(r"\blast $", seen.text[: run.start]):
                run = Run(run.items[1:]) if len(run.items) > 1 else run  # the last four: those follow
            yield from _numbered(seen, run, locale, kinds, asked)
    if "account" in kinds:
        for span in detected(seen.text):
            if span.kind == "IBAN":
                iban = "".join(filter(str.isalnum, seen.text[span.start : span.end])).upper()
                yield Candidate("account", *seen.span(span.start, span.end), v.Text(iban))


def _numbered(seen: Plain, run: Run, locale: str, kinds: frozenset[str], asked: frozenset[str]) -> Iterator[Candidate]:
    before = seen.text[max(0, run.start - 40) : run.start]
    digits = run.digits
    if "phone" in kinds:
        start, number = _phone(seen.text, run, locale)
        if number:
            yield Candidate("phone", *seen.span(start, run.end), v.Digits(number))
        elif "phone" in asked and 6 <= len(digits) <= 15:
            yield Candidate("phone", *seen.span(run.start, run.end), v.Digits(digits), 0.6)
    if "card_last_four" in kinds and len(digits) == 4 and ("card_last_four" in asked or _LAST_FOUR.search(before)):
        yield Candidate("card_last_four", *seen.span(run.start, run.end), v.Digits(digits))
    if "account" in kinds and len(digits) <= 18:
        named = bool(_ACCOUNT.search(before))
        if len(digits) >= (4 if named or "account" in asked else 8):
            yield Candidate("account", *seen.span(run.start, run.end), v.Digits(digits), 0.9 if named else 0.7)


def _phone(text: str, run: Run, locale: str) -> tuple[int, str | None]:
    """Where it begins, its plus or bracket included, and the number as E.164."""
    front = re.search(r"(?:\+|\bplus\s|\()\s*\(?$", text[: run.start])
    start = front.start() if front else run.start
    region = locale.rpartition("-")[2].upper() if "-" in locale else "US"
    sign = "+" if front and front[0].lstrip().startswith(("+", "plus")) else ""
    if not 7 <= len(run.digits) <= 15:
        return start, None
    try:
        number = phonenumbers.parse(sign + run.digits, region)
    except phonenumbers.NumberParseException:
        return start, None
    if not phonenumbers.is_valid_number(number):
        return start, None
    return start, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _address(said: str) -> str | None:
    """`john dot smith at example dot com` as it is written."""
    if "@" in said:
        address = re.sub(r"\s+", "", said)
    else:
        address = "".join(_SIGNS.get(word) or _DIGITS.get(word, word) for word in said.split())
    return address.strip(".") if address.count("@") == 1 else None
