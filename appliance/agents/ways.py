"""The ways through a flow: where each step may lead. For coverage, for pictures, and for what nobody can reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.agents import definition as d


@dataclass(frozen=True, slots=True)
class Way:
    """From a step to another, or to `finish`. `label`: on what; empty where it is how the flow goes on."""

    flow: str
    step: str
    target: str
    label: str = ""


def ways(name: str, flow: d.Flow) -> tuple[Way, ...]:
    return tuple(dict.fromkeys(way for step in flow.steps for way in _ways(name, flow, step)))


def reached(flow: d.Flow) -> frozenset[str]:
    """The steps that some way leads to from the first."""
    found = {flow.steps[0].name}
    waiting = [flow.steps[0].name]
    onward: dict[str, list[str]] = {}
    for way in ways("", flow):
        onward.setdefault(way.step, []).append(way.target)
    while waiting:
        for target in onward.get(waiting.pop(), []):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return frozenset(found)


def _ways(name: str, flow: d.Flow, step: d.Step) -> Iterator[Way]:
    after = getattr(step, "next", None) or flow.after(step.name)

    def way(target: str, label: str = "") -> Way:
        return Way(name, step.name, target, label)

    match step:
        case d.Transfer() | d.HandOver() | d.End():
            return
        case d.Branch():
            for case, target in step.cases.items():
                yield way(target, case)
            yield way(step.otherwise, "otherwise")
        case d.When():
            yield way(step.then, "yes")
            yield way(step.otherwise or flow.after(step.name), "no")
        case d.Call():
            for outcome, route in step.outcomes.items():
                yield way(route.next, outcome)
                if route.then is not None:
                    yield way(route.then, f"{outcome} too often")
        case d.Confirm():
            yield way(after, "yes")
            if step.no is not None:
                yield way(step.no, "no")
            if step.otherwise is not None:
                yield way(step.otherwise, "otherwise")
        case d.Answer():
            yield way(after, "answered")
            yield way(step.otherwise, "otherwise")
        case d.CallBack():
            yield way(after, "ok")
            yield way(step.otherwise, "otherwise")
        case d.Ask():
            yield way(after)
            if step.otherwise is not None:
                yield way(step.otherwise, "otherwise")
        case _:
            yield way(after)
