"""The values behind references: their types, how they are read from what a person said, and how they are said back."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date as _Day
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from appliance.errors import Invalid, Tampered
from appliance.privacy import formats

Style = Literal["spoken", "written"]
DEFAULT_LOCALE = formats.DEFAULT
MOST_DIGITS = 64


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


def _is_day(text: str) -> str:
    _Day.fromisoformat(text)
    return text


def _begins_with_day(text: str) -> str:
    _Day.fromisoformat(text[:10])
    return text


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"


@dataclass(frozen=True, slots=True)
class Date:
    """A day: `2026-05-03`."""

    date: Annotated[str, Field(pattern=f"^{_DAY}$"), AfterValidator(_is_day)]
    type: Literal["date"] = "date"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day on the 24-hour clock: `15:30`."""

    time: Annotated[str, Field(pattern=f"^{_CLOCK}$")]
    type: Literal["time"] = "time"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a time of it, where the party is: `2026-05-03T15:30`."""

    at: Annotated[str, Field(pattern=f"^{_DAY}T{_CLOCK}$"), AfterValidator(_begins_with_day)]
    type: Literal["moment"] = "moment"


@dataclass(frozen=True, slots=True)
class Duration:
    """ISO 8601, as it was said: `P2W`, `PT90M`, `P1Y6M`."""

    iso: Annotated[
        str,
        Field(
            pattern=r"^P(?:[0-9]{1,5}W|(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}D)?"
            r"(?:T(?:[0-9]{1,5}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,7}S)?)?)$"
        ),
        AfterValidator(lambda iso: formats.parts_of(iso) and iso),
    ]
    type: Literal["duration"] = "duration"


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal with a point, such as `-12.5`."""

    number: Annotated[str, Field(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$")]
    type: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class Option:
    """One of an agent's own list, by its name in the definition."""

    option: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
    type: Literal["option"] = "option"


@dataclass(frozen=True, slots=True)
class Code:
    """Letters, digits and marks: an order's or a ticket's number, such as `AB-12345`."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9](?:[A-Z0-9._/-]{0,38}[A-Z0-9])?$")]
    type: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class Place:
    """A country by its ISO 3166 code (`DE`), or a large city by its IANA time zone (`Europe/Berlin`)."""

    place: Annotated[str, Field(pattern=r"^(?:[A-Z]{2}|[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]{1,40}){1,2})$")]
    type: Literal["place"] = "place"


Simple = Annotated[
    Money | Text | Digits | Date | Time | Moment | Duration | Number | Option | Code | Place,
    Field(discriminator="type"),
]


@dataclass(frozen=True, slots=True)
class Composite:
    """Several values that belong together, by the names the agent's definition gives them."""

    parts: Annotated[dict[str, Simple], Field(min_length=1, max_length=12)]
    type: Literal["composite"] = "composite"


_Any = Money | Text | Digits | Date | Time | Moment | Duration | Number | Option | Code | Place | Composite
Value = Annotated[_Any, Field(discriminator="type")]
VALUE: TypeAdapter[_Any] = TypeAdapter(Value)

_LITERALS: dict[str, tuple[type, str]] = {
    "date": (Date, "date"),
    "time": (Time, "time"),
    "moment": (Moment, "at"),
    "duration": (Duration, "iso"),
    "number": (Number, "number"),
    "option": (Option, "option"),
    "code": (Code, "code"),
    "place": (Place, "place"),
}
_PART = re.compile(r"[a-z][a-z0-9_]{0,47}")

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


def is_readable(value: Value) -> bool:
    """Whether it can be decoded again: what cannot must not be stored."""
    try:
        return VALUE.validate_python(asdict(value)) == value
    except ValidationError:
        return False


def literal(value: Value) -> str | None:
    """A harmless value as one word that needs no key: `date:2026-05-03`, `money:12.50:USD`, `duration:P2W`.

    It has room for codes and numbers alone, so it may stand where an option's name may (`events.Entity`, a slot). None
    for what holds free text or a row of digits: that goes by reference. No option's and no reference's name looks so.
    """
    if isinstance(value, Money):
        return f"money:{value.amount}:{value.currency}"
    if isinstance(value, Composite):
        inside = {name: literal(part) for name, part in value.parts.items()}
        return None if None in inside.values() else "composite:" + ";".join(f"{n}={w}" for n, w in inside.items())
    known = _LITERALS.get(value.type)
    return f"{value.type}:{getattr(value, known[1])}" if known else None


def from_literal(word: str) -> Value | None:
    """The value that `literal` wrote; None for anything else, however it looks."""
    kind, colon, rest = word.partition(":")
    if not colon or len(word) > 1000:
        return None
    found: dict[str, object] = {"type": kind}
    if kind == "money":
        found["amount"], _, found["currency"] = rest.partition(":")
    elif kind == "composite":
        parts = [piece.partition("=") for piece in rest.split(";")]
        inside = {name: from_literal(word) for name, _, word in parts if _PART.fullmatch(name)}
        if len(inside) != len(parts) or None in inside.values():
            return None
        found["parts"] = inside
    elif kind in _LITERALS:
        found[_LITERALS[kind][1]] = rest
    else:
        return None
    try:
        value = VALUE.validate_python(found)
    except ValidationError:
        return None
    return value if literal(value) == word else None


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
    if times != 1 or not 1 <= len(digits) <= MOST_DIGITS:
        return None
    return f"+{digits}" if text.lstrip().startswith("+") else digits


def _between(word: str, first: bool) -> bool:
    """What may stand beside digits: a plus before the first, separators, hesitations after it."""
    return (word == "+" and first) or bool(_SEPARATOR.fullmatch(word)) or (word in _HESITATIONS and not first)


def show(value: Value, style: Style, locale: str = DEFAULT_LOCALE, today: _Day | None = None) -> str:
    """As it is to be spoken (`1234 dollars and 56 cents`, `4 1 1 1`, `May third`) or written (`$1,234.56`, `4111`).

    The year of a spoken date is left out where `today` is given and it goes without saying."""
    match value:
        case Text():
            return value.text
        case Digits():
            return value.digits if style == "written" else " ".join(value.digits.replace("+", ""))
        case Money():
            return formats.money(_amount(value), value.currency, style, locale)
        case Date():
            return formats.date(_Day.fromisoformat(value.date), style, locale, today)
        case Time():
            return formats.time(value.time, style, locale)
        case Moment():
            return formats.moment(_Day.fromisoformat(value.at[:10]), value.at[11:], style, locale, today)
        case Duration():
            return formats.duration(value.iso, locale)
        case Number():
            return formats.number(Decimal(value.number), style, locale)
        case Option():
            return value.option.replace("_", " ")
        case Code():
            return value.code if style == "written" else " ".join(value.code)
        case Place():
            return formats.place(value.place, locale)
        case Composite():
            return ", ".join(show(part, style, locale, today) for part in value.parts.values())


def _amount(value: Money) -> Decimal:
    try:
        return Decimal(value.amount)
    except InvalidOperation:
        raise Invalid("an amount is not a number") from None
