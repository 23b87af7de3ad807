"""The house bank of the conversations' tests, and a party that is understood by looking words up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from appliance import events as e
from appliance.agents.definition import Agent
from appliance.agents.loading import load_agent
from appliance.agents.phrases import examples
from appliance.conversation.drafting import Context, Ids
from appliance.conversation.parts import answering, combined, parts
from services.dialogue.hearing import expected_entity
from tests.fakes.talk import OpenSealer, Talk

HOUSE_BANK = load_agent(Path(__file__).parents[1] / "appliance/conversation/bank")
PLACEHOLDERS = {"NUMBER_1": 8, "NUMBER_2": 5, "NUMBER_3": 8}
_NUMBERS = {"twenty": 20, "fifty": 50, "hundred": 100, "a hundred": 100, "two thousand": 2000, "nine thousand": 9000}
_MONEY = re.compile(rf"\b({'|'.join(sorted(_NUMBERS, key=len, reverse=True))}|[0-9]+) dollars\b")
_MOMENT = re.compile(r"\b(?:tomorrow|on monday|on friday) at (?:three|nine|noon)\b")


def entities(agent: Agent, text: str) -> tuple[e.Entity, ...]:
    said = text.lower()
    found: list[tuple[int, e.Entity]] = []
    for name, entity in agent.entities.items():
        ways = sorted(
            ((way.lower(), option) for option, all_ways in entity.options.items() for way in all_ways),
            key=lambda one: -len(one[0]),
        )
        taken: list[tuple[int, int]] = []
        for way, option in ways:
            for match in re.finditer(rf"\b{re.escape(way)}\b", said):
                if any(start < match.end() and match.start() < end for start, end in taken):
                    continue
                taken.append(match.span())
                before = said[: match.start()]
                roles = [
                    role
                    for role, cues in entity.roles.items()
                    if any(re.search(rf"\b{re.escape(cue)}\s+(?:my |the )?$", before) for cue in cues)
                ]
                found.append((match.start(), e.Entity(name, option, roles[0] if roles else None)))
    for match in _MONEY.finditer(said):
        amount = _NUMBERS.get(match.group(1)) or int(match.group(1))
        found.append((match.start(), e.Entity("amount", f"money:{amount}.00:USD")))
    if match := _MOMENT.search(said):
        found.append((match.start(), e.Entity("moment", "moment:2026-11-03T15:00")))
    for match in re.finditer(r"<(PHONE_[0-9]+)>", text):
        found.append((match.start(), e.Entity("phone", match.group(1))))
    return tuple(entity for _, entity in sorted(found, key=lambda one: one[0]))


@lru_cache(maxsize=8)
def _known(name: str) -> dict[str, str]:
    agent = HOUSE_BANK.agent
    assert agent.name == name
    return {_plain(agent, phrase): intent for intent, phrases in examples(agent).items() for phrase in phrases}


def understand(agent: Agent, text: str, expected: tuple[str, ...] = ()) -> e.Understanding:
    whole = _one(agent, text, expected)
    cut = parts(text, "en")
    return combined(whole, [_one(agent, part, expected) for part in cut], 0.7, expected) if cut else whole


def _one(agent: Agent, text: str, expected: tuple[str, ...]) -> e.Understanding:
    intent = _known(agent.name).get(_plain(agent, text))
    scores = ((intent, 0.95),) if intent else (("balance", 0.3), ("transfer", 0.2))
    found = e.Understanding(intent, 0.95 if intent else 0.1, scores, entities(agent, text), "en")
    return answering(found, text, agent, expected)


def _plain(agent: Agent, text: str) -> str:
    """The words, with what an entity takes out of them put as one word."""
    said = _MONEY.sub("amount", text.lower())
    for name in ("account", "card"):
        for ways in agent.entities[name].options.values():
            for way in sorted(ways, key=len, reverse=True):
                said = re.sub(rf"\b{re.escape(way.lower())}\b", name, said)
    return " ".join(re.sub(r"[^\w\s']", " ", said).split())


@dataclass
class HouseTalk(Talk):
    agent: Agent = HOUSE_BANK.agent
    ports: frozenset[str] = frozenset()

    def say(self, text: str, *, leg: str = "leg1", understanding: e.Understanding | None = None) -> str:
        return super().say(text, leg=leg, understanding=understanding or understand(self.agent, text, self._expected()))

    def _expected(self) -> tuple[str, ...]:
        return expected_entity(self.state, HOUSE_BANK)

    def context(self, sequence: int, understanding: e.Understanding | None) -> Context:
        ids = Ids(self.conversation, sequence)
        return Context(self.agent, HOUSE_BANK.version, ids, OpenSealer(), self.now, understanding, None, self.ports)

    def knows(self, text: str | None, source: str = "Fees at a glance") -> str:
        call = self.asked().call
        return self.put_message(
            e.KnowledgeAnswered(
                input_id=self._id(),
                conversation=self.conversation,
                call=call,
                outcome="answered" if text else "nothing",
                text=e.Sealed("redacted", f"answer/{call}|{text}") if text else None,
                source=e.Sealed("redacted", f"source/{call}|{source}") if text else None,
                citations=("fees_2",) if text else (),
            )
        )

    def model_says(self, understanding: e.Understanding | None) -> str:
        return self.put_message(
            e.ModelAnswered(
                input_id=self._id(),
                conversation=self.conversation,
                call=self.asked().call,
                outcome="answered" if understanding else "nothing",
                understanding=understanding,
            )
        )

    def asked(self) -> Any:
        """The last thing that knowledge or the language model was asked."""
        return self.orders[-1]

    def put_message(self, message: Any) -> str:
        return self.put(message)

    def rule(self) -> str:
        decided = self.event("reply_made").decided
        return decided.rule if decided else ""

    def at(self) -> str:
        return "/".join(f"{frame.flow}.{frame.step}" for frame in self.state.stack)
