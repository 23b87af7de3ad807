"""What is not wrong with a definition and yet hardly meant: what nobody uses or reaches, examples that tell nothing
apart, texts too long to be listened to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.agents import builtins
from appliance.agents import definition as d
from appliance.agents import texts as templates
from appliance.agents.document import Mistake, Path_, dotted, files_of, read_document
from appliance.agents.loading import load_agent
from appliance.agents.localising import untranslated
from appliance.agents.phrases import examples
from appliance.agents.ways import reached
from appliance.errors import Invalid

FEW = 10
"""Examples of an intent, with its placeholders filled."""
LONG = 45
"""Words of a text: some 18 seconds of speech, which nobody remembers the beginning of."""
SLOT_KEYS = ("ask", "skip", "collect", "branch", "same_as")
_FILLERS = frozenset(
    {"a", "an", "the", "please", "can", "could", "would", "you", "i", "we", "my", "me", "to", "do", "is", "are", "of"}
    | {"for", "with", "just", "want", "like", "need"}
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAG = re.compile(r"\{[{%].*?[%}]\}")
Remark = tuple[Path_, str]


@dataclass(frozen=True, slots=True)
class Used:
    """Names that something in the definition uses."""

    entities: frozenset[str]
    slots: frozenset[str]
    flows: frozenset[str]
    transfers: frozenset[str]
    operations: frozenset[str]
    knowledge: frozenset[str]


def lint(path: Path) -> tuple[Mistake, ...]:
    """In the order of the file. Raises AgentMistakes where the definition is wrong."""
    agent = builtins.written(load_agent(path).agent)
    document = read_document(files_of(path))
    found = [Mistake(document.place_of(where), dotted(where), problem) for where, problem in remarks(agent)]
    return tuple(sorted(found, key=lambda one: (one.place.file, one.place.line, one.key)))


def remarks(agent: d.Agent) -> Iterator[Remark]:
    used = used_in(agent)
    for key in ("entities", "slots", "flows", "transfers", "knowledge"):
        for name in getattr(agent, key):
            if name not in getattr(used, key):
                yield (key, name), "is used nowhere"
    for name, connector in agent.connectors.items():
        for operation in connector.operations:
            if f"{name}.{operation}" not in used.operations:
                yield ("connectors", name, "operations", operation), "is used nowhere"
    for name, entity in agent.entities.items():
        if entity.type == "date" and entity.prefer == "past" and entity.personal is None:
            yield (
                ("entities", name),
                "may be a date of birth, kept in the clear: say `personal: true` or, if it is none, `false`",
            )
    yield from _intents(agent)
    for name, flow in agent.flows.items():
        yield from _flow(name, flow)
    yield from _texts(agent)
    for locale in agent.locales:
        if not (Path(builtins.__file__).parent / "builtin" / f"{locale.partition('-')[0]}.yaml").exists():
            yield ("locales",), f"{locale}: the appliance has no phrases of its own in this language (repeat, yes, no)"
    yield from untranslated(agent)
    yield from _not_urgent(agent)
    if not any(intent.does == "cancel" or intent.starts for intent in agent.intents.values()):
        yield ("intents",), "none of them starts a flow"


def used_in(agent: d.Agent) -> Used:
    steps = [step for flow in agent.flows.values() for step in flow.steps]
    said = {name for text in _all_texts(agent) for name in _variables(text)}
    conditions = " ".join(
        str(getattr(step, key))
        for step in steps
        for key in ("check", "when", "expression")
        if getattr(step, key, None) is not None
    )
    slots = said | set(_NAME.findall(conditions))
    operations: set[str] = set()
    for step in steps:
        slots |= {found for key in SLOT_KEYS if (found := getattr(step, key, None))}
        if isinstance(step, d.Call):
            slots |= set(step.arguments.values()) | set(step.undo.arguments.values() if step.undo else ())
            operations |= {step.call, *([step.undo.call] if step.undo else [])}
        if isinstance(step, d.CallBack):
            slots |= {step.at, step.number}
            operations.add(step.call_back)
    filled = {example for intent in agent.intents.values() for example in intent.examples}
    entities = {slot.entity for slot in agent.slots.values() if slot.entity}
    entities |= {part for entity in agent.entities.values() for part in entity.parts.values()}
    entities |= {name for example in filled for name in re.findall(r"\{([a-z0-9_]+)\}", example)}
    return Used(
        frozenset(entities),
        frozenset(slots),
        frozenset(
            {i.starts for i in agent.intents.values() if i.starts} | {s.run for s in steps if isinstance(s, d.Run)}
        ),
        frozenset(
            {step.transfer for step in steps if isinstance(step, d.Transfer)}
            | {step.hand_over for step in steps if isinstance(step, d.HandOver)}
            | {agent.policies.person}
        ),
        frozenset(operations),
        frozenset(step.answer for step in steps if isinstance(step, d.Answer))
        | (frozenset(agent.knowledge) if "knowledge" in agent.policies.fallback else frozenset()),
    )


def _intents(agent: d.Agent) -> Iterator[Remark]:
    said = examples(agent)
    for name in agent.intents:
        if len(said[name]) < FEW:
            yield ("intents", name, "examples"), f"are {len(said[name])}: fewer than {FEW} are hardly understood"
    seen: dict[frozenset[str], tuple[str, str]] = {}
    for name, intent in agent.intents.items():
        for number, example in enumerate(intent.examples):
            key = frozenset(re.findall(r"[\w'{}]+", example.lower())) - _FILLERS
            if not key:
                continue
            other, alike = seen.setdefault(key, (name, example))
            if other != name:
                yield ("intents", name, "examples", number), f'says the same as "{alike}" of {other}'


def _not_urgent(agent: d.Agent) -> Iterator[Remark]:
    """Languages that have no words for what is urgent."""
    first = agent.locales[0].partition("-")[0]
    for locale in agent.locales:
        said = agent.translations.get(locale)
        if locale.partition("-")[0] == first:
            continue
        for name, intent in agent.intents.items():
            if intent.urgent is None or (said and name in said.intents and said.intents[name].urgent is not None):
                continue
            where: Path_ = ("translations", locale) if said else ("locales",)
            yield (
                where,
                f"intents.{name}.urgent has no words in {locale}: there a likelihood alone finds who is in danger",
            )


def _flow(name: str, flow: d.Flow) -> Iterator[Remark]:
    known = reached(flow)
    for number, step in enumerate(flow.steps):
        path: Path_ = ("flows", name, "steps", number)
        if step.name not in known:
            yield path, f'the step "{step.name}" is never reached'
        if isinstance(step, d.Ask | d.Collect | d.Confirm) and step.again is None:
            yield path, "has no other words (again) for asking a second time"


def _texts(agent: d.Agent) -> Iterator[Remark]:
    for name, flow in agent.flows.items():
        for number, step in enumerate(flow.steps):
            for key in ("say", "text", "again", "wrong", "confirm"):
                text = getattr(step, key, None)
                if text and (words := len(_TAG.sub("it", text).split())) > LONG:
                    path: Path_ = ("flows", name, "steps", number, key)
                    yield path, f"has {words} words: more than {LONG} are too many to listen to"


def _all_texts(agent: d.Agent) -> Iterator[str]:
    yield agent.greeting
    for flow in agent.flows.values():
        for step in flow.steps:
            for key in ("say", "text", "again", "wrong", "confirm", "summary"):
                text = getattr(step, key, None)
                if text:
                    yield text


def _variables(text: str) -> frozenset[str]:
    try:
        return templates.variables(text)
    except Invalid:
        return frozenset()
