"""An agent's own lists: options by the ways they are said, also misspelt or misheard. `not savings` names nothing."""

# ruff: noqa: SIM905
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from models.entities.words import Word, words

_NEGATIONS: Final = frozenset(
    "not no never without except don't dont nicht kein keine keinen keinem ohne sin excepto salvo".split()
)
_BETWEEN: Final = frozenset("the my a an from for das die der den dem mein meine meinem vom el la mi de".split())
_INSTEAD: Final = ("instead of", "rather than", "statt", "en lugar de")


@dataclass(frozen=True, slots=True)
class Match:
    """An option and the characters that name it. `denied`: it was said that it is not meant."""

    entity: str
    option: str
    start: int
    end: int
    confidence: float
    denied: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    entity: str
    option: str
    words: tuple[str, ...]
    exact: bool


class OptionFinder:
    def __init__(self, options: Mapping[str, Mapping[str, Sequence[str]]], exact: frozenset[str] = frozenset()) -> None:
        """Entity → option → the ways it is said; entities of which misspelt ones do not count."""
        ways = {
            _Way(entity, option, said, entity in exact): None
            for entity, known in options.items()
            for option, several in known.items()
            for way in (*several, option.replace("_", " "))
            if (said := tuple(word.text for word in words(way) if word.text[0].isalnum()))
        }
        self._ways = sorted(ways, key=lambda way: -len(way.words))
        self._by_first: dict[str, list[_Way]] = {}
        for way in self._ways:
            self._by_first.setdefault(way.words[0], []).append(way)

    def find(self, text: str, said: Sequence[Word], asked: frozenset[str] = frozenset()) -> list[Match]:
        """Apart within one entity: the very words first, then misspelt ones. What is asked for may be misspelt more."""
        known = [word for word in said if word.text[0].isalnum()]
        found: list[Match] = []
        exact = {id(way): way for word in known for way in self._by_first.get(word.text, ())}
        for way in sorted(exact.values(), key=lambda way: -len(way.words)):
            self._enter(way, known, text, found, frozenset(), exact=True)
        for way in self._ways:
            if not way.exact:
                self._enter(way, known, text, found, asked, exact=False)
        return sorted(found, key=lambda one: (one.start, one.end))

    def _enter(
        self, way: _Way, said: list[Word], text: str, found: list[Match], asked: frozenset[str], *, exact: bool
    ) -> None:
        count = len(way.words)
        for at in range(len(said) - count + 1):
            window = said[at : at + count]
            sure = _likeness(way.words, window, exact, way.entity in asked)
            start, end = window[0].start, window[-1].end
            if sure and not any(one.entity == way.entity and start < one.end and one.start < end for one in found):
                found.append(Match(way.entity, way.option, start, end, sure, _denied(said, at, text)))


def _likeness(wanted: tuple[str, ...], window: list[Word], exact: bool, asked: bool) -> float:
    """1 for the very words, less for misspelt ones, 0 for others."""
    if exact:
        return float(all(word.text == want for word, want in zip(window, wanted, strict=True)))
    edits = 0
    for word, want in zip(window, wanted, strict=True):
        allowed = _allowed(want, asked)
        if allowed == 0 or abs(len(word.text) - len(want)) > allowed:
            if word.text != want:
                return 0.0
            continue
        edit = OSA.distance(word.text, want, score_cutoff=allowed)
        if edit > allowed:
            return 0.0
        edits += edit
    return round(max(0.5, 0.9 - 0.1 * edits), 2)


def _allowed(word: str, asked: bool) -> int:
    if len(word) < 4:
        return 0
    return (2 if asked else 1) if len(word) >= 6 else 1


def _denied(said: list[Word], at: int, text: str) -> bool:
    while at > 0 and said[at - 1].text in _BETWEEN:
        at -= 1
    if at == 0:
        return False
    if said[at - 1].text in _NEGATIONS:
        return "," not in text[said[at - 1].end : said[at].start]
    before = " ".join(word.text for word in said[max(0, at - 3) : at])
    return before.endswith(_INSTEAD)
