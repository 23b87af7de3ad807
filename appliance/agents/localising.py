"""An agent in one of its languages: the same flows and rules, with the words of a translation in place of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter

from appliance.agents import definition as d
from appliance.agents.builtins import completed, written
from appliance.agents.checks import check, urgent_phrases
from appliance.agents.document import Path_
from appliance.agents.naming import Found, named_as
from appliance.agents.translation import STEP_TEXTS, IntentSaid, StepSaid, Translation


def nearest(agent: d.Agent, locale: str) -> str:
    """The locale of the agent that a party's is answered in: the same, else of the same language, else its first."""
    language = locale.partition("-")[0].lower()
    same = (one for one in agent.locales if one.partition("-")[0] == language)
    return locale if locale in agent.locales else next(same, agent.locales[0])


def settled(agent: d.Agent, locale: str) -> str:
    """A party's own locale where the agent has its language, since a date is written otherwise in another country;
    else the agent's."""
    near = nearest(agent, locale)
    return locale if near.partition("-")[0] == locale.partition("-")[0].lower() else near


def localised(agent: d.Agent, locale: str) -> d.Agent:
    """The agent as it speaks and understands in `locale`, which has a translation."""
    said = agent.translations[locale]
    given = {key: value for key in ("title", "greeting", "voice") if (value := getattr(said, key)) is not None}
    bare = written(agent)
    changed = replace(
        bare,
        locales=(locale,),
        translations={},
        texts=replace(bare.texts, **said.texts),  # type: ignore[arg-type]
        intents={name: _intent(intent, said.intents.get(name)) for name, intent in bare.intents.items()},
        entities={name: _entity(entity, said.entities.get(name)) for name, entity in bare.entities.items()},
        flows={name: _flow(flow, said.flows.get(name)) for name, flow in bare.flows.items()},
        transfers={name: _said(one, said.transfers.get(name)) for name, one in bare.transfers.items()},
        knowledge={name: _said(one, said.knowledge.get(name)) for name, one in bare.knowledge.items()},
        **({"voice": d.Voice(name=locale.partition("-")[0], speed=agent.voice.speed)} | given),
    )
    return completed(changed)


def _said(one: Any, said: Any) -> Any:
    if said is None:
        return one
    given = {key: getattr(said, key) for key in (one.name for one in fields(said))}
    return replace(one, **{key: value for key, value in given.items() if value is not None})


def _intent(intent: d.Intent, said: IntentSaid | None) -> d.Intent:
    """Its urgent words stay: those of all languages are looked for in every one (`appliance.conversation.urgency`)."""
    return _said(intent, replace(said, urgent=None)) if said is not None else intent


def _entity(entity: d.Entity, said: Any) -> d.Entity:
    if said is None:
        return entity
    pattern = entity.pattern if said.pattern is None else said.pattern
    return replace(
        entity, options={**entity.options, **said.options}, roles={**entity.roles, **said.roles}, pattern=pattern
    )


def _flow(flow: d.Flow, said: Any) -> d.Flow:
    if said is None:
        return flow
    steps = tuple(_said(step, said.steps.get(step.name)) for step in flow.steps)
    afterwards = flow.afterwards if said.afterwards is None else said.afterwards
    return replace(flow, title=said.title or flow.title, steps=steps, afterwards=afterwards)


def mistakes_in(agent: d.Agent) -> Iterator[Found]:
    """What is wrong with the translations of a definition that is in order itself."""
    for locale, said in agent.translations.items():
        where: Path_ = ("translations", locale)
        if locale not in agent.locales:
            yield where, f'"{locale}" is not among the agent\'s locales: {", ".join(agent.locales)}', None
        elif locale == agent.locales[0]:
            yield where, "is the language that the definition is written in", None
        else:
            wrong = list(_names(agent, where, said))
            yield from wrong or _words(agent, where, locale)


def _names(agent: d.Agent, where: Path_, said: Translation) -> Iterator[Found]:
    for key in said.texts:
        yield from named_as((*where, "texts", key), key, d.Texts.__dataclass_fields__, "text")
        if key in d.Texts.__dataclass_fields__ and isinstance(getattr(agent.texts, key), tuple) != isinstance(
            said.texts[key], tuple
        ):
            yield (*where, "texts", key), "has as many texts as in the definition: one, or a list of two", None
    kinds = {"intents": "intent", "entities": "entity", "flows": "flow", "transfers": "transfer"}
    for key, what in (kinds | {"knowledge": "knowledge base"}).items():
        for name in getattr(said, key):
            yield from named_as((*where, key, name), name, getattr(agent, key), what)
    for name, intent in said.intents.items():
        if name in agent.intents and intent.urgent is not None:
            place: Path_ = (*where, "intents", name, "urgent")
            if agent.intents[name].urgent is None:
                yield place, "is for an intent that is urgent in the definition itself", None
            yield from urgent_phrases(place, intent.urgent)
    for name, entity in said.entities.items():
        if name in agent.entities:
            yield from _keys((*where, "entities", name, "options"), entity.options, agent.entities[name].options)
            yield from _keys((*where, "entities", name, "roles"), entity.roles, agent.entities[name].roles)
            if entity.pattern is not None and agent.entities[name].pattern is None:
                yield (
                    (*where, "entities", name, "pattern"),
                    "the entity has no pattern to put another in place of",
                    None,
                )
    for name, flow in said.flows.items():
        if name in agent.flows:
            yield from _steps((*where, "flows", name, "steps"), flow.steps, agent.flows[name])


def _keys(path: Path_, said: Mapping[str, Any], known: Iterable[str]) -> Iterator[Found]:
    for key in said:
        yield from named_as((*path, key), key, known, path[-1][:-1] if isinstance(path[-1], str) else "name")


def _steps(path: Path_, said: Mapping[str, StepSaid], flow: d.Flow) -> Iterator[Found]:
    for name, given in said.items():
        step = flow.step(name)
        if step is None:
            yield from named_as((*path, name), name, [one.name for one in flow.steps], "step")
            continue
        for key in STEP_TEXTS:
            if getattr(given, key) is not None and not hasattr(step, key):
                yield (*path, name, key), f"is no key of the step, a {type(step).__name__}", None


def _words(agent: d.Agent, where: Path_, locale: str) -> Iterator[Found]:
    """What the definition's own checks say of the translation: unknown names in texts, the same example twice."""
    spoken = localised(agent, locale)
    for path, problem, suggestion in check(spoken):
        if len(path) > 3 and path[0] == "flows" and path[2] == "steps" and isinstance(path[3], int):
            step = agent.flows[str(path[1])].steps[path[3]]
            path = (*path[:3], step.name, *path[4:])
        yield (*where, *path), problem, suggestion


def untranslated(agent: d.Agent) -> Iterator[tuple[Path_, str]]:
    """What a translation leaves in the language of the definition. Defaults that every agent has are the appliance's
    own words, which it has in several languages."""
    for locale, said in agent.translations.items():
        where: Path_ = ("translations", locale)
        left = [key for key in ("title", "greeting") if getattr(said, key) is None]
        written_out = [one for one in d.Texts.__dataclass_fields__ if getattr(agent.texts, one) != _usual(one)]
        left += [f"texts.{key}" for key in written_out if key not in said.texts]
        for name, intent in agent.intents.items():
            given = said.intents.get(name)
            left += [
                f"intents.{name}.{key}"
                for key in ("examples", "offer")
                if getattr(intent, key) is not None and getattr(given, key, None) is None
            ]
        left += [
            f"entities.{name}" for name, one in agent.entities.items() if one.options and name not in said.entities
        ]
        for name, flow in agent.flows.items():
            steps = said.flows[name].steps if name in said.flows else {}
            left += [
                f"flows.{name}.steps.{step.name}.{key}"
                for step in flow.steps
                for key in STEP_TEXTS
                if getattr(step, key, None) and getattr(steps.get(step.name), key, None) is None
            ]
        for key in left:
            yield where, f"{key} is not translated and stays in {agent.locales[0]}"


def _usual(text: str) -> object:
    return d.Texts.__dataclass_fields__[text].default


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a file `locales/LOCALE.yaml`, for editors."""
    schema = TypeAdapter(Translation).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "B2T Voice translation", **schema}
