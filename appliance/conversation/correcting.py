"""Values that nobody asked for now: further slots, corrections, and what a wish brings along for its flow."""

from __future__ import annotations

from appliance.agents import definition as d
from appliance.conversation import running
from appliance.conversation.climbing import not_understood
from appliance.conversation.drafting import Draft
from appliance.conversation.taking import Taken


def filled_in(draft: Draft, filled: dict[str, str | None]) -> None:
    """Slots were said that nobody asked for now; one that held something else is corrected."""
    corrected = [slot for slot, before in filled.items() if before is not None]
    draft.because("corrected" if corrected else "filled", slot=(corrected or list(filled))[0])
    if corrected:
        draft.say(draft.agent.texts.corrected)
    frame, step = running.current(draft)
    turning = _decided_by(draft, corrected)
    if turning is not None:
        return running.proceed(draft, turning, anew=False)
    if frame is not None and isinstance(step, d.Ask) and draft.state.value(step.ask) is not None:
        return running.go_on(draft)
    running.ask_again(draft)


def _decided_by(draft: Draft, corrected: list[str]) -> str | None:
    """The first step gone by that decided on what is corrected now, unless a connector was called since."""
    frame = draft.state.top
    if frame is None or not corrected:
        return None
    flow = draft.agent.flows[frame.flow]
    for number, name in enumerate(frame.path):
        step = flow.step(name)
        since = (flow.step(later) for later in frame.path[number:])
        if _reads(step, corrected) and not any(isinstance(one, d.Call | d.CallBack | d.Run) for one in since):
            return name
    return None


def _reads(step: d.Step | None, slots: list[str]) -> bool:
    match step:
        case d.Branch():
            return step.branch in slots
        case d.When():
            return any(slot in step.when for slot in slots)
        case d.Remember():
            return step.same_as in slots or any(slot in (step.expression or "") for slot in slots)
    return False


def begin_flow(draft: Draft, taken: Taken, flow: str) -> None:
    """Start a flow, or come back to it where it waits already."""
    waiting = [frame.flow for frame in draft.state.stack]
    if flow in [frame.flow for frame in draft.state.unit]:
        filled = taken.fill_others(None)
        return filled_in(draft, filled) if filled else not_understood(draft, explain=False)
    if flow in waiting:
        draft.because("back_to_flow", flow=flow)
        while flow not in [frame.flow for frame in draft.state.unit]:
            running.drop_unit(draft)
        following = running.resume(draft)
        return running.proceed(draft, following[0], anew=following[1]) if following else None
    draft.because("digression" if waiting else "intent", flow=flow)
    running.start(draft, flow, "digression" if waiting else "intent")
    taken.fill_others(None)
    running.begin(draft)
