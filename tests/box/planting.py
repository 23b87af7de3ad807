"""Secrets of every kind, other in every run, and the ways in which people bring them into a box."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
PIN_DIGITS = 8
"""The most an agent may ask for; long, so that no time or number in a log is one by chance."""


def luhn_card(chance: random.Random, first: str = "4", length: int = 16) -> str:
    digits = first + "".join(str(chance.randrange(10)) for _ in range(length - len(first) - 1))
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def grouped(digits: str, separator: str, *sizes: int) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return separator.join([*parts, *([digits[at:]] if digits[at:] else [])])


def said(digits: str) -> str:
    """Digit by digit."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def said_double(digits: str) -> str:
    """Digit by digit, two alike as `double`."""
    words, at = [], 0
    while at < len(digits):
        twice = digits[at : at + 2] == digits[at] * 2
        words.append(("double " if twice else "") + DIGITS[int(digits[at])])
        at += 1 + twice
    return " ".join(words)


def said_pairs(digits: str) -> str:
    """Two by two: `forty one eleven`."""
    return " ".join(_pair(digits[at : at + 2]) for at in range(0, len(digits), 2))


def _pair(two: str) -> str:
    teens = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
    if len(two) < 2 or two[0] == "0":
        return said(two)
    if two[0] == "1":
        return (*teens, "nineteen")[int(two[1])]
    return TENS[int(two[0])] + ("" if two[1] == "0" else f" {DIGITS[int(two[1])]}")


@dataclass
class Plants:
    """All secrets planted so far, by a label that says where and how."""

    chance: random.Random = field(default_factory=random.Random)
    sealed: dict[str, str] = field(default_factory=dict)
    """Cards, social security numbers, e-mail addresses: may exist under the raw key, and nowhere else."""
    personal: dict[str, str] = field(default_factory=dict)
    """Of every other kind: as those, in whatever form their values are kept under the raw key."""
    forbidden: dict[str, str] = field(default_factory=dict)
    """PINs, CVVs, one-time codes: may exist in no form."""
    errors: dict[str, str] = field(default_factory=dict)
    """What stood in requests that were refused: may exist in no form either."""

    @property
    def all(self) -> dict[str, str]:
        return self.sealed | self.personal | self.forbidden | self.errors

    def card(self, label: str, first: str = "4", length: int = 16) -> str:
        return self._keep(self.sealed, label, luhn_card(self.chance, first, length))

    def ssn(self, label: str) -> str:
        number = f"{self.chance.randrange(200, 660)}{self.chance.randrange(12, 99)}{self.chance.randrange(1200, 9999)}"
        return self._keep(self.sealed, label, number)

    def mail(self, label: str) -> str:
        name = "".join(self.chance.choices("bcdfghklmnprstvz", k=7))
        return self._keep(self.sealed, label, f"jane.{name}@example.org")

    def pin(self, label: str, length: int = PIN_DIGITS) -> str:
        first = self.chance.randrange(2, 10)  # never a year, a time since 1970 or a leading zero
        return self._keep(self.forbidden, label, str(first) + self._digits(length - 1))

    def error(self, label: str) -> str:
        return self._keep(self.errors, label, luhn_card(self.chance))

    def error_mail(self, label: str) -> str:
        name = "".join(self.chance.choices("bcdfghklmnprstvz", k=9))
        return self._keep(self.errors, label, f"{name}@example.net")

    def _digits(self, length: int) -> str:
        return "".join(str(self.chance.randrange(10)) for _ in range(length))

    @staticmethod
    def _keep(where: dict[str, str], label: str, secret: str) -> str:
        assert label not in where
        where[label] = secret
        return secret


def personal_sentences(plants: Plants) -> Iterator[str]:
    """Cards, social security numbers and e-mail addresses, as people type and say them."""
    where = "chat"
    yield f"my card is {plants.card(f'{where} card solid')}"
    yield f"the card number is {grouped(plants.card(f'{where} card spaced'), ' ', 4, 4, 4, 4)} thanks"
    yield f"card {grouped(plants.card(f'{where} card dashed'), '-', 4, 4, 4, 4)}"
    yield f"it is {grouped(plants.card(f'{where} card dotted'), '.', 4, 4, 4, 4)}"
    yield f"{grouped(plants.card(f'{where} card amex', '37', 15), ' ', 4, 6, 5)} is my card"
    yield f"my card is {' '.join(plants.card(f'{where} card singly'))}"
    yield f"my card number is {said(plants.card(f'{where} card said'))}"
    yield f"it says {said_double(plants.card(f'{where} card doubled'))} on the card"
    yield f"credit card {said_pairs(plants.card(f'{where} card in pairs'))}"
    yield f"first {grouped(plants.card(f'{where} card hesitant'), ' um ', 4, 4, 4, 4)} that is it"
    yield plants.card(f"{where} card alone").translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    yield f"my social security number is {grouped(plants.ssn(f'{where} ssn dashed'), '-', 3, 2, 4)}"
    yield f"social {grouped(plants.ssn(f'{where} ssn spaced'), ' ', 3, 2, 4)}"
    yield f"my ssn is {plants.ssn(f'{where} ssn solid')}"
    yield f"my social security number is {said(plants.ssn(f'{where} ssn said'))}"
    yield f"write to {plants.mail(f'{where} mail')}"
    yield f"my mail is {plants.mail(f'{where} mail capitals').upper()}, thank you"
    spoken = plants.mail(f"{where} mail said").replace(".", " dot ").replace("@", " at ")
    yield f"you can reach me under {spoken}"


def secret_sentences(plants: Plants) -> Iterator[str]:
    """PINs and codes that nobody asked for."""
    yield f"my pin is {plants.pin('chat pin solid')}"
    yield f"pin code: {grouped(plants.pin('chat pin dashed'), '-', 4, 4)}"
    yield f"my pin is {' '.join(plants.pin('chat pin singly'))}"
    yield f"my pin number is {said(plants.pin('chat pin said'))}"
    yield f"the pin for my card is {said_pairs(plants.pin('chat pin in pairs', 6))}"
    yield f"my pin is {said_double(plants.pin('chat pin doubled', 6))}"
    yield f"{plants.pin('chat pin first')} is my pin"
    yield f"the security code is {plants.pin('chat cvv', 4)}"
    yield f"the pin to my card ending 4411 is {plants.pin('chat pin of a card')}"
    yield f"the security code on my visa is {plants.pin('chat cvv of a card', 4)}"
    yield f"the one time code is {plants.pin('chat one-time code', 6)}"


def asked_sentences(plants: Plants) -> Iterator[str]:
    """PINs typed as text though a secure field is there for them."""
    yield plants.pin("asked pin solid")
    yield f"it is {grouped(plants.pin('asked pin spaced'), ' ', 2, 2, 2, 2)}"
    yield grouped(plants.pin("asked pin dashed"), "-", 4, 4)
    yield f"{said(plants.pin('asked pin said'))} please"
    yield said_double(plants.pin("asked pin doubled"))
    yield f"why, that would be {' '.join(plants.pin('asked pin singly', 6))}"
