"""What parties are expected to say: examples with their placeholders filled, for training and for the recogniser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from appliance.agents.builtins import YES_NO
from appliance.agents.definition import Agent, Ask, Collect, Confirm, Entity, LearningEngine
from appliance.agents.spoken_values import days, times

START = "start"
"""The hints of an open question: anything the agent can do."""
MAX_PHRASES = 2000
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def expand(agent: Agent, example: str) -> Iterator[str]:
    """The example once for every option its placeholders stand for."""
    names = _PLACEHOLDER.findall(example)
    ways = [[way for said in agent.entities[name].options.values() for way in said] for name in names]
    for chosen in product(*ways):
        pieces = _PLACEHOLDER.split(example)  # text, name, text, name, …, text
        pieces[1::2] = chosen
        yield "".join(pieces)


def examples(agent: Agent) -> dict[str, tuple[str, ...]]:
    """Intent → all that parties say for it."""
    return {
        name: tuple(dict.fromkeys(phrase for example in intent.examples for phrase in expand(agent, example)))
        for name, intent in agent.intents.items()
    }


def lesson(
    agent: Agent,
) -> tuple[dict[str, tuple[str, ...]], dict[str, dict[str, tuple[str, ...]]], str, dict[str, Entity], LearningEngine]:
    """What is learnt to understand it: examples, options of entities, the language, its other entities, and by which
    engine."""
    options = {name: entity.options for name, entity in agent.entities.items() if entity.options}
    typed = {name: entity for name, entity in agent.entities.items() if not entity.plain}
    return examples(agent), options, agent.locales[0], typed, agent.understanding.engine


def _values(agent: Agent, entity: Entity | None) -> tuple[str, ...]:
    """Days and times, which nobody lists. An agent's other languages have none: no recogniser binds them yet."""
    if entity is None or not agent.locales[0].startswith("en"):
        return ()
    made = {"date": days, "time": times}.get(entity.kind)
    if entity.kind == "moment":
        return (*days(), *times())
    return made() if made is not None else ()


def phrases(agent: Agent, hints: str | None) -> tuple[str, ...]:
    """What `Expectation.hints` stands for: answers to the question that waits first, then whatever else may be said."""
    if hints is None:
        return ()
    answers: list[str] = []
    flow, _, name = hints.partition("/")
    step = agent.flows[flow].step(name) if flow in agent.flows else None
    if isinstance(step, Ask):
        for entity in (agent.entity_of(step.ask), agent.entity_of(step.skip or "")):
            answers += [way for ways in entity.options.values() for way in ways] if entity else []
            answers += _values(agent, entity)
        answers += step.hints
    if isinstance(step, Confirm):
        answers = [way for ways in agent.entities[YES_NO].options.values() for way in ways]
    if isinstance(step, Collect):
        return ()
    every = [phrase for said in examples(agent).values() for phrase in said]
    return tuple(dict.fromkeys([*answers, *every]))[:MAX_PHRASES]
