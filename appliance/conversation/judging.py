"""Conditions and expressions of flows, over what a conversation knows now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.agents import conditions
from appliance.agents import definition as d
from appliance.conversation.drafting import Draft
from appliance.conversation.state import State


def holds(draft: Draft, flow: d.Flow, condition: str, given: Mapping[str, str] | None = None) -> bool:
    """Whether a condition of a flow holds. `given`: slots that would have these values."""
    scope = conditions.scope_of(draft.agent, flow)
    return conditions.holds(condition, scope, _bound(draft.state, scope, condition, given or {}))


def remembered(draft: Draft, flow: d.Flow, step: d.Remember) -> str | None:
    """What a `remember` step fills its slot with; None where that is nothing."""
    if step.same_as is not None:
        return draft.state.value(step.same_as)
    if step.value is not None:
        return conditions.constant(step.value, step.remember, draft.agent)
    assert step.expression is not None
    scope = conditions.scope_of(draft.agent, flow)
    known = _bound(draft.state, scope, step.expression, {})
    return conditions.gives(step.expression, scope, known, step.remember, draft.agent)


def _bound(state: State, scope: conditions.Scope, expression: str, given: Mapping[str, str]) -> dict[str, Any]:
    top = state.top

    def value(name: str) -> str | None:
        if name in given:
            return given[name]
        if name.startswith("outcome."):
            return top.outcomes.get(name.removeprefix("outcome.")) if top else None
        match name:
            case "spoken":
                return "true" if state.speaking is not None and state.speaking.spoken else "false"
            case "locale":
                return state.locale
            case "turns":
                return str(state.turns)
        return state.value(name)

    def digest(name: str) -> str:
        """The same for equal values of one conversation, whatever they were called."""
        reference = state.references.get(name)
        return reference.digest if reference is not None and reference.digest else name

    return dict(conditions.bound(expression, scope, value, digest))
