"""How well examples teach what parties want, and what of it may be lost from one published version to the next.

The figures come of asking for each example that was left out of training (`models.understanding.cross_validation`), for
each of the agent's languages by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import Field

from appliance.agents.builtins import written
from appliance.agents.definition import OUT_OF_SCOPE, Agent, PublishBudget
from appliance.agents.loading import Version
from appliance.agents.phrases import expand

Taught = dict[str, tuple[tuple[str, ...], ...]]
"""Intent → its written examples, each with the phrases that it stands for."""
Share = Annotated[float, Field(ge=0, le=1)]
LOST_SHOWN: Final = 10
LOST_NAMED: Final = 3
WAYS: Final = 6
"""Phrases of one written example, evenly chosen: a placeholder of many options counts no more."""
LETTERS: Final = 450_000
"""Of one version's lesson: two of them are one message."""
FEW: Final = 20
"""Fewer examples than these tell nothing: there is no least then."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the examples, those that are understood as their intent; of what is none of the agent's, what is refused."""

    accuracy: Share
    out_of_scope: Share


@dataclass(frozen=True, slots=True)
class OfIntent:
    """`taken_for`: what those that are not understood are mostly taken for."""

    examples: int
    after: Share
    before: Share | None = None
    taken_for: str | None = None

    @property
    def lost(self) -> float:
        return (1.0 if self.before is None else self.before) - self.after


@dataclass(frozen=True, slots=True)
class Understood:
    """Of one language. `before`: of the version that is published, asked the same; None where there is none, and then
    `intents` lost what they are short of all."""

    examples: int
    outside: int
    after: Shares
    before: Shares | None
    intents: dict[str, OfIntent]

    @property
    def lost(self) -> dict[str, OfIntent]:
        """The intents that lost, those that lost most examples first."""
        found = [(one.lost * one.examples, name) for name, one in self.intents.items() if one.lost > 0]
        return {name: self.intents[name] for _, name in sorted(found, key=lambda pair: (-pair[0], pair[1]))}

    @property
    def short(self) -> Understood:
        """As a record keeps it."""
        return replace(self, intents=dict(list(self.lost.items())[:LOST_SHOWN]))


def taught(agent: Agent) -> Taught:
    """As much as one message of the bus has room for: of more, in turn from every intent, by the examples' hashes, so
    that what two versions have in common is asked of both."""
    ways = {name: [_ways(agent, example) for example in intent.examples] for name, intent in agent.intents.items()}
    if sum(_length(one) for several in ways.values() for one in several) > LETTERS:
        ways = _drawn(ways)
    return {name: tuple(several) for name, several in ways.items()}


def _ways(agent: Agent, example: str) -> tuple[str, ...]:
    said = tuple(expand(agent, example))
    return said if len(said) <= WAYS else tuple(said[place * len(said) // WAYS] for place in range(WAYS))


def _drawn(ways: Mapping[str, list[tuple[str, ...]]]) -> dict[str, list[tuple[str, ...]]]:
    ranked = {
        name: sorted(several, key=lambda one: hashlib.sha256(one[0].encode()).digest())
        for name, several in ways.items()
    }
    turns = sorted((place, name) for name, several in ranked.items() for place in range(len(several)))
    kept: dict[str, list[tuple[str, ...]]] = {name: [] for name in ways}
    left = LETTERS
    for place, name in turns:
        left -= _length(ranked[name][place])
        if left < 0:
            break
        kept[name].append(ranked[name][place])
    return kept


def _length(said: tuple[str, ...]) -> int:
    return sum(len(one.encode()) + 4 for one in said)


def lessons(draft: Version, published: Version | None) -> Iterator[tuple[str, Agent, Agent | None]]:
    """For each language whose lesson is another than the published one: the locale, and both as they speak it; None
    where it is new."""
    before = {one.agent.locales[0]: one.agent for one in published.translated} if published is not None else {}
    for spoken in draft.translated:
        locale = spoken.agent.locales[0]
        theirs = before.get(locale)
        if theirs is None or taught(theirs) != taught(spoken.agent):
            yield locale, spoken.agent, theirs


def refusals(draft: Version, found: Mapping[str, Understood]) -> tuple[str, ...]:
    """Why a draft may not be published, a sentence for each figure; none where it may."""
    budget = draft.agent.policies.publish
    said = (
        [*_falls(locale, one, budget)] if one.before is not None else [*_floors(draft.agent, locale, one, budget)]
        for locale, one in found.items()
    )
    return tuple(sentence for several in said for sentence in several)


def _falls(locale: str, found: Understood, budget: PublishBudget) -> Iterator[str]:
    assert found.before is not None
    for key, count, what in _MEASURES:
        was, now = getattr(found.before, key), getattr(found.after, key)
        number, allowed = getattr(found, count), getattr(budget, key)
        if was - now > allowed + 1e-9 and round((was - now) * number) > 1:  # a single example is chance
            outside = key == "out_of_scope"
            names = [name for name in found.lost if (name == OUT_OF_SCOPE) == outside]
            yield (
                f"{locale}: of {number} {what} falls from {was:.1%} to {now:.1%}; "
                f"{allowed:.1%} may go (policies.publish.{key}).{_most(found, names)}"
            )


def _floors(agent: Agent, locale: str, found: Understood, budget: PublishBudget) -> Iterator[str]:
    own = {name: one for name, one in found.intents.items() if name in written(agent).intents and name != OUT_OF_SCOPE}
    number = sum(one.examples for one in own.values())
    share = sum(one.examples * one.after for one in own.values()) / number if number else 1.0
    if number >= FEW and share < budget.least:
        names = [name for name in found.lost if name in own]
        yield (
            f"{locale}: of {number} {_MEASURES[0][2]} is {share:.1%}; a first version has {budget.least:.1%} at least "
            f"(policies.publish.least).{_most(found, names)}"
        )


def _most(found: Understood, names: list[str]) -> str:
    if not names:
        return ""
    told = []
    for name in names[:LOST_NAMED]:
        one = found.intents[name]
        was = f"{one.before:.0%} → " if one.before is not None else ""
        told.append(f"{name} {was}{one.after:.0%}" + (f", taken for {one.taken_for}" if one.taken_for else ""))
    return f" Lost most: {'; '.join(told)}."


_MEASURES: Final = (
    ("accuracy", "examples", "examples left out of training, the share that is understood as its intent"),
    ("out_of_scope", "outside", "sentences that are none of its business, the share that is refused"),
)
