"""Understanding by looking phrases up: exact, instant, and wrong about nothing it was told."""

from __future__ import annotations

import re

from appliance.agents.definition import Agent
from appliance.agents.phrases import examples
from appliance.events import Entity, Understanding


def understand(agent: Agent, text: str) -> Understanding:
    said = _plain(text)
    known = {_plain(phrase): intent for intent, phrases in examples(agent).items() for phrase in phrases}
    entities = tuple(
        Entity(name, option)
        for name, entity in agent.entities.items()
        for option, ways in entity.options.items()
        if any(re.search(rf"\b{re.escape(way)}\b", said) for way in ways)
    )
    intent = known.get(said)
    return Understanding(intent, 0.95 if intent else 0.1, ((intent, 0.95),) if intent else (), entities, "en")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s'<>]", " ", text.lower()).split())
