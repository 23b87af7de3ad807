"""All entities of one agent in one text: typed values, own lists, patterns, composites, references; and their roles."""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from appliance.agents.definition import Entity
from appliance.privacy import values as v
from appliance.privacy.policy import GENERAL
from models.entities import composites, contacts, names, typed
from models.entities.dates import Context
from models.entities.options import OptionFinder
from models.entities.patterns import PatternFinder
from models.entities.roles import role_of
from models.entities.words import Word, words

REFERENCE: Final = re.compile(r"<(([A-Z]+(?:_[A-Z]+)*)_(?:[0-9]{1,6}|r[0-9a-f]{10}))>")
DETECTED: Final[dict[str, frozenset[str]]] = {
    "phone": frozenset({"PHONE"}),
    "email": frozenset({"EMAIL"}),
    "account": frozenset({"ACCOUNT", "IBAN", "NUMBER", "CUSTOMER_NUMBER"}),
    "card_last_four": frozenset({"CARD"}),
    "person": frozenset({"PERSON"}),
    "place": frozenset({"LOCATION"}),
}
"""Type → the kinds of reference that the detector of personal data makes of it."""
_DAY_FIRST_NOT: Final = frozenset({"US", "PH", "CA"})
_CURRENCIES: Final = {
    "US": "USD", "GB": "GBP", "CH": "CHF", "JP": "JPY", "CA": "CAD", "AU": "AUD", "IN": "INR", "MX": "MXN", "CN": "CNY",
    "SE": "SEK", "NO": "NOK", "DK": "DKK", "PL": "PLN",
}  # fmt: skip
_EUROS: Final = frozenset("AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())


@dataclass(frozen=True, slots=True)
class Found:
    """An entity between two characters. `reference` where one stands in the text for its value; `denied`: it was said
    that it is not meant."""

    entity: str
    start: int
    end: int
    value: v.Value | None
    reference: str | None = None
    role: str | None = None
    confidence: float = 1.0
    denied: bool = False
    sealed: bool = False
    """Personal: its value goes by reference."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text is understood against: the time where the party is, and the locale."""

    now: datetime
    locale: str = "en-US"

    def context(self) -> Context:
        region = self.locale.rpartition("-")[2] if "-" in self.locale else "US"
        currency = "EUR" if region in _EUROS else _CURRENCIES.get(region, "USD")
        return Context(self.now, day_first=region not in _DAY_FIRST_NOT, currency=currency)


class Finder:
    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self._entities = dict(entities)
        lists = {name: entity.options for name, entity in entities.items() if entity.options}
        self._options = OptionFinder(lists, frozenset(name for name in lists if entities[name].exact))
        self._typed = {name: entity for name, entity in entities.items() if entity.type in typed.KINDS}
        self._kinds = frozenset(str(entity.type) for entity in self._typed.values())
        self._others = {name: entity for name, entity in entities.items() if entity.type and name not in self._typed}
        self._patterns = PatternFinder({name: one.pattern for name, one in entities.items() if one.pattern})

    def find(self, text: str, setting: Setting, expects: Iterable[str] = ()) -> list[Found]:
        """In order of appearance, apart within one entity. What is expected may be said shorter, misspelt more."""
        asked = frozenset(expects)
        blank = REFERENCE.sub(lambda found: " " * len(found[0]), text)
        said = words(blank)
        found = self._listed(blank, said, asked)
        found += self._values(blank, setting, asked)
        named = self._named(blank, said, setting, asked)
        found = [one for one in found if not _doubtful(one, asked) or not any(_meet(one, other) for other in named)]
        found += named
        found += [self._made(name, one) for name, one in self._patterns.find(blank, said)]
        found += self._composites(found, blank)
        found += self._references(text)
        found.sort(key=lambda one: (one.start, one.end))
        return self._with_roles(found, said)

    def _listed(self, text: str, said: list[Word], asked: frozenset[str]) -> list[Found]:
        return [
            Found(
                one.entity, one.start, one.end, v.Option(one.option),
                confidence=one.confidence, denied=one.denied, sealed=self._entities[one.entity].sealed,
            )
            for one in self._options.find(text, said, asked)
        ]  # fmt: skip

    def _values(self, text: str, setting: Setting, asked: frozenset[str]) -> list[Found]:
        """Each value goes to the entities of its type that it fits; to those asked for alone, where it fits them."""
        if not self._kinds:
            return []
        expected = frozenset(str(self._typed[name].type) for name in asked if name in self._typed)
        found: list[Found] = []
        ways = dict.fromkeys((entity.prefer, entity.currency) for entity in self._typed.values())
        read = typed.Typed(text, setting.locale, self._kinds, expected)
        for prefer, currency in ways:
            context = typed.in_context(setting.context(), prefer, currency)
            for one in _in_order(text, typed.chosen(read.candidates(context), expected)):
                found += [
                    Found(name, one.start, one.end, one.value, confidence=one.confidence, sealed=entity.sealed)
                    for name, entity in self._typed.items()
                    if entity.type == one.kind
                    and (entity.prefer, entity.currency) == (prefer, currency)
                    and _fits(one.value, entity, context, name in asked)
                ]
        return [
            one
            for one in found
            if one.entity in asked
            or not any(other.entity in asked and other.start < one.end and one.start < other.end for other in found)
        ]

    def _named(self, text: str, said: list[Word], setting: Setting, asked: frozenset[str]) -> list[Found]:
        """Contacts, numbers of accounts and cards, people, places."""
        kinds = frozenset(str(entity.type) for entity in self._others.values())
        expected = frozenset(str(self._others[name].type) for name in asked if name in self._others)
        several: list[typed.Candidate] = []
        if kinds & contacts.KINDS:
            several += contacts.candidates(text, setting.locale, kinds, expected)
        if "person" in kinds:
            several += names.people(text, said, asked="person" in expected)
        if "place" in kinds:
            several += names.places(said, setting.locale)
        kept: list[typed.Candidate] = []
        for one in sorted(several, key=lambda one: (one.kind not in expected, one.start - one.end, -one.confidence)):
            if not any(one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
        return [
            self._made(name, one) for one in kept for name, entity in self._others.items() if entity.type == one.kind
        ]

    def _made(self, name: str, one: typed.Candidate) -> Found:
        sealed = self._entities[name].sealed
        return Found(name, one.start, one.end, one.value, confidence=one.confidence, sealed=sealed)

    def _composites(self, found: list[Found], text: str) -> list[Found]:
        pieces = [(one.entity, one.start, one.end, one.value) for one in found if one.value and not one.denied]
        return [
            Found(name, *whole, sealed=entity.sealed or any(self._entities[of].sealed for of in entity.parts.values()))
            for name, entity in self._entities.items()
            if entity.parts
            for whole in composites.wholes(entity.parts, pieces, text)
        ]

    def _references(self, text: str) -> list[Found]:
        found: list[Found] = []
        for match in REFERENCE.finditer(text):
            names = [name for name, entity in self._entities.items() if _names(match[2], name, entity)]
            for name in names or [match[2]]:
                found.append(Found(name, match.start(), match.end(), None, reference=match[1], sealed=True))
        return found

    def _with_roles(self, found: list[Found], said: list[Word]) -> list[Found]:
        given: list[Found] = []
        for one in found:
            entity = self._entities.get(one.entity)
            last = next((other for other in reversed(given) if other.entity == one.entity), None)
            before = (last.end, last.role) if last else None
            given.append(replace(one, role=role_of(entity.roles, said, one.start, before) if entity else None))
        return given


def _doubtful(one: Found, asked: frozenset[str]) -> bool:
    """A bare number, which may be an account's or a telephone's."""
    return isinstance(one.value, v.Money | v.Number) and one.confidence < 1 and one.entity not in asked


def _meet(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def kind_of(name: str) -> str:
    """The kind of an entity's references: its name in capitals, no digits."""
    kind = "_".join(re.findall(r"[A-Z]+", name.upper())) or "VALUE"
    return f"{kind}_VALUE" if kind in (*GENERAL, "LT") else kind


def _names(kind: str, name: str, entity: Entity) -> bool:
    """Whether a reference of this kind is a value of the entity."""
    return kind == kind_of(name) or (entity.type is not None and kind in DETECTED.get(entity.type, ()))


def _fits(value: v.Value, entity: Entity, context: Context, asked: bool) -> bool:
    if isinstance(value, v.Money | v.Number):
        amount = float(value.amount if isinstance(value, v.Money) else value.number)
        return (entity.min is None or amount >= entity.min) and (entity.max is None or amount <= entity.max)
    if isinstance(value, v.Date) and not asked:
        day = date.fromisoformat(value.date)
        return day <= context.today if entity.prefer == "past" else day >= context.today - timedelta(days=366)
    return True


def _in_order(text: str, found: list[typed.Candidate]) -> list[typed.Candidate]:
    """`between Monday and Friday`, said on a Wednesday: that Friday comes after that Monday."""
    ordered: list[typed.Candidate] = []
    for one in found:
        before = ordered[-1] if ordered else None
        if before and isinstance(one.value, v.Date) and isinstance(before.value, v.Date):
            first, second = date.fromisoformat(before.value.date), date.fromisoformat(one.value.date)
            joined = {word.text for word in words(text[before.end : one.start])}
            if joined and joined <= _RANGE and timedelta() < first - second < timedelta(days=7):
                one = replace(one, value=v.Date((second + timedelta(days=7)).isoformat()))
        ordered.append(one)
    return ordered


_RANGE: Final = frozenset("and to until till through - bis und hasta y a al".split())
