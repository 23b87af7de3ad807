"""What a person is called outside, in each form in which the box may have hashed it. No I/O, nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from appliance.errors import Invalid
from appliance.privacy import values
from appliance.privacy.values import Code, Digits, Text, Value

Kind = Literal["phone", "email", "customer", "account"]
_DIGITS: Final = re.compile(r"\+?[0-9]{3,32}")
_CODE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9._/-]{0,38}[A-Z0-9])?")


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: Kind
    value: str

    def parties(self) -> tuple[str, ...]:
        """As `Identity.party` is hashed: a calling number, or an account signed in with. The first is the usual one."""
        if self.kind == "phone":
            return tuple(dict.fromkeys(f"caller/{number}" for number in _numbers(self.value)))
        if self.kind in ("account", "email"):
            return (f"account/{self.value.strip()}",)
        return ()

    def references(self) -> tuple[str, ...]:
        """As references' digests are made: the canonical encoding of what was said."""
        return tuple(dict.fromkeys(values.encode(value).decode() for value in self._said()))

    def _said(self) -> Iterator[Value]:
        text = self.value.strip()
        if self.kind == "phone":
            for number in _numbers(text):
                if _DIGITS.fullmatch(number):
                    yield Digits(number)
        else:
            digits = re.sub(r"[\s-]", "", text)
            if _DIGITS.fullmatch(digits):
                yield Digits(digits)
            if self.kind == "customer" and _CODE.fullmatch(text.upper()):
                yield Code(text.upper())
        for form in (text, text.lower()):
            yield Text(form)


def _numbers(text: str) -> Iterator[str]:
    """A telephone number as it may be signalled or said: as given, without marks, international both ways."""
    plain = re.sub(r"[\s()/.-]", "", text)
    if not _DIGITS.fullmatch(plain):
        raise Invalid("A telephone number is digits, with a + in front or not.")
    yield plain
    bare = plain.removeprefix("+")
    if plain.startswith("00"):
        bare = plain[2:]
        yield f"+{bare}"
    elif plain.startswith("+"):
        yield f"00{bare}"
    else:
        yield f"+{bare}"
    yield bare
    yield text.strip()
