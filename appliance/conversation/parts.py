"""Several wishes in one sentence: where it may be cut, and what its parts make of the whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from appliance import events as e
from appliance.agents import definition as d

PARTS_AT_MOST: Final = 4
_BETWEEN: Final = {
    "en": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:and(?:\s+(?:then|also))?|then|also|plus)\s+", re.IGNORECASE),
    "de": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:und(?:\s+(?:dann|auch))?|dann|außerdem|sowie)\s+", re.IGNORECASE),
    "es": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:y(?:\s+(?:luego|también))?|luego|además)\s+", re.IGNORECASE),
}
_WORDS = re.compile(r"[\w']+")


def parts(text: str, language: str) -> tuple[str, ...]:
    """Where a sentence may say several things; empty where it says one, or so many that it is no list of wishes."""
    between = _BETWEEN.get(language.partition("-")[0].lower())
    found = [part.strip(" ,") for part in between.split(text)] if between else []
    found = [part for part in found if part]
    return tuple(found) if 2 <= len(found) <= PARTS_AT_MOST else ()


def combined(
    whole: e.Understanding, found: Sequence[e.Understanding], sure_at: float, expected: Collection[str] = ()
) -> e.Understanding:
    """The whole, where its parts do not want different things that are sure enough. Else the first part, and the others
    after it. An answer that is expected (entities of these kinds) comes before what is wanted besides."""
    wishes: list[e.Understanding] = []
    for part in found:
        if part.intent is not None and part.confidence >= sure_at and part.intent not in {one.intent for one in wishes}:
            wishes.append(part)
    answers = [one for one in found if one not in wishes and any(entity.kind in expected for entity in one.entities)]
    if answers and wishes:
        return replace(answers[0], intent=None, candidates=whole.candidates, also=tuple(map(_wish, wishes)))
    if len(wishes) < 2:
        return whole
    return replace(wishes[0], candidates=whole.candidates, also=tuple(map(_wish, wishes[1:])))


def answering(whole: e.Understanding, text: str, agent: d.Agent, expected: Collection[str]) -> e.Understanding:
    """The whole, without a wish where it is an expected option's words and nothing else: `go ahead` is a yes."""
    said = _plain(text)
    ways = (
        way
        for kind in expected
        if kind in agent.entities
        for ways in agent.entities[kind].options.values()
        for way in ways
    )
    return replace(whole, intent=None) if any(said == _plain(way) for way in ways) else whole


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def _wish(found: e.Understanding) -> e.Wish:
    assert found.intent is not None
    return e.Wish(found.intent, found.confidence, found.entities)
