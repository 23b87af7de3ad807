"""Conditions and expressions of flows, in CEL: typed when an agent is checked. The only file that imports the library.

CEL has no loops but over lists, no clock and no way out; an expression is at most 400 characters, nested at most 32
deep, and its iterations are counted. What is not known, or goes wrong, makes a condition not hold. A reference stands
for itself alone: it can be known or not, and be equal to another one, and that is all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Literal

from cel_expr_python import cel

from appliance.agents import definition as d
from appliance.errors import Invalid
from appliance.privacy import formats, values

Kind = Literal["text", "number", "flag", "moment", "duration", "reference", "count"]
Scope = tuple[tuple[str, Kind], ...]
"""The names an expression may use. `known.NAME` says of each whether it has a value."""
ALWAYS: Final[Scope] = (("spoken", "flag"), ("locale", "text"), ("turns", "count"))
"""Known in every expression: on the telephone or not, the party's locale, how many turns there have been."""

SCOPES_KEPT: Final = 1024
_SCOPES: dict[tuple[int, int], tuple[d.Agent, d.Flow, Scope]] = {}
"""An agent and its flows never change, and are held here so that no other one can come by their identity."""

_REFERENCE = cel.Type.AbstractType("reference")
_TYPES: Final[Mapping[Kind, cel.Type]] = {
    "text": cel.Type.STRING,
    "number": cel.Type.DOUBLE,
    "flag": cel.Type.BOOL,
    "moment": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
    "reference": _REFERENCE,
    "count": cel.Type.INT,
}
_OF_TYPE: Final[Mapping[str, Kind]] = {
    "options": "text", "time": "text", "place": "text", "date": "moment", "moment": "moment", "duration": "duration",
    "money": "number", "number": "number",
}  # fmt: skip
_OF_HELD: Final[Mapping[str, Kind]] = {"number": "number", "flag": "flag", "date": "moment"}
_RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "null",
        "package",
        "namespace",
        "return",
        "true",
        "type",
        "void",
        "while",
    ]
)
_WHERE = re.compile(r"<input>:\d+:(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_DAYS: Final = {"week": 7, "year": 365, "month": 30, "day": 1}


def scope_of(agent: d.Agent, flow: d.Flow) -> Scope:
    """Slots that are not secret, what the flow's calls return, and how its calls came out."""
    made = _SCOPES.get((id(agent), id(flow)))
    if made is None or made[0] is not agent:
        made = (agent, flow, _scope(agent, flow))
        if len(_SCOPES) >= SCOPES_KEPT:
            _SCOPES.clear()
        _SCOPES[id(agent), id(flow)] = made
    return made[2]


def _scope(agent: d.Agent, flow: d.Flow) -> Scope:
    found: dict[str, Kind] = {}
    for step in flow.steps:
        if isinstance(step, d.Call):
            found[f"outcome.{step.name}"] = "text"
            operation = agent.operation(step.call)
            for returned in operation.outcomes.values() if operation else ():
                found.update(dict.fromkeys(returned, "reference"))
    found.update({name: _kind_of(agent, name) for name, slot in agent.slots.items() if slot.secure is None})
    found.update(ALWAYS)
    return tuple((name, kind) for name, kind in found.items() if name not in _RESERVED)


def _kind_of(agent: d.Agent, slot: str) -> Kind:
    held = agent.slots[slot].holds
    if held is not None:
        return _OF_HELD[held]
    entity = agent.entity_of(slot)
    return "reference" if entity is None or entity.sealed else _OF_TYPE.get(entity.kind, "reference")


def check(expression: str, scope: Scope) -> Kind:
    """What an expression gives. Raises Invalid with what is wrong and where in it."""
    return _compiled(expression, scope)[0]


def misspelt(expression: str, scope: Scope) -> str | None:
    """The name that is probably meant by one that is not known."""
    try:
        _compiled(expression, scope)
    except Invalid as error:
        unknown = _UNDECLARED.search(error.title)
        near = get_close_matches(unknown.group(1), [name for name, _ in scope], n=1, cutoff=0.6) if unknown else []
        return near[0] if near else None
    return None


def holds(expression: str, scope: Scope, known: Mapping[str, Any]) -> bool:
    """Whether a condition holds, given the values that are known in CEL's types (see `bound`)."""
    return _evaluated(expression, scope, known) is True


def gives(expression: str, scope: Scope, known: Mapping[str, Any], slot: str, agent: d.Agent) -> str | None:
    """What an expression gives, as the slot keeps it; None where it gives nothing that fits."""
    return kept(_evaluated(expression, scope, known), slot, agent)


def kept(value: Any, slot: str, agent: d.Agent) -> str | None:
    """A plain value as a slot keeps it: an option's name, `true`, `number:12.5`, `date:2026-05-03`."""
    entity = agent.entity_of(slot)
    kind = agent.slots[slot].holds or (entity.kind if entity else None)
    if kind == "options":
        return value if entity and value in entity.options else None
    if kind == "flag":
        return ("false", "true")[value] if isinstance(value, bool) else None
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return _valid("number:" + f"{value:.6f}".rstrip("0").rstrip("."))
    if kind == "date" and isinstance(value, datetime):
        return _valid(f"date:{value:%Y-%m-%d}")
    if kind == "moment" and isinstance(value, datetime):
        return _valid(f"moment:{value:%Y-%m-%dT%H:%M}")
    return _valid(value) if isinstance(value, str) and value.partition(":")[0] == kind else None


def constant(value: bool | float | str, slot: str, agent: d.Agent) -> str | None:
    """A value of the definition as the slot keeps it: an option, a number, true or false, a day such as 2026-05-03."""
    found = kept(value, slot, agent)
    if found is None and isinstance(value, str):
        entity = agent.entity_of(slot)
        found = _valid(f"{agent.slots[slot].holds or (entity.kind if entity else '')}:{value}")
    return found


def fits(kind: Kind, slot: str, agent: d.Agent) -> bool:
    """Whether what an expression gives can fill a slot."""
    wanted = _kind_of(agent, slot)
    return (kind == wanted and kind not in ("reference", "duration")) or (kind == "count" and wanted == "number")


def bound(
    expression: str, scope: Scope, value: Callable[[str], str | None], digest: Callable[[str], str]
) -> Iterator[tuple[str, Any]]:
    """What the names in an expression stand for. `value` gives a name's value, `digest` a reference's."""
    for name, kind in scope:
        if name not in expression:
            continue
        text = value(name)
        yield f"known.{name}", text is not None
        if text is not None:
            try:
                yield name, digest(text) if kind == "reference" else _PLAIN[kind](text)
            except (ValueError, TypeError):
                continue  # personal after all, and so a reference: it can be known, and no more


def _valid(word: str) -> str | None:
    return word if values.from_literal(word) is not None else None


def _evaluated(expression: str, scope: Scope, known: Mapping[str, Any]) -> Any:
    try:
        result = _compiled(expression, scope)[1].eval(data=dict(known))
        return None if result.type() == cel.Type.ERROR else result.value()
    except RuntimeError:
        return None


@lru_cache(maxsize=4096)
def _compiled(expression: str, scope: Scope) -> tuple[Kind, cel.Expression]:
    """Checked with references as a type of their own, which has nothing but equality; run with them as text."""
    if len(expression) > 400:
        raise Invalid("is longer than 400 characters")
    try:
        checked = _environment(scope, opaque=True).compile(expression)
        runs = _environment(scope, opaque=False).compile(expression)
    except RuntimeError as error:
        raise Invalid(_in_words(str(error))) from None
    found = [kind for kind, given in _TYPES.items() if given == checked.return_type()]
    if not found:
        raise Invalid(f"gives {checked.return_type().name().lower()}, which nothing here can hold")
    return found[0], runs


@lru_cache(maxsize=512)
def _environment(scope: Scope, *, opaque: bool) -> cel.Env:
    reference = _REFERENCE if opaque else cel.Type.STRING
    variables = {name: reference if kind == "reference" else _TYPES[kind] for name, kind in scope}
    return cel.NewEnv(variables={**variables, **{f"known.{name}": cel.Type.BOOL for name, _ in scope}})


def _in_words(message: str) -> str:
    found = _WHERE.search(message)
    if found is None:
        return "is nested too deeply" if "recursion" in message else "is not CEL"
    problem = found.group(2).replace(" (in container '')", "").removesuffix(" [INVALID_ARGUMENT]")
    if "(double, int)" in problem or "(int, double)" in problem:
        problem += "; numbers that are compared with slots have a point, such as 500.0"
    if "expecting {" in problem:
        problem = problem[: problem.index(" expecting {")]
    return f"is not CEL of this flow: {problem} (character {found.group(1)})"


def _number(text: str) -> float:
    value = values.from_literal(text)
    if isinstance(value, values.Number):
        return float(value.number)
    if isinstance(value, values.Money):
        return float(value.amount)
    raise ValueError


def _moment(text: str) -> datetime:
    value = values.from_literal(text)
    if isinstance(value, values.Date):
        return datetime.fromisoformat(value.date).replace(tzinfo=UTC)
    if isinstance(value, values.Moment):
        return datetime.fromisoformat(value.at).replace(tzinfo=UTC)
    raise ValueError


def _duration(text: str) -> timedelta:
    """A month counts 30 days and a year 365."""
    value = values.from_literal(text)
    if not isinstance(value, values.Duration):
        raise ValueError
    days = seconds = 0
    for unit, count in formats.parts_of(value.iso).items():
        days += _DAYS.get(unit, 0) * count
        seconds += {"hour": 3600, "minute": 60, "second": 1}.get(unit, 0) * count
    return timedelta(days=days, seconds=seconds)


def _text(text: str) -> str:
    value = values.from_literal(text)
    if isinstance(value, values.Time):
        return value.time
    if isinstance(value, values.Place):
        return value.place
    return text


_PLAIN: Final[Mapping[Kind, Callable[[str], Any]]] = {
    "text": _text,
    "number": _number,
    "flag": lambda text: text == "true",
    "moment": _moment,
    "duration": _duration,
    "count": int,
}
