"""What is wrong with a definition beyond its types: names that lead nowhere, texts that ask for what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.agents import definition as d
from appliance.agents import texts
from appliance.agents.document import Path_
from appliance.agents.flow_checks import FlowChecks
from appliance.agents.naming import Found, named_as, texts_at
from appliance.agents.translation import UrgentSaid
from appliance.agents.urgent_words import NotAPhrase, parsed

ASKED = frozenset({"knowledge", "model"})
"""What stands in place of a connector's name where knowledge or the language model is asked."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check(agent: d.Agent) -> Iterator[Found]:
    """Every mistake, in the order of the definition."""
    yield from texts_at(("greeting",), agent.greeting, ())
    for key in d.Texts.__dataclass_fields__:
        value = getattr(agent.texts, key)
        for number, text in enumerate(value if isinstance(value, tuple) else (value,)):
            path: Path_ = ("texts", key, number) if isinstance(value, tuple) else ("texts", key)
            yield from texts_at(path, text, texts.OWN.get(key, ()))
    yield from named_as(("policies", "person"), agent.policies.person, agent.transfers, "transfer")
    yield from _intents(agent)
    yield from _entities_and_slots(agent)
    for name in ASKED.intersection(agent.connectors):
        yield ("connectors", name), "is a name of the appliance's own", None
    for name, flow in agent.flows.items():
        yield from FlowChecks(agent, name, flow).check()


def _intents(agent: d.Agent) -> Iterator[Found]:
    seen: dict[str, str] = {}
    for name, intent in agent.intents.items():
        path = ("intents", name)
        if name == d.OUT_OF_SCOPE:
            yield path, "is a name of the appliance's own", None
        if (intent.starts is None) == (intent.does is None):
            yield path, "has exactly one of the keys starts, does", None
        if intent.starts is not None:
            yield from named_as((*path, "starts"), intent.starts, agent.flows, "flow")
        if intent.urgent is not None:
            yield from _urgent(agent, path, intent, intent.urgent)
        for number, example in enumerate(intent.examples):
            place: Path_ = (*path, "examples", number)
            for placeholder in _PLACEHOLDER.findall(example):
                options = [key for key, entity in agent.entities.items() if entity.options]
                yield from named_as(place, placeholder, options, "entity with options")
            said = " ".join(example.lower().split())
            if said in seen:
                yield place, f"is an example of {seen[said]} already", None
            seen[said] = name


def _urgent(agent: d.Agent, path: Path_, intent: d.Intent, urgent: d.Urgent) -> Iterator[Found]:
    yield from urgent_phrases((*path, "urgent"), urgent)
    flow = agent.flows.get(intent.starts or "")
    steps = flow.steps if flow else ()
    if not steps or any(not isinstance(step, d.Say | d.Transfer | d.HandOver) for step in steps):
        yield (
            (*path, "urgent"),
            "is for a flow of say, transfer and hand_over only: nothing may stand before a person",
            None,
        )
    elif not isinstance(steps[-1], d.Transfer | d.HandOver):
        yield (*path, "urgent"), "is for a flow that ends with a person: transfer or hand_over", None


def urgent_phrases(path: Path_, urgent: d.Urgent | UrgentSaid) -> Iterator[Found]:
    for key in ("words", "unless"):
        for number, phrase in enumerate(getattr(urgent, key)):
            try:
                parsed(phrase)
            except NotAPhrase as error:
                yield (*path, key, number), f"is no phrase of words: {error}", None


def _entity(agent: d.Agent, name: str, entity: d.Entity) -> Iterator[Found]:
    path: Path_ = ("entities", name)
    keys = ("options", "digits", "type", "pattern", "parts")
    if sum(bool(getattr(entity, key)) for key in keys) != 1:
        yield path, f"has exactly one of the keys {', '.join(keys)}", None
        return
    if entity.digits and entity.digits.min > entity.digits.max:
        yield (*path, "digits"), "min is more than max", None
    if entity.min is not None and entity.max is not None and entity.min > entity.max:
        yield (*path, "min"), "min is more than max", None
    for key, kinds in _ONLY_OF.items():
        if getattr(entity, key) != d.Entity.__dataclass_fields__[key].default and entity.kind not in kinds:
            yield (*path, key), f"is for {', '.join(kinds)} only", None
    if entity.pattern is not None:
        yield from _pattern((*path, "pattern"), entity.pattern)
    for part, of in entity.parts.items():
        whole = [key for key, other in agent.entities.items() if not other.parts]
        yield from named_as((*path, "parts", part), of, whole, "entity without parts")
    for role in entity.roles:
        fitting = [slot for slot, defined in agent.slots.items() if defined.entity == name]
        yield from named_as((*path, "roles", role), role, fitting, f"slot of the entity {name}")


def _pattern(path: Path_, pattern: str) -> Iterator[Found]:
    try:
        empty = re.compile(pattern, re.IGNORECASE).search("")
    except re.error as error:
        yield path, f"is not a regular expression: {error.msg}", None
        return
    if empty:
        yield path, "fits nothing at all as well", None


_ONLY_OF: dict[str, tuple[str, ...]] = {
    "exact": ("options",),
    "prefer": ("date", "time", "moment"),
    "currency": ("money",),
    "min": ("money", "number"),
    "max": ("money", "number"),
}


def _entities_and_slots(agent: d.Agent) -> Iterator[Found]:
    for name, entity in agent.entities.items():
        yield from _entity(agent, name, entity)
    for name, slot in agent.slots.items():
        if [slot.entity, slot.secure, slot.holds].count(None) != 2:
            yield ("slots", name), "has exactly one of the keys entity, secure, holds", None
        if slot.entity is not None:
            yield from named_as(("slots", name, "entity"), slot.entity, agent.entities, "entity")
        if slot.secure and slot.secure.min_digits > slot.secure.max_digits:
            yield ("slots", name, "secure"), "min_digits is more than max_digits", None
        if slot.secure and slot.keep:
            yield ("slots", name, "keep"), "a secure slot is never kept", None
