"""A new call goes on where one from the same number broke off, as far as nobody has to be known for that.

The number is a hint and no proof. So the flow begins again with what was chosen from options: no number, name or amount
comes over, nothing that was said is said again, and who the party is has to be shown anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import running
from appliance.conversation.drafting import Draft
from appliance.conversation.state import State


def resume(draft: Draft, earlier: State) -> bool:
    """Whether there was something to go on with."""
    frame = earlier.unit[0] if earlier.unit else None
    if frame is None or frame.flow not in draft.agent.flows or not _broke_off(draft, earlier):
        return False
    draft.say(draft.agent.texts.continued)
    running.start(draft, frame.flow, "start")
    for slot, value in _chosen(draft.agent, frame.flow, {**earlier.slots, **frame.values}):
        draft.add(e.SlotFilled(slot, value, draft.agent.slots[slot].keep))
    running.begin(draft)
    return True


def _broke_off(draft: Draft, earlier: State) -> bool:
    """Not long ago, in the middle, and not because anybody wanted it to end. One that still goes on is another call."""
    if earlier.agent != draft.agent.name or earlier.ended is None or earlier.ended.reason != "failed":
        return False
    within = timedelta(minutes=draft.agent.policies.resume_minutes)
    return draft.context.at - datetime.fromisoformat(earlier.at) <= within


def _chosen(agent: d.Agent, flow: str, values: dict[str, str]) -> list[tuple[str, str]]:
    """What the flow asks for and was answered with an option."""
    asked = [step.ask for step in agent.flows[flow].steps if isinstance(step, d.Ask)]
    known = [(slot, values[slot]) for slot in asked if slot in values]
    return [(slot, value) for slot, value in known if (entity := agent.entity_of(slot)) and value in entity.options]
