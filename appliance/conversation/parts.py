"""Several wishes in one sentence: where it may be cut, and what its parts make of the whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from appliance import events as e
from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO

PARTS_AT_MOST: Final = 4
_BETWEEN: Final = {
    "en": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:and(?:\s+(?:then|also))?|then|also|plus)\s+", re.IGNORECASE),
    "de": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:und(?:\s+(?:dann|auch))?|dann|außerdem|sowie)\s+", re.IGNORECASE),
    "es": re.compile(r"[.;!?]+(?=\s|$)|,?\s+(?:y(?:\s+(?:luego|también))?|luego|además)\s+", re.IGNORECASE),
}
_WORDS = re.compile(r"[\w']+")
_REFERENCE = re.compile(r"<[A-Z_]+_[0-9]+>")
_PLAIN_YES: Final = frozenset({"yes", "yeah", "yep", "ja", "jawohl", "sí"})
_DOUBTS: Final = frozenset(
    _WORDS.findall(
        "not no nope don't doesn't isn't can't won't never but wait first before what when where who how why which if "
        "nicht nein kein keine aber warten erst bevor was wann wo wer wie warum welche wenn ob "
        "pero espere antes qué cuándo dónde quién cómo cuál"
    )
)
_AROUND: Final = frozenset(
    _WORDS.findall(
        "please thanks thank you very well um uh then and oh ah all good great alright yes "
        "bitte danke gern gerne gut und dann ach ja por favor gracias muy bien y pues entonces sí"
    )
)

_ARTICLES: Final = frozenset(
    _WORDS.findall("the my a an das die der dem den mein meine meinem meinen vom beim zum el la los las mi un una")
)


def parts(text: str, language: str) -> tuple[str, ...]:
    """Where a sentence may say several things; empty where it says one, is a list of words or values, or says so many
    things that they are no wishes."""
    between = _BETWEEN.get(language.partition("-")[0].lower())
    found = [part.strip(" ,") for part in between.split(text)] if between else []
    found = [part for part in found if part]
    several = any(len(_WORDS.findall(_REFERENCE.sub("", part))) > 1 for part in found)
    return tuple(found) if several and 2 <= len(found) <= PARTS_AT_MOST else ()


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


def answering(found: e.Understanding, text: str, agent: d.Agent, expected: Collection[str]) -> e.Understanding:
    """What was understood, without a wish where it is an expected option's words and nothing else: `go ahead` is a yes.
    And without a yes that is only one by a word in it: `I am not sure`, `is that okay` confirm nothing."""
    said = _plain(text)
    ways = {
        _plain(way): option
        for kind in expected
        if kind in agent.entities
        for option, all_ways in agent.entities[kind].options.items()
        for way in all_ways
    }
    if said in ways or (_bare(said) and _bare(said) in map(_bare, ways)):
        return replace(found, intent=None)
    if YES_NO in expected and not _is_yes(said, [way for way, option in ways.items() if option == "yes"]):
        kept = tuple(one for one in found.entities if (one.kind, one.value) != (YES_NO, "yes"))
        return replace(found, entities=kept)
    return found


def _is_yes(said: str, ways: Sequence[str]) -> bool:
    """Nothing but a yes and what is said around one, or a plain yes in front of anything that takes nothing back."""
    words = said.split()
    if words and words[0] in _PLAIN_YES and not _DOUBTS.intersection(words):
        return True
    for way in sorted(ways, key=len, reverse=True):
        said = re.sub(rf"(?<![\w']){re.escape(way)}(?![\w'])", " ", said)
    return set(said.split()) <= _AROUND


def _bare(said: str) -> str:
    """Without articles and courtesies."""
    return " ".join(word for word in said.split() if word not in _ARTICLES and word not in _AROUND)


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def _wish(found: e.Understanding) -> e.Wish:
    assert found.intent is not None
    return e.Wish(found.intent, found.confidence, found.entities)
