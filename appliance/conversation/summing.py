"""What a person is told who takes a conversation over: redacted, in the words of the agent's definition."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.agents import definition as d
from appliance.conversation.drafting import Draft, spoken_value
from appliance.events import Sealed

SUMMARY_PLACE = "summary"
"""Where `TransferRequested.summary` lies."""
LONGEST = 2000


def summary(draft: Draft, told: str | None = None) -> Sealed:
    """The flows under way with what is known in them, the last wish, and what the step itself tells (`told`)."""
    said = "; ".join(_parts(draft, told))
    return draft.context.sealer.seal_text(SUMMARY_PLACE, said[:LONGEST])


def _parts(draft: Draft, told: str | None) -> Iterator[str]:
    state, agent = draft.state, draft.agent
    if told:
        yield draft.text(told)
    for frame in reversed(state.stack):
        if frame.flow in agent.flows:
            yield agent.flows[frame.flow].title
    known = {**state.slots, **{name: value for frame in state.stack for name, value in frame.values.items()}}
    for name, value in known.items():
        slot = agent.slots.get(name)
        if slot is None or slot.secure is None:
            yield f"{name.replace('_', ' ')}: {spoken_value(state, agent, name, value)}"
    yield from _wish(draft)
    if state.misunderstood:
        yield f"not understood: {state.misunderstood}"


def _wish(draft: Draft) -> Iterator[str]:
    understood = draft.state.understood
    wish: d.Intent | None = None
    if understood is not None and understood.understanding.intent is not None:
        wish = draft.agent.intents.get(understood.understanding.intent)
    if wish is not None:
        yield wish.title
