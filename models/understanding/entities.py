"""Entities in redacted text: options by the ways they are said, also misspelt, and the references that stand in it.

Sans-I/O, no model. `not savings` does not name savings. Values are option names or reference names, never free text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.events import Entity

_WORD: Final = re.compile(r"[\w']+")
_REFERENCE: Final = re.compile(r"<(([A-Z]+(?:_[A-Z]+)*)_(?:[0-9]{1,6}|r[0-9a-f]{10}))>")
_NEGATIONS: Final = frozenset("not no never without except don't dont".split())  # noqa: SIM905
_IN_BETWEEN: Final = frozenset("the my a an from for".split())  # noqa: SIM905
_INSTEAD: Final = ("instead of", "rather than")
Options = Mapping[str, Mapping[str, Sequence[str]]]
"""Entity → option → the ways it is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity and the characters it stands for."""

    start: int
    end: int
    entity: Entity


@dataclass(frozen=True, slots=True)
class _Way:
    entity: str
    option: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


class EntityFinder:
    """The entities of one agent's version."""

    def __init__(self, options: Options) -> None:
        self._ways = sorted(
            (
                _Way(entity, option, words)
                for entity, said in options.items()
                for option, ways in said.items()
                for way in (*ways, option.replace("_", " "))
                if (words := tuple(_WORD.findall(way.lower())))
            ),
            key=lambda way: -len(way.words),
        )

    def find(self, text: str, expects: Iterable[str] = ()) -> list[Found]:
        """In order of appearance, apart within one entity. What is expected may be misspelt more."""
        asked = frozenset(expects)
        words = [_Word(match[0].lower(), match.start(), match.end()) for match in _WORD.finditer(_blanked(text))]
        found: list[Found] = []
        for exact in (True, False):
            for way in self._ways:
                found += self._matches(way, words, exact, way.entity in asked, found, text)
        found += _references(text)
        return sorted(found, key=lambda one: (one.start, one.end))

    def _matches(
        self, way: _Way, words: list[_Word], exact: bool, asked: bool, taken: list[Found], text: str
    ) -> list[Found]:
        count = len(way.words)
        new: list[Found] = []
        for at in range(len(words) - count + 1):
            window = words[at : at + count]
            confidence = _likeness(way.words, window, exact, asked)
            if confidence == 0 or _negated(words, at, text):
                continue
            start, end = window[0].start, window[-1].end
            overlapped = (one for one in (*taken, *new) if one.entity.kind == way.entity)
            if not any(start < one.end and one.start < end for one in overlapped):
                new.append(Found(start, end, Entity(way.entity, way.option, confidence=confidence)))
        return new


def _likeness(wanted: tuple[str, ...], window: list[_Word], exact: bool, asked: bool) -> float:
    """1 for the very words, less for misspelt ones, 0 for others."""
    if exact:
        return float(all(word.text == want for word, want in zip(window, wanted, strict=True)))
    edits = 0
    for word, want in zip(window, wanted, strict=True):
        allowed = _allowed(want, asked)
        edit = distance(word.text, want, allowed)
        if edit > allowed:
            return 0.0
        edits += edit
    return round(max(0.5, 0.9 - 0.1 * edits), 2)


def _allowed(word: str, asked: bool) -> int:
    if len(word) < 4:
        return 0
    return (2 if asked else 1) if len(word) >= 6 else 1


def distance(first: str, second: str, limit: int) -> int:
    """Insertions, deletions, changes and swaps of neighbours; anything above `limit` as `limit + 1`."""
    if abs(len(first) - len(second)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        following = [i]
        for j, other in enumerate(second, 1):
            best = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            following.append(best)
        if min(following) > limit:
            return limit + 1
        before, row = row, following
    return row[-1]


def _negated(words: list[_Word], at: int, text: str) -> bool:
    while at > 0 and words[at - 1].text in _IN_BETWEEN:
        at -= 1
    if at == 0:
        return False
    if words[at - 1].text in _NEGATIONS:
        return "," not in text[words[at - 1].end : words[at].start]
    return " ".join(word.text for word in words[max(0, at - 2) : at]) in _INSTEAD


def _blanked(text: str) -> str:
    """References are not words."""
    return _REFERENCE.sub(lambda found: " " * len(found[0]), text)


def _references(text: str) -> list[Found]:
    return [Found(match.start(), match.end(), Entity(match[2], match[1])) for match in _REFERENCE.finditer(text)]
