"""What every agent understands anywhere without defining it: repeat, cancel, slower, back, help, person, yes and no.

It comes from `builtin/LANGUAGE.yaml` for each of the agent's languages and is no part of its version: what is stored
and hashed is what its author wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from appliance.agents import definition as d
from appliance.agents.document import read_document

YES_NO: Final = "yes_no"
"""The entity whose options `yes` and `no` answer a `confirm` step."""
_FOLDER = Path(__file__).parent / "builtin"


@dataclass(frozen=True, slots=True)
class Builtin:
    intents: dict[str, d.Intent]
    yes_no: dict[str, tuple[str, ...]]
    texts: dict[str, str]


_BUILTIN: TypeAdapter[Builtin] = TypeAdapter(Builtin)


def completed(agent: d.Agent) -> d.Agent:
    """The agent with all that it does not define itself."""
    known = [found for found in map(_builtin, languages(agent)) if found is not None]
    if not known:
        return agent
    entities = dict(agent.entities)
    if _confirms(agent) and YES_NO not in entities:
        ways = {
            option: tuple(dict.fromkeys(way for one in known for way in one.yes_no[option])) for option in ("yes", "no")
        }
        entities[YES_NO] = d.Entity(options=ways, exact=True)
    texts = {name: text for name, text in known[0].texts.items() if getattr(agent.texts, name) == _default(name)}
    said = replace(agent.texts, **texts)  # type: ignore[arg-type]
    return replace(agent, intents=dict(_intents(agent, known)), entities=entities, texts=said)


def written(agent: d.Agent) -> d.Agent:
    """The agent without what `completed` adds."""
    known = [found for found in map(_builtin, languages(agent)) if found is not None]
    if not known:
        return agent
    own = {name: intent for name, intent in agent.intents.items() if not _is_added(intent, name, known)}
    bare = replace(agent, intents=own, entities={n: one for n, one in agent.entities.items() if n != YES_NO})
    defaults = {name: _default(name) for name, text in known[0].texts.items() if getattr(agent.texts, name) == text}
    bare = replace(bare, texts=replace(agent.texts, **defaults))  # type: ignore[arg-type]
    return bare if completed(bare) == agent else agent


def languages(agent: d.Agent) -> tuple[str, ...]:
    """Of its own words; those of a translation stand apart."""
    own = (locale for locale in agent.locales if locale not in agent.translations)
    return tuple(dict.fromkeys(locale.partition("-")[0] for locale in own))


def _intents(agent: d.Agent, known: list[Builtin]) -> Iterator[tuple[str, d.Intent]]:
    yield from agent.intents.items()
    taken = {_plain(example) for intent in agent.intents.values() for example in intent.examples}
    done = {intent.does for intent in agent.intents.values()}
    for name, intent in known[0].intents.items():
        if name in agent.intents or intent.does in done:
            continue
        said = dict.fromkeys(example for one in known for example in one.intents[name].examples)
        free = tuple(example for example in said if _plain(example) not in taken)
        if free:
            yield name, replace(intent, examples=free)


def _is_added(intent: d.Intent, name: str, known: list[Builtin]) -> bool:
    builtin = known[0].intents.get(name)
    said = {example for one in known for example in one.intents[name].examples} if builtin else set()
    return builtin is not None and replace(builtin, examples=intent.examples) == intent and said >= {*intent.examples}


def _confirms(agent: d.Agent) -> bool:
    return any(isinstance(step, d.Confirm) for flow in agent.flows.values() for step in flow.steps)


def _default(text: str) -> object:
    return d.Texts.__dataclass_fields__[text].default


def _plain(example: str) -> str:
    return " ".join(example.lower().split())


@lru_cache(maxsize=16)
def _builtin(language: str) -> Builtin | None:
    file = _FOLDER / f"{language}.yaml"
    if not file.exists():
        return None
    return _BUILTIN.validate_python(read_document({file.name: file.read_text("utf-8")}).value)
