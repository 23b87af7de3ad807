"""How a simulated user talks: from what is asked now and what they want, by rules and a seed, each time the same.

Sans-I/O. Counterpart: `appliance.cli.trying.simulating`, which lets one talk to what a box runs.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Final, Literal

from appliance.agents import definition as d
from appliance.agents.builtins import YES_NO
from appliance.agents.scenarios import Turn
from appliance.agents.simulated import Simulated
from appliance.agents.variants import harmless

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_OPENINGS: Final[dict[str, tuple[str, ...]]] = {
    "chatty": ("hello there, I hope you are well, {said}", "hi, I have a question, {said}", "good day to you, {said}"),
    "angry": ("this is ridiculous, {said}", "I have been waiting for ages, {said}", "come on, {said} right now"),
}
_ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    "chatty": ("well let me see, {said}", "oh yes of course, {said}", "{said}, if I am not mistaken"),
    "angry": ("{said}, how often do I have to say that", "{said}, and hurry up", "I told you already, {said}"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the user makes of where the conversation is."""

    asks: Literal["slot", "yes_no", "secret", "open"]
    slot: str | None = None
    flow: str | None = None
    misunderstood: int = 0
    """In a row."""
    skip: str | None = None
    """The slot by which the question may be passed over."""


@dataclass(frozen=True, slots=True)
class GivesUp:
    why: str


class SimulatedUser:
    def __init__(self, simulated: Simulated, agent: d.Agent) -> None:
        self._user, self._goal, self._agent = simulated.user, simulated.user.goal, agent
        self._style = self._user.style
        self._chance = random.Random(f"{simulated.name}/{simulated.seed}")  # noqa: S311 - the same at every run
        self._given: dict[str, int] = {}
        """Slot → how often it was said."""
        self._wrong: str | None = None
        """The slot that was just given another value than is meant."""
        self._aside = False
        self._instead = self._first_wish() if self._style == "changes_mind" else None
        self._openings = 0

    def next(self, seen: Seen) -> Turn | GivesUp:
        if seen.misunderstood > self._user.patience:
            return GivesUp(f"it was not understood {seen.misunderstood} times in a row")
        if self._instead is not None and self._openings:
            return self._changes_mind(seen)
        if self._wrong is not None:
            slot, self._wrong = self._wrong, None
            return Turn(say=f"no, I mean {self._value(slot)}")
        match seen.asks:
            case "yes_no":
                return Turn(say=self._yes_or_no())
            case "secret":
                return self._secret(seen.slot or "")
            case "slot":
                return self._passed_over(seen) or self._answer(seen.slot or "")
            case _:
                return self._opening()

    def _opening(self) -> Turn | GivesUp:
        self._openings += 1
        if self._openings > 1 + self._user.patience:
            return GivesUp("it said what it wants again and again")
        wish = self._instead or self._goal.wants
        said = self._wish(wish)
        carriers = _OPENINGS.get(self._style)
        return Turn(say=self._chance.choice(carriers).format(said=said) if carriers else said)

    def _wish(self, intent: str) -> str:
        own = self._goal.opening if intent == self._goal.wants else ()
        ways = [said for one in own or self._agent.intents[intent].examples if (said := self._filled(one)) is not None]
        if not ways:
            return self._agent.intents[intent].title
        ways = sorted(ways, key=lambda way: len(way.split()))
        if self._style == "terse":
            ways = [way for way in ways if len(way.split()) > 1][:1] or ways[:1]
        return self._chance.choice(ways)

    def _filled(self, example: str) -> str | None:
        """An example with the goal's values; None where it names what the goal has no value of."""
        pieces = _PLACEHOLDER.split(example)
        for at, entity in enumerate(pieces[1::2]):
            slot = next((one for one in self._goal.values if self._agent.slots[one].entity == entity), None)
            if slot is None:
                return None
            pieces[2 * at + 1] = self._value(slot)
        return "".join(pieces)

    def _value(self, slot: str) -> str:
        ways = self._goal.values[slot]
        entity = self._agent.entity_of(slot)
        said = [way for one in ways for way in (entity.options.get(one, (one,)) if entity else (one,))]
        return min(said, key=len) if self._style == "terse" else self._chance.choice(said)

    def _passed_over(self, seen: Seen) -> Turn | None:
        """What the user has no value of, or has said already, they pass over where they may and know how."""
        skip, slot = seen.skip or "", seen.slot or ""
        if skip not in self._goal.values or (slot in self._goal.values and not self._given.get(slot)):
            return None
        self._given[skip] = self._given.get(skip, 0) + 1
        return Turn(say=self._value(skip)) if self._given[skip] <= 1 + self._user.patience else None

    def _answer(self, slot: str) -> Turn | GivesUp:
        if slot not in self._goal.values:
            return GivesUp(f'it is asked for "{slot}", which its goal has no value of')
        if self._style == "digresses" and not self._aside and (aside := self._digression()):
            self._aside = True
            return Turn(say=aside)
        self._given[slot] = self._given.get(slot, 0) + 1
        if self._given[slot] > 1 + self._user.patience:
            return GivesUp(f'it is asked for "{slot}" again and again')
        if self._style == "corrects_itself" and not self._aside and (other := self._other(slot)):
            self._aside, self._wrong = True, slot
            return Turn(say=other)
        said = self._value(slot)
        if self._style == "answers_two" and self._given[slot] == 1 and (following := self._following(slot)):
            self._given[following] = 0
            return Turn(say=f"{said}, and my {following.replace('_', ' ')} is {self._value(following)}")
        carriers = _ANSWERS.get(self._style)
        return Turn(say=self._chance.choice(carriers).format(said=said) if carriers else said)

    def _secret(self, slot: str) -> Turn | GivesUp:
        if slot not in self._goal.values:
            return GivesUp(f'it is asked for "{slot}", which its goal has no value of')
        self._given[slot] = self._given.get(slot, 0) + 1
        if self._given[slot] > 1 + self._user.patience:
            return GivesUp(f'it is asked for "{slot}" again and again')
        return Turn(secure=self._goal.values[slot][0])

    def _yes_or_no(self) -> str:
        ways = self._agent.entities[YES_NO].options["yes" if self._goal.confirms else "no"]
        return ways[0] if self._style == "terse" else self._chance.choice(ways)

    def _other(self, slot: str) -> str | None:
        """Another option than the one that is meant."""
        entity = self._agent.entity_of(slot)
        meant = set(self._goal.values[slot])
        others = [ways[0] for option, ways in entity.options.items() if option not in meant] if entity else []
        return self._chance.choice(others) if others else None

    def _following(self, slot: str) -> str | None:
        """The question of the same flow that comes after this one, and has a value."""
        for flow in self._agent.flows.values():
            asked = [step.ask for step in flow.steps if isinstance(step, d.Ask)]
            if slot in asked[:-1]:
                after = asked[asked.index(slot) + 1]
                if after in self._goal.values and after not in self._given:
                    return after
        return None

    def _digression(self) -> str | None:
        names = [name for name in harmless(self._agent) if name != self._goal.wants]
        return self._agent.intents[self._chance.choice(names)].examples[0] if names else None

    def _first_wish(self) -> str | None:
        if self._user.instead_of is not None:
            return self._user.instead_of
        names = [
            name
            for name, intent in self._agent.intents.items()
            if name != self._goal.wants
            and intent.starts is not None
            and any(isinstance(step, d.Ask) for step in self._agent.flows[intent.starts].steps)
            and any("{" not in example for example in intent.examples)
        ]
        return self._chance.choice(names) if names else None

    def _changes_mind(self, seen: Seen) -> Turn:
        """Calls off what they wanted first, and then says what they want."""
        if seen.flow is not None and not self._aside:
            self._aside = True
            cancel = next(one for one in self._agent.intents.values() if one.does == "cancel")
            return Turn(say=self._chance.choice([one for one in cancel.examples if "mind" in one] or cancel.examples))
        self._instead = None
        self._openings = 1
        return Turn(say=self._wish(self._goal.wants))
