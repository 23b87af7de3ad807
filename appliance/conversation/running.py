"""Runs flows: goes from step to step until somebody has to be waited for."""

from __future__ import annotations

from typing import Literal

from appliance import events as e
from appliance.agents import definition as d
from appliance.conversation import calling, judging
from appliance.conversation.drafting import Draft
from appliance.conversation.state import Frame
from appliance.conversation.summing import summary

MAX_STEPS = 200
MAX_DEPTH = 5
"""Of digressions; a flow with those that run as part of it counts once."""
MAX_PARTS = 20


def start(draft: Draft, flow: str, reason: Literal["start", "intent", "digression"]) -> None:
    """Put a flow on top. Too deep a stack lets go of what is on top."""
    if sum(not frame.part for frame in draft.state.stack) >= MAX_DEPTH:
        drop_unit(draft)
    draft.add(e.FlowStarted(flow, reason))


def begin(draft: Draft) -> None:
    """Run the flow just put on top from its first step."""
    top = draft.state.top
    if top is not None:
        proceed(draft, draft.agent.flows[top.flow].steps[0].name, anew=False)


def go_on(draft: Draft) -> None:
    """Go on from the step that has what it waited for."""
    following = _onward(draft)
    if following is not None:
        proceed(draft, following[0], anew=following[1])


def proceed(draft: Draft, target: str, *, anew: bool) -> None:
    """Go to the step `target`, and on as long as nobody has to be waited for. `anew`: ask even for what is known."""
    for _ in range(MAX_STEPS):
        frame = draft.state.top
        if frame is None:
            return
        if target == d.FINISH:
            following = _finished(draft, frame)
        else:
            step = draft.agent.flows[frame.flow].step(target)
            if step is None:  # cannot be in a checked definition
                return give_up(draft)
            draft.add(e.StepReached(frame.flow, step.name))
            following = _do(draft, frame, step, anew)
        if following is None:
            return
        target, anew = following
    give_up(draft)


Following = tuple[str, bool] | None


def _do(draft: Draft, frame: Frame, step: d.Step, anew: bool) -> Following:
    """What one step does; where to go on, or None where it waits or ends."""
    match step:
        case d.Say():
            draft.say(step.say)
            return _next(draft, frame, step)
        case d.Ask():
            if not anew and draft.state.value(step.ask) is not None:
                return _next(draft, frame, step)
            draft.ask(step.text)
        case d.Confirm():
            draft.ask(step.confirm)
        case d.Collect():
            _collect(draft, step)
            draft.ask(step.text)
        case d.Call():
            return None if calling.call(draft, step) else (step.outcomes[d.FAILED].next, True)
        case d.Answer():
            return None if calling.answer(draft, step) else (step.otherwise, True)
        case d.CallBack():
            return None if calling.call_back(draft, step) else (step.otherwise, True)
        case d.Branch():
            return (_case(draft, step), True)
        case d.When():
            return _when(draft, frame, step)
        case d.Remember():
            return _remember(draft, frame, step)
        case d.Run():
            return _run(draft, step)
        case d.Transfer():
            transfer(draft, step.transfer, step.say)
        case d.HandOver():
            transfer(draft, step.hand_over, step.say, told=step.summary)
        case d.End():
            draft.say(step.say)
            draft.question = None
            drop_all(draft, top="done")
            end(draft, "goodbye")
    return None


def _next(draft: Draft, frame: Frame, step: d.Step) -> tuple[str, bool]:
    target = getattr(step, "next", None)
    return (target or draft.agent.flows[frame.flow].after(step.name), target is not None)


def _onward(draft: Draft) -> Following:
    """Where the flow on top goes on, now that it has what its step waited for."""
    frame, step = current(draft)
    if frame is None or step is None:
        return None
    if isinstance(step, d.Call):
        if frame.outcomes.get(step.name) == d.FAILED and 0 < frame.tries <= step.retries and calling.call(draft, step):
            draft.because("called_again", step=step.name, tries=frame.tries)
            return None
        return (_route(draft, frame, step), True)
    if isinstance(step, d.Answer | d.CallBack):
        wanted = calling.ANSWERED if isinstance(step, d.Answer) else "ok"
        return _next(draft, frame, step) if frame.outcomes.get(step.name) == wanted else (step.otherwise, True)
    return _next(draft, frame, step)


def _when(draft: Draft, frame: Frame, step: d.When) -> Following:
    flow = draft.agent.flows[frame.flow]
    if judging.holds(draft, flow, step.when):
        return (step.then, True)
    return (step.otherwise or flow.after(step.name), step.otherwise is not None)


def _remember(draft: Draft, frame: Frame, step: d.Remember) -> Following:
    value = judging.remembered(draft, draft.agent.flows[frame.flow], step)
    if value is not None:
        draft.add(e.SlotFilled(step.remember, value, draft.agent.slots[step.remember].keep))
    return _next(draft, frame, step)


def _run(draft: Draft, step: d.Run) -> Following:
    if len(draft.state.stack) >= MAX_PARTS:
        give_up(draft)
        return None
    draft.add(e.FlowStarted(step.run, "digression", part=True))
    return (draft.agent.flows[step.run].steps[0].name, False)


def _finished(draft: Draft, frame: Frame) -> Following:
    """The flow on top is done: back to the one that waits beneath, or to an open question."""
    draft.add(e.FlowFinished(frame.flow, "done"))
    if frame.part:
        return _onward(draft)
    afterwards = draft.agent.flows[frame.flow].afterwards
    if draft.state.top is None:
        draft.ask(draft.agent.texts.anything_else if afterwards is None else afterwards)
        return None
    return resume(draft)


def resume(draft: Draft) -> Following:
    """Back in the flow that waited: it goes on where it has its answer by now, else its question comes again."""
    draft.because("resumed", flow=draft.state.top.flow if draft.state.top else None)
    draft.say(draft.agent.texts.resume)
    frame, step = current(draft)
    if frame is not None and step is not None and frame.answered:
        return _onward(draft)
    ask_again(draft)
    return None


def ask_again(draft: Draft, *, mildly: bool = True) -> None:
    """Ask once more what is waited for. `mildly`: as at first; else with the step's words for a second time."""
    frame, step = current(draft)
    if isinstance(step, d.Collect) and frame is not None and frame.capture is None:
        _collect(draft, step)
    if isinstance(step, d.Ask | d.Collect):
        draft.ask(step.text if mildly else step.again or step.text)
    elif isinstance(step, d.Confirm):
        draft.ask(step.confirm if mildly else step.again or step.confirm)
    elif isinstance(step, d.Call | d.Answer | d.CallBack):
        draft.ask(draft.agent.texts.one_moment)
    else:
        draft.ask(draft.agent.texts.anything_else)


def current(draft: Draft) -> tuple[Frame | None, d.Step | None]:
    """The flow on top and the step it is at."""
    frame = draft.state.top
    if frame is None or frame.step is None:
        return frame, None
    return frame, draft.agent.flows[frame.flow].step(frame.step)


def drop_top(draft: Draft, outcome: Literal["done", "cancelled", "failed"] = "cancelled") -> None:
    """Let go of the flow on top. A connector that works for it goes on; nobody waits for it any more."""
    frame = draft.state.top
    if frame is None:
        return
    if frame.capture is not None:
        draft.add(e.SecureCaptureEnded(frame.capture.capture, "cancelled"))
    if outcome != "done":
        calling.take_back(draft, frame)
    draft.add(e.FlowFinished(frame.flow, outcome))


def drop_unit(draft: Draft, outcome: Literal["done", "cancelled", "failed"] = "cancelled") -> None:
    """Let go of the flow on top with those it runs as part of."""
    for _ in draft.state.unit:
        drop_top(draft, outcome)


def drop_all(draft: Draft, *, top: Literal["done", "cancelled", "failed"] = "cancelled") -> None:
    drop_unit(draft, top)
    while draft.state.stack:
        drop_top(draft)


def transfer(
    draft: Draft, target: str, text: str, outcome: Literal["done", "failed"] = "done", told: str | None = None
) -> None:
    """Put the party through to a person, who is told what this was about."""
    draft.say(text)
    draft.question = None
    about = summary(draft, told)
    drop_all(draft, top=outcome)
    draft.add(e.TransferRequested(target, about))


def give_up(draft: Draft) -> None:
    """Something of ours does not work."""
    draft.because("trouble")
    transfer(draft, draft.agent.policies.person, draft.agent.texts.trouble, "failed")


def end(draft: Draft, reason: Literal["goodbye", "hangup", "idle", "closed", "failed"]) -> None:
    """End the conversation with what has come of it."""
    outcome: Literal["contained", "transferred", "abandoned"] = "abandoned"
    if draft.state.transferred is not None:
        outcome = "transferred"
    elif not draft.state.stack and draft.state.done:
        outcome = "contained"
    draft.add(e.ConversationEnded(reason, outcome))


def _collect(draft: Draft, step: d.Collect) -> None:
    secure = draft.agent.slots[step.collect].secure
    assert secure is not None
    capture = draft.context.ids.new("capture")
    draft.add(e.SecureCaptureStarted(capture, step.collect, secure.min_digits, secure.max_digits))


def _route(draft: Draft, frame: Frame, step: d.Call) -> str:
    """Where a call's outcome leads."""
    outcome = frame.outcomes.get(step.name, d.FAILED)
    route = step.outcomes.get(outcome) or step.outcomes[d.FAILED]
    times = draft.state.counts.get(f"{frame.flow}/{step.name}/{outcome}", 0)
    if outcome == d.FAILED:
        times = -(-times // (step.retries + 1))  # a call with its retries failed once
    return route.then if route.then is not None and route.at_most is not None and times > route.at_most else route.next


def _case(draft: Draft, step: d.Branch) -> str:
    top = draft.state.top
    value = (top.outcomes.get(step.branch) if top else None) or draft.state.value(step.branch)
    return step.cases.get(value, step.otherwise) if value is not None else step.otherwise
