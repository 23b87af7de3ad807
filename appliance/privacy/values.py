"""The values behind references: their types, how they are read from what a person said, and how they are said back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from appliance.errors import Invalid, Tampered

Style = Literal["spoken", "written"]


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` is a decimal with a point, such as `-1234.56`; `currency` an ISO 4217 code."""

    amount: Annotated[str, Field(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    type: Literal["money"] = "money"


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Digits:
    """A number that is read digit by digit: account, card, telephone."""

    digits: Annotated[str, Field(pattern=r"^\+?[0-9]{1,64}$")]
    type: Literal["digits"] = "digits"


Value = Annotated[Money | Text | Digits, Field(discriminator="type")]
VALUE: TypeAdapter[Money | Text | Digits] = TypeAdapter(Value)

_WRITTEN_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_SPOKEN_UNITS = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
}
_DIGIT_WORDS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh o nought naught", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_WORD = re.compile(r"[a-z]+|[0-9]+|\+|[^\sa-z0-9+]+", re.IGNORECASE)
_HESITATIONS = frozenset("um uh uhm umm erm er ah eh hmm mm dash hyphen dot space".split())  # noqa: SIM905
_SEPARATOR = re.compile(r"[-.,()·–—]+")
_NEVER_DIGITS = frozenset(
    {"DATE", "DOB", "BIRTHDATE", "TIME", "AGE", "IP", "URL", "EMAIL", "PERSON", "NAME", "ADDRESS", "LOCATION", "MAC"}
)
"""A kind with one of these words in it is kept as it was said: `10.0.0.1` and `1980-05-12` are not digits to read."""


def encode(value: Value) -> bytes:
    """Canonical JSON: equal values give equal bytes."""
    return VALUE.dump_json(value)


def decode(raw: bytes) -> Value:
    try:
        return VALUE.validate_json(raw)
    except ValidationError:
        raise Tampered("a reference holds something other than a value") from None


def money(cents: int, currency: str = "USD") -> Money:
    """From an amount in hundredths of the currency's unit."""
    sign = "-" if cents < 0 else ""
    return Money(f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}", currency)


def read(kind: str, text: str) -> Value:
    """What a piece of personal data is: digits where it is nothing but digits, written or spelled, else its text."""
    digits = None if _NEVER_DIGITS.intersection(kind.split("_")) else read_digits(text)
    return Digits(digits) if digits else Text(text.strip())


def read_digits(text: str) -> str | None:
    """`4111 1111-1111` and `four one double one` as digits; None where there is anything else.

    A leading + is kept; hesitations between digits are passed over."""
    found: list[str] = []
    times = 1
    for word in _WORD.findall(text.lower()):
        if word.isascii() and word.isdigit():
            found.append(word * times)
            times = 1
        elif word in _DIGIT_WORDS:
            found.append(_DIGIT_WORDS[word] * times)
            times = 1
        elif word in _TIMES and times == 1:
            times = _TIMES[word]
        elif times == 1 and _between(word, first=not found):
            continue
        else:
            return None
    digits = "".join(found)
    if not digits.strip("0") and not re.search(r"[0-9]|zero", text.lower()):
        return None
    if times != 1 or not 1 <= len(digits) <= 64:
        return None
    return f"+{digits}" if text.lstrip().startswith("+") else digits


def _between(word: str, first: bool) -> bool:
    """What may stand beside digits: a plus before the first, separators, hesitations after it."""
    return (word == "+" and first) or bool(_SEPARATOR.fullmatch(word)) or (word in _HESITATIONS and not first)


def show(value: Value, style: Style) -> str:
    """As it is to be spoken (`1234 dollars and 56 cents`, `4 1 1 1`) or written (`$1,234.56`, `4111`)."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Digits):
        return value.digits if style == "written" else " ".join(value.digits.replace("+", ""))
    return _spoken_money(value) if style == "spoken" else _written_money(value)


def _amount(value: Money) -> Decimal:
    try:
        return Decimal(value.amount)
    except InvalidOperation:
        raise Invalid("an amount is not a number") from None


def _written_money(value: Money) -> str:
    amount = _amount(value)
    sign = "-" if amount < 0 else ""
    mark = _WRITTEN_SIGNS.get(value.currency)
    return f"{sign}{mark}{abs(amount):,.2f}" if mark else f"{sign}{abs(amount):,.2f} {value.currency}"


def _spoken_money(value: Money) -> str:
    amount = _amount(value).quantize(Decimal("0.01"))
    units, rest = divmod(int(abs(amount) * 100), 100)
    minus = "minus " if amount < 0 else ""
    if value.currency not in _SPOKEN_UNITS:
        return f"{minus}{abs(amount)} {' '.join(value.currency)}"
    one, many, cent, cents = _SPOKEN_UNITS[value.currency]
    whole = f"{units} {one if units == 1 else many}"
    part = f"{rest} {cent if rest == 1 else cents}"
    if rest == 0:
        return minus + whole
    return minus + (part if units == 0 else f"{whole} and {part}")
