"""What is wrong with a definition beyond its types: names that lead nowhere, texts that ask for what is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from appliance.agents import definition as d
from appliance.agents import texts
from appliance.agents.document import Path_
from appliance.errors import Invalid

Found = tuple[Path_, str, str | None]
"""Path, problem, suggestion."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check(agent: d.Agent) -> Iterator[Found]:
    """Every mistake, in the order of the definition."""
    yield from _texts_at(("greeting",), agent.greeting, ())
    for key in d.Texts.__dataclass_fields__:
        value = getattr(agent.texts, key)
        for number, text in enumerate(value if isinstance(value, tuple) else (value,)):
            path: Path_ = ("texts", key, number) if isinstance(value, tuple) else ("texts", key)
            yield from _texts_at(path, text, ())
    yield from _named(("policies", "person"), agent.policies.person, agent.transfers, "transfer")
    yield from _intents(agent)
    yield from _entities_and_slots(agent)
    for name, flow in agent.flows.items():
        yield from _Flow(agent, name, flow).check()


def closest(word: str, allowed: Iterable[str]) -> str | None:
    found = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else None


def _named(path: Path_, name: str, allowed: Iterable[str], what: str) -> Iterator[Found]:
    known = list(allowed)
    if name not in known:
        listed = ", ".join(known) if known else "none is defined"
        yield path, f'there is no {what} "{name}"; allowed: {listed}', closest(name, known)


def _texts_at(path: Path_, text: str, known: Iterable[str]) -> Iterator[Found]:
    allowed = [*known, *texts.GLOBALS]
    try:
        used = texts.variables(text)
    except Invalid as error:
        yield path, error.title, None
        return
    for name in sorted(used - set(allowed)):
        yield path, f'uses "{name}", which is not known here; allowed: {", ".join(allowed)}', closest(name, allowed)


def _intents(agent: d.Agent) -> Iterator[Found]:
    seen: dict[str, str] = {}
    for name, intent in agent.intents.items():
        path = ("intents", name)
        if name == d.OUT_OF_SCOPE:
            yield path, "is a name of the appliance's own", None
        if (intent.starts is None) == (intent.does is None):
            yield path, "has exactly one of the keys starts, does", None
        if intent.starts is not None:
            yield from _named((*path, "starts"), intent.starts, agent.flows, "flow")
        for number, example in enumerate(intent.examples):
            place: Path_ = (*path, "examples", number)
            for placeholder in _PLACEHOLDER.findall(example):
                options = [key for key, entity in agent.entities.items() if entity.options]
                yield from _named(place, placeholder, options, "entity with options")
            said = " ".join(example.lower().split())
            if said in seen:
                yield place, f"is an example of {seen[said]} already", None
            seen[said] = name


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
        yield from _named((*path, "parts", part), of, whole, "entity without parts")
    for role in entity.roles:
        fitting = [slot for slot, defined in agent.slots.items() if defined.entity == name]
        yield from _named((*path, "roles", role), role, fitting, f"slot of the entity {name}")


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
        if (slot.entity is None) == (slot.secure is None):
            yield ("slots", name), "has exactly one of the keys entity, secure", None
        if slot.entity is not None:
            yield from _named(("slots", name, "entity"), slot.entity, agent.entities, "entity")
        if slot.secure and slot.secure.min_digits > slot.secure.max_digits:
            yield ("slots", name, "secure"), "min_digits is more than max_digits", None
        if slot.secure and slot.keep:
            yield ("slots", name, "keep"), "a secure slot is never kept", None


class _Flow:
    """One flow's checks. `values` are the names its texts may use: slots that are not secure, and what calls return."""

    def __init__(self, agent: d.Agent, name: str, flow: d.Flow) -> None:
        self._agent, self._name, self._flow = agent, name, flow
        self._path: Path_ = ("flows", name)
        self._steps = [step.name for step in flow.steps]
        self._values = [slot for slot, defined in agent.slots.items() if defined.secure is None]
        for step in flow.steps:
            operation = agent.operation(step.call) if isinstance(step, d.Call) else None
            for values in operation.outcomes.values() if operation else ():
                self._values.extend(value for value in values if value not in self._values)

    def check(self) -> Iterator[Found]:
        for number, step in enumerate(self._flow.steps):
            path: Path_ = (*self._path, "steps", number)
            if step.name in self._steps[:number]:
                yield (*path, "name"), f'there is a step "{step.name}" in this flow already', None
            if step.name == d.FINISH:
                yield (*path, "name"), f'"{d.FINISH}" stands for the end of a flow', None
            for key in ("say", "text", "again"):
                text = getattr(step, key, None)
                if text is not None:
                    yield from _texts_at((*path, key), text, self._values)
            target = getattr(step, "next", None)
            if target is not None:
                yield from self._goes_to((*path, "next"), target)
            yield from _BY_KIND.get(type(step), _nothing)(self, path, step)
        if self._flow.afterwards:
            yield from _texts_at((*self._path, "afterwards"), self._flow.afterwards, ())
        yield from self._circles()

    def _goes_to(self, path: Path_, target: str) -> Iterator[Found]:
        yield from _named(path, target, [*self._steps, d.FINISH], "step")

    def _ask(self, path: Path_, step: d.Ask) -> Iterator[Found]:
        allowed = [name for name, slot in self._agent.slots.items() if slot.secure is None]
        yield from _named((*path, "ask"), step.ask, allowed, "slot to ask for")

    def _collect(self, path: Path_, step: d.Collect) -> Iterator[Found]:
        allowed = [name for name, slot in self._agent.slots.items() if slot.secure is not None]
        yield from _named((*path, "collect"), step.collect, allowed, "secure slot")

    def _transfer(self, path: Path_, step: d.Transfer) -> Iterator[Found]:
        yield from _named((*path, "transfer"), step.transfer, self._agent.transfers, "transfer")

    def _branch(self, path: Path_, step: d.Branch) -> Iterator[Found]:
        calls = [one.name for one in self._flow.steps if isinstance(one, d.Call)]
        slots = [name for name in self._agent.slots if (entity := self._agent.entity_of(name)) and entity.options]
        yield from _named((*path, "branch"), step.branch, [*slots, *calls], "slot with options or call step")
        entity = self._agent.entity_of(step.branch)
        called = self._flow.step(step.branch)
        allowed: list[str] = list(entity.options) if entity else []
        if isinstance(called, d.Call):
            allowed = list(called.outcomes)
        for case, target in step.cases.items():
            if allowed:
                yield from _named((*path, "cases", case), case, allowed, "option or outcome")
            yield from self._goes_to((*path, "cases", case), target)
        yield from self._goes_to((*path, "otherwise"), step.otherwise)

    def _call(self, path: Path_, step: d.Call) -> Iterator[Found]:
        operation = self._agent.operation(step.call)
        if operation is None:
            known = [
                f"{name}.{one}" for name, connector in self._agent.connectors.items() for one in connector.operations
            ]
            yield from _named((*path, "call"), step.call, known, "operation")
            return
        for argument, slot in step.arguments.items():
            yield from _named((*path, "arguments", argument), argument, operation.arguments, "argument")
            yield from self._argument((*path, "arguments", argument), slot, operation.arguments.get(argument))
        for argument in operation.arguments:
            if argument not in step.arguments:
                yield (*path, "arguments"), f'the argument "{argument}" of {step.call} is missing', None
        for outcome, route in step.outcomes.items():
            where = (*path, "outcomes", outcome)
            yield from _named(where, outcome, [*operation.outcomes, d.FAILED, d.UNKNOWN, d.CAPTURE_LOST], "outcome")
            yield from self._goes_to((*where, "next"), route.next)
            if (route.at_most is None) != (route.then is None):
                yield where, "has both of the keys at_most, then, or none of them", None
            if route.then is not None:
                yield from self._goes_to((*where, "then"), route.then)
        for outcome in (*operation.outcomes, d.FAILED):
            if outcome not in step.outcomes:
                yield (*path, "outcomes"), f'the outcome "{outcome}" of {step.call} leads nowhere', None

    def _argument(self, path: Path_, slot: str, kind: d.ArgumentKind | None) -> Iterator[Found]:
        yield from _named(path, slot, self._agent.slots, "slot")
        defined = self._agent.slots.get(slot)
        if defined is None or kind is None:
            return
        entity = self._agent.entity_of(slot)
        given = "secret" if defined.secure else "digits" if entity and entity.digits else "option"
        if given != kind:
            yield path, f'takes {kind}, but the slot "{slot}" holds {given}', None

    def _circles(self) -> Iterator[Found]:
        """A way round that never waits for anybody would never end."""
        for number, start in enumerate(self._flow.steps):
            seen: set[str] = set()
            waiting = list(self._unwaited(start))
            while waiting:
                name = waiting.pop()
                if name == start.name:
                    yield (*self._path, "steps", number), "leads back to itself without asking anything", None
                    return
                step = self._flow.step(name)
                if step is not None and name not in seen:
                    seen.add(name)
                    waiting.extend(self._unwaited(step))

    def _unwaited(self, step: d.Step) -> Iterator[str]:
        """Where the flow goes on from a step within the same turn. A filled `ask` in order is passed over at once."""
        if isinstance(step, d.Branch):
            yield from step.cases.values()
            yield step.otherwise
        elif isinstance(step, d.Say | d.Ask):
            yield step.next or self._flow.after(step.name)


def _nothing(_flow: _Flow, _path: Path_, _step: d.Step) -> Iterator[Found]:
    return iter(())


_BY_KIND: dict[type, Callable[..., Iterator[Found]]] = {
    d.Ask: _Flow._ask,
    d.Collect: _Flow._collect,
    d.Transfer: _Flow._transfer,
    d.Branch: _Flow._branch,
    d.Call: _Flow._call,
}
