"""Which steps and ways of an agent's flows were gone by the conversations of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from appliance import events as e
from appliance.agents.definition import FINISH, Agent
from appliance.agents.ways import Way, ways


class Coverage:
    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.steps: set[tuple[str, str]] = set()
        self.gone: set[tuple[str, str, str]] = set()

    def take(self, events: Iterable[e.Event]) -> None:
        """All of one conversation, in order."""
        stack: list[tuple[str, str | None]] = []
        for event in events:
            match event:
                case e.FlowStarted():
                    stack.append((event.flow, None))
                case e.StepReached() if stack:
                    self.steps.add((event.flow, event.step))
                    before = stack[-1][1]
                    if before is not None:
                        self.gone.add((event.flow, before, event.step))
                    stack[-1] = (event.flow, event.step)
                case e.FlowFinished() if stack:
                    flow, step = stack.pop()
                    if event.outcome == "done" and step is not None:
                        self.gone.add((flow, step, FINISH))
                case _:
                    pass

    def document(self) -> dict[str, Any]:
        flows: dict[str, Any] = {}
        for name, flow in self._agent.flows.items():
            every = ways(name, flow)
            targets = {(way.flow, way.step, way.target) for way in every}
            missing = [step.name for step in flow.steps if (name, step.name) not in self.steps]
            flows[name] = {
                "steps": len(flow.steps),
                "steps_reached": len(flow.steps) - len(missing),
                "ways": len(targets),
                "ways_gone": len(targets & self.gone),
                "steps_missing": missing,
                "ways_missing": [_shown(way) for way in every if (way.flow, way.step, way.target) not in self.gone],
            }
        return {
            "steps": sum(flow["steps"] for flow in flows.values()),
            "steps_reached": sum(flow["steps_reached"] for flow in flows.values()),
            "ways": sum(flow["ways"] for flow in flows.values()),
            "ways_gone": sum(flow["ways_gone"] for flow in flows.values()),
            "flows": flows,
        }


def _shown(way: Way) -> str:
    return f"{way.step} → {way.target}" + (f" ({way.label})" if way.label else "")
