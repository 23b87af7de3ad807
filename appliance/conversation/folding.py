"""`apply` and `fold`: from events to state. Nothing here decides; whatever an event does not say is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from appliance import events as e
from appliance.conversation.state import Frame, Leg, State

REPLIES_KEPT = 32
INPUTS_KEPT = 256


def apply(state: State, event: e.Event) -> State:
    """The state after one event."""
    return _APPLY[type(event)](state, event)


def apply_batch(state: State, batch: e.Batch) -> State:
    """The state after one step's events, at its number, time and place in the inbox."""
    for event in batch.events:
        state = apply(state, event)
    return replace(state, number=batch.number, taken=max(state.taken, batch.taken), at=batch.at)


def fold(conversation: str, batches: Iterable[e.Batch]) -> State:
    state = State(conversation)
    for batch in batches:
        state = apply_batch(state, batch)
    return state


def _started(state: State, event: e.ConversationStarted) -> State:
    return replace(state, agent=event.agent, version=event.version, locale=event.locale)


def _attached(state: State, event: e.LegAttached) -> State:
    leg = Leg(event.leg, event.channel, event.identity)
    legs = (*(one for one in state.legs if one.leg != event.leg), leg)
    speaking = leg if event.from_conversation or state.speaking is None else state.speaking
    return replace(state, legs=legs, channels=state.channels | {event.channel}, speaking=speaking)


def _detached(state: State, event: e.LegDetached) -> State:
    return replace(state, legs=tuple(leg for leg in state.legs if leg.leg != event.leg))


def _moved(state: State, event: e.LegMoved) -> State:
    legs = tuple(leg for leg in state.legs if leg.leg != event.leg)
    return replace(state, legs=legs, moved={**state.moved, event.leg: event.to_conversation})


def _code_refused(state: State, event: e.CodeRefused) -> State:
    legs = tuple(replace(leg, tries=event.tries) if leg.leg == event.leg else leg for leg in state.legs)
    return replace(state, legs=legs)


def _heard(state: State, event: e.TurnHeard) -> State:
    references = {**state.references, **{one.name: one for one in event.references}}
    speaking = state.leg(event.leg) or state.speaking
    inputs = (*state.inputs, event.input_id)[-INPUTS_KEPT:]
    return replace(state, references=references, speaking=speaking, turns=state.turns + 1, inputs=inputs, silences=0)


def _understood(state: State, event: e.TurnUnderstood) -> State:
    return replace(state, understood=event)


def _not_understood(state: State, event: e.NotUnderstood) -> State:
    return replace(state, misunderstood=event.times)


def _postponed(state: State, event: e.TurnPostponed) -> State:
    if state.understood is None or state.understood.turn != event.turn:
        return state
    return replace(state, postponed=(*state.postponed, state.understood))


def _taken_up(state: State, event: e.TurnTakenUp) -> State:
    return replace(state, postponed=tuple(one for one in state.postponed if one.turn != event.turn))


def _flow_started(state: State, event: e.FlowStarted) -> State:
    return replace(state, stack=(*state.stack, Frame(event.flow)), misunderstood=0)


def _flow_finished(state: State, event: e.FlowFinished) -> State:
    if event.outcome == "done":
        state = replace(state, done=state.done + 1, last_flow=event.flow)
    return replace(state, stack=state.stack[:-1])


def _top(state: State, **changes: Any) -> State:
    if not state.stack:
        return state
    return replace(state, stack=(*state.stack[:-1], replace(state.stack[-1], **changes)))


def _step_reached(state: State, event: e.StepReached) -> State:
    return _top(replace(state, misunderstood=0), step=event.step, answered=False)


def _slot_filled(state: State, event: e.SlotFilled) -> State:
    state = replace(state, misunderstood=0)
    if event.kept:
        return replace(state, slots={**state.slots, event.slot: event.value})
    return _top(state, values={**state.stack[-1].values, event.slot: event.value}) if state.stack else state


def _capture_started(state: State, event: e.SecureCaptureStarted) -> State:
    return _top(state, capture=event)


def _capture_ended(state: State, event: e.SecureCaptureEnded) -> State:
    def changed(frame: Frame) -> Frame:
        if frame.capture is None or frame.capture.capture != event.capture:
            return frame
        if event.outcome != "valid":
            return replace(frame, capture=None)
        return replace(frame, capture=None, answered=True, values={**frame.values, frame.capture.slot: event.capture})

    silences = state.silences if event.outcome == "timeout" else 0
    misunderstood = 0 if event.outcome == "valid" else state.misunderstood
    stack = tuple(changed(frame) for frame in state.stack)
    return replace(state, stack=stack, silences=silences, misunderstood=misunderstood)


def _call_started(state: State, event: e.ConnectorCallStarted) -> State:
    return _top(replace(state, calls={**state.calls, event.call: event}), call=event.call)


def _call_returned(state: State, event: e.ConnectorCallReturned) -> State:
    counts = dict(state.counts)

    def changed(frame: Frame) -> Frame:
        if frame.call != event.call or frame.step is None:
            return frame
        key = f"{frame.flow}/{frame.step}/{event.outcome}"
        counts[key] = counts.get(key, 0) + 1
        values = {**frame.values, **{name: reference.name for name, reference in event.values.items()}}
        return replace(
            frame, call=None, answered=True, values=values, outcomes={**frame.outcomes, frame.step: event.outcome}
        )

    stack = tuple(changed(frame) for frame in state.stack)
    calls = {call: started for call, started in state.calls.items() if call != event.call}
    references = {**state.references, **{one.name: one for one in event.values.values()}}
    return replace(state, stack=stack, calls=calls, references=references, counts=counts)


def _reply_made(state: State, event: e.ReplyMade) -> State:
    return replace(state, reply=event, replies=(*state.replies, event.reply)[-REPLIES_KEPT:])


def _reply_heard(state: State, event: e.ReplyHeard) -> State:
    return replace(state, heard=event)


def _measured(state: State, _event: e.TurnMeasured) -> State:
    return state


def _waited(state: State, event: e.PartyWaited) -> State:
    return replace(state, silences=event.times)


def _transfer(state: State, event: e.TransferRequested) -> State:
    return replace(state, transferred=event.target)


def _parked(state: State, event: e.ConversationParked) -> State:
    return replace(state, parked=True, unreadable=event.reason)


def _ended(state: State, event: e.ConversationEnded) -> State:
    return replace(state, ended=event)


_APPLY: dict[type, Callable[[State, Any], State]] = {
    e.ConversationStarted: _started,
    e.LegAttached: _attached,
    e.LegDetached: _detached,
    e.LegMoved: _moved,
    e.CodeRefused: _code_refused,
    e.TurnHeard: _heard,
    e.TurnUnderstood: _understood,
    e.NotUnderstood: _not_understood,
    e.TurnPostponed: _postponed,
    e.TurnTakenUp: _taken_up,
    e.FlowStarted: _flow_started,
    e.FlowFinished: _flow_finished,
    e.StepReached: _step_reached,
    e.SlotFilled: _slot_filled,
    e.SecureCaptureStarted: _capture_started,
    e.SecureCaptureEnded: _capture_ended,
    e.ConnectorCallStarted: _call_started,
    e.ConnectorCallReturned: _call_returned,
    e.ReplyMade: _reply_made,
    e.ReplyHeard: _reply_heard,
    e.TurnMeasured: _measured,
    e.PartyWaited: _waited,
    e.TransferRequested: _transfer,
    e.ConversationParked: _parked,
    e.ConversationEnded: _ended,
}
