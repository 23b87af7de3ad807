"""What differs between two definitions of an agent: texts, flows, examples and the rest, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from appliance.agents.builtins import written
from appliance.agents.definition import Agent
from appliance.agents.loading import AGENT
from appliance.agents.steps import KINDS

Kind = Literal["texts", "flows", "examples", "settings"]
_SAID = frozenset({"say", "text", "again", "wrong", "confirm", "summary", "greeting", "offer", "title", "afterwards"})


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` is None where something is new, `after` where it is gone."""

    kind: Kind
    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.key}: {self.after}"
        return f"- {self.key}: {self.before}" if self.after is None else f"~ {self.key}: {self.before} → {self.after}"


def differences(before: Agent, after: Agent) -> tuple[Difference, ...]:
    return tuple(_compared("", _plain(before), _plain(after)))


def _plain(agent: Agent) -> dict[str, Any]:
    plain: dict[str, Any] = AGENT.dump_python(written(agent), mode="json", exclude_defaults=True)
    for flow in plain.get("flows", {}).values():
        flow["steps"] = {step["name"]: {k: v for k, v in step.items() if k != "name"} for step in flow["steps"]} | {
            "(order)": [step["name"] for step in flow["steps"]]
        }
    return plain


def _compared(key: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            inner = f"{key}.{name}" if key else str(name)
            yield from _compared(inner, before.get(name), after.get(name))
    elif key.endswith(".examples") and isinstance(before or [], list) and isinstance(after or [], list):
        old, new = list(before or []), list(after or [])
        yield from (Difference("examples", key, one, None) for one in old if one not in new)
        yield from (Difference("examples", key, None, one) for one in new if one not in old)
    elif key.endswith(".(order)") and before is not None and after is not None:
        if [one for one in before if one in after] != [one for one in after if one in before]:
            yield Difference("flows", key, ", ".join(before), ", ".join(after))
    else:
        yield Difference(_kind(key), key, _shown(before), _shown(after))


def _kind(key: str) -> Kind:
    parts = key.split(".")
    if parts[-1] in _SAID or parts[0] in ("texts", "greeting"):
        return "texts"
    return "flows" if parts[0] == "flows" else "examples" if "examples" in parts else "settings"


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        kind = next((f"{kind}: {value[kind]}" for kind in KINDS if kind in value), None)
        return kind if kind is not None else f"{{{', '.join(map(str, value))}}}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
