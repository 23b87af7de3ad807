"""Rules such as `[the] ORD=day of MONTH=month [YEAR=year]`, read once and matched at every place of a text.

`[x]` may be missing, `a|b` is either, capitals are a category of `reading.py` (`=name` binds its value), and
what begins with `~` has to be there and is not part of what is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.entities.reading import CATEGORIES, Reading
from models.entities.words import folded

Bound = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Item:
    optional: bool
    context: bool
    category: str | None
    name: str | None
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str
    meaning: str
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Places of the first word and after the last."""

    rule: Rule
    begin: int
    end: int
    bound: Bound


def _item(said: str) -> _Item:
    optional = said.startswith("[")
    said = said.strip("[]")
    context = said.startswith("~")
    said = said.removeprefix("~")
    category, _, name = said.partition("=")
    if category in CATEGORIES:
        return _Item(optional, context, category, name or None, frozenset())
    return _Item(optional, context, None, None, frozenset(folded(word) for word in said.split("|")))


_EMPTY: Final[dict[str, Any]] = {}


class Rules:
    """The rules of one language, found by what they begin with."""

    def __init__(self, rules: Mapping[str, tuple[tuple[str, str], ...]], vocabulary: frozenset[str]) -> None:
        self._vocabulary = vocabulary
        self._by_word: dict[str, list[Rule]] = {}
        self._by_category: dict[str, list[Rule]] = {}
        for kind, said in rules.items():
            for pattern, meaning in said:
                self._enter(Rule(kind, meaning, tuple(_item(item) for item in pattern.split())))

    def _enter(self, rule: Rule) -> None:
        for item in rule.items:
            if item.category:
                self._by_category.setdefault(item.category, []).append(rule)
            for word in item.words:
                self._by_word.setdefault(word, []).append(rule)
            if not item.optional:
                return

    def matches(self, reading: Reading, kinds: frozenset[str]) -> Iterator[Match]:
        for at in range(len(reading.words)):
            tried = {id(rule): rule for rule in self._by_word.get(reading.words[at].text, ())}
            word = reading.words[at].text
            known = word in self._vocabulary or not word.isalpha()
            for category, rules in self._by_category.items() if known else ():
                if reading.read(category, at):
                    tried.update((id(rule), rule) for rule in rules)
            for rule in tried.values():
                if rule.kind in kinds:
                    yield from self._match(reading, rule, at)

    def _match(self, reading: Reading, rule: Rule, at: int) -> Iterator[Match]:
        for end, bound, begin in _ways(reading, rule.items, 0, at, _EMPTY, at):
            if end > begin:
                yield Match(rule, begin, end, bound)
            return


def _ways(
    reading: Reading, items: tuple[_Item, ...], number: int, at: int, bound: dict[str, Any], begin: int
) -> Iterator[tuple[int, dict[str, Any], int]]:
    """Every way the rest of a rule can be read, the fullest first."""
    if number == len(items):
        yield at, bound, begin
        return
    item = items[number]
    if item.category:
        for value, end in reading.read(item.category, at):
            following = {**bound, item.name: value} if item.name else bound
            yield from _ways(reading, items, number + 1, end, following, begin)
    elif at < len(reading.words) and reading.words[at].text in item.words:
        yield from _ways(reading, items, number + 1, at + 1, bound, at + 1 if item.context else begin)
    if item.optional:
        yield from _ways(reading, items, number + 1, at, bound, begin)
