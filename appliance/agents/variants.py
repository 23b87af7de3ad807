"""More scenarios from each written one: said otherwise, misspelt, misheard, interrupted, with something else between.

What is made is the same at every run. What a scenario expects stays; turns that are put in expect nothing of their own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from appliance.agents import definition as d
from appliance.agents.mishearing import misheard
from appliance.agents.scenarios import Scenario, Turn, Written

CARRIERS: Final[dict[str, tuple[str, ...]]] = {
    "en": ("hello, {said}", "{said} please", "um {said}", "okay, {said}", "hi there, {said}"),
    "de": ("hallo, {said}", "{said} bitte", "äh {said}", "also {said}", "guten Tag, {said}"),
    "es": ("hola, {said}", "{said} por favor", "eh {said}", "bueno, {said}", "buenos días, {said}"),
}
NUMBERS: Final = frozenset(
    {"three", "seven", "eight", "fifty", "forty", "sixty", "twenty", "thirty", "eighty", "ninety", "hundred"}
    | {"thousand", "dollars", "dollar", "cents", "euros"}
)
SHORTEST: Final = 5
"""Letters of a word that a typo is put into."""
FEWEST: Final = 3
"""Words of what is said otherwise or misspelt."""
_WORD: Final = re.compile(rf"[A-Za-zÀ-ÿ]{{{SHORTEST},}}")
_NUMBER: Final = re.compile(r"[0-9@]")


def variants(written: Written, agent: d.Agent, asked: Sequence[bool]) -> Iterator[Written]:
    """`asked`: for each turn, whether a flow's question waited for it when it was played as written."""
    scenario = written.scenario
    language = (scenario.locale or agent.locales[0]).partition("-")[0]
    for number, turn in enumerate(scenario.turns):
        for way, said in enumerate(turn.ways, 1):
            yield _said(written, {number: said}, f"turn {number + 1}, way {way}")
    chance = random.Random(scenario.name)  # noqa: S311 - the same at every run is what is wanted
    wishes = [number for number, turn in enumerate(scenario.turns) if _plain(turn) and not asked[number]]
    if "paraphrase" in scenario.vary and wishes:
        carrier = chance.choice(CARRIERS.get(language, CARRIERS["en"]))
        yield _said(written, {one: carrier.format(said=scenario.turns[one].say) for one in wishes[:1]}, "paraphrase")
    if "typos" in scenario.vary and wishes:
        misspelt = {one: typo(str(scenario.turns[one].say), chance, _values(agent)) for one in wishes[:1]}
        if any(said != scenario.turns[one].say for one, said in misspelt.items()):
            yield _said(written, misspelt, "typo")
    if "recogniser" in scenario.vary and wishes and language == "en":
        other = random.Random(f"{scenario.name} misheard")  # noqa: S311
        yield from _misheard(written, wishes[0], other, _values(agent))
    waiting = [number for number, waits in enumerate(asked) if waits and scenario.turns[number].wait is None]
    if not waiting:
        return
    if "interruption" in scenario.vary and (again := _example(agent, _repeats(agent))):
        place = chance.choice(waiting)
        yield _put_in(written, place, Turn(say=again), "interruption")
    if "digression" in scenario.vary:
        aside = [name for name in harmless(agent) if not _about(scenario, name)]
        if aside:
            place, name = chance.choice(waiting), chance.choice(aside)
            yield _put_in(written, place, Turn(say=agent.intents[name].examples[0]), f"digression to {name}")


def _misheard(written: Written, number: int, chance: random.Random, spared: frozenset[str]) -> Iterator[Written]:
    """One word of it as the recogniser has heard it; where it is not understood, it is said again as it is written."""
    said = str(written.scenario.turns[number].say)
    heard = misheard(said, chance, spared)
    if heard != said:
        yield replace(_said(written, {number: heard}, f'recogniser: "{heard}"'), again={number: said})


def harmless(agent: d.Agent) -> list[str]:
    """Intents whose flow only says something."""
    return [
        name
        for name, intent in agent.intents.items()
        if intent.starts is not None
        and intent.offer is not None
        and all(isinstance(step, d.Say) for step in agent.flows[intent.starts].steps)
        and "{" not in intent.examples[0]
    ]


def typo(said: str, chance: random.Random, spared: frozenset[str] = frozenset()) -> str:
    """One long word, none of the `spared`, with two letters swapped, one left out or one doubled."""
    words = [word for word in _WORD.finditer(said) if word[0].lower() not in spared]
    if not words:
        return said
    word = chance.choice(words)
    place = chance.randrange(word.start() + 1, word.end() - 2)
    match chance.randrange(3):
        case 0:
            return said[:place] + said[place + 1] + said[place] + said[place + 2 :]
        case 1:
            return said[:place] + said[place + 1 :]
        case _:
            return said[:place] + said[place] + said[place:]


def _values(agent: d.Agent) -> frozenset[str]:
    """Words of the agent's options and of numbers: misspelt, they are asked for again, and rightly so."""
    ways = (way for entity in agent.entities.values() for said in entity.options.values() for way in said)
    return frozenset(word.lower() for way in ways for word in way.split()) | NUMBERS


def _plain(turn: Turn) -> bool:
    return turn.say is not None and len(turn.say.split()) >= FEWEST and not _NUMBER.search(turn.say)


def _about(scenario: Scenario, intent: str) -> bool:
    return any(turn.expect.intent == intent for turn in scenario.turns)


def _repeats(agent: d.Agent) -> str | None:
    return next((name for name, intent in agent.intents.items() if intent.does == "repeat"), None)


def _example(agent: d.Agent, intent: str | None) -> str | None:
    return agent.intents[intent].examples[0] if intent else None


def _said(written: Written, said: dict[int, str], named: str) -> Written:
    turns = tuple(replace(turn, say=said.get(number, turn.say)) for number, turn in enumerate(written.scenario.turns))
    origin = tuple(range(len(turns)))
    return replace(written, scenario=replace(written.scenario, turns=turns), variant=named, origin=origin)


def _put_in(written: Written, place: int, turn: Turn, named: str) -> Written:
    turns = written.scenario.turns
    origin: tuple[int | None, ...] = (*range(place), None, *range(place, len(turns)))
    changed = replace(written.scenario, turns=(*turns[:place], turn, *turns[place:]))
    return replace(written, scenario=changed, variant=named, origin=origin)
