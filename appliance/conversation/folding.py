"""`apply` and `fold`: from events to state. Nothing here decides; whatever an event does not say is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from appliance import events as e
from appliance.conversation.state import Frame, Leg, State, changed

REPLIES_KEPT = 32
INPUTS_KEPT = 256
LATELY_KEPT = 16
PATH_KEPT = 32
ASKED = ("knowledge", "model")
"""Names in place of a connector's: what is asked about a turn."""
_CLEAR: dict[str, Any] = {"misunderstood": 0, "place": None, "offered": ()}
"""What a flow that goes on makes of earlier misunderstandings."""


def apply(state: State, event: e.Event) -> State:
    """The state after one event."""
    return _APPLY[type(event)](state, event)


def apply_batch(state: State, batch: e.Batch) -> State:
    """The state after one step's events, at its number, time and place in the inbox."""
    for event in batch.events:
        state = apply(state, event)
    return changed(state, number=batch.number, taken=max(state.taken, batch.taken), at=batch.at)


def fold(conversation: str, batches: Iterable[e.Batch]) -> State:
    state = State(conversation)
    for batch in batches:
        state = apply_batch(state, batch)
    return state


def _started(state: State, event: e.ConversationStarted) -> State:
    return changed(state, agent=event.agent, version=event.version, locale=event.locale)


def _attached(state: State, event: e.LegAttached) -> State:
    leg = Leg(event.leg, event.channel, event.identity)
    legs = (*(one for one in state.legs if one.leg != event.leg), leg)
    speaking = leg if event.from_conversation or state.speaking is None else state.speaking
    return changed(state, legs=legs, channels=state.channels | {event.channel}, speaking=speaking)


def _detached(state: State, event: e.LegDetached) -> State:
    return changed(state, legs=tuple(leg for leg in state.legs if leg.leg != event.leg))


def _moved(state: State, event: e.LegMoved) -> State:
    legs = tuple(leg for leg in state.legs if leg.leg != event.leg)
    return changed(state, legs=legs, moved={**state.moved, event.leg: event.to_conversation})


def _code_refused(state: State, event: e.CodeRefused) -> State:
    legs = tuple(replace(leg, tries=event.tries) if leg.leg == event.leg else leg for leg in state.legs)
    return changed(state, legs=legs)


def _heard(state: State, event: e.TurnHeard) -> State:
    references = state.references
    if any(references.get(one.name) != one for one in event.references):
        references = {**references, **{one.name: one for one in event.references}}
    return changed(
        state,
        references=references,
        speaking=state.leg(event.leg) or state.speaking,
        turns=state.turns + 1,
        inputs=(*state.inputs, event.input_id)[-INPUTS_KEPT:],
        silences=0,
        said=event,
        lately=(*state.lately, event)[-LATELY_KEPT:],
    )


def _understood(state: State, event: e.TurnUnderstood) -> State:
    if event.locale is not None:
        return changed(state, understood=event, locale=event.locale)
    return changed(state, understood=event)


def _not_understood(state: State, event: e.NotUnderstood) -> State:
    return changed(state, misunderstood=event.times, place=event.place, offered=event.offered)


def _postponed(state: State, event: e.TurnPostponed) -> State:
    if state.understood is None or state.understood.turn != event.turn:
        return state
    if event.wish is None:
        return changed(state, postponed=(*state.postponed, state.understood))
    also = state.understood.understanding.also
    if event.wish >= len(also):
        return state
    wish = also[event.wish]
    queued = e.TurnUnderstood(event.turn, e.Understanding(wish.intent, wish.confidence, (), wish.entities))
    return changed(state, queue=(*state.queue, (event.wish, queued)))


def _taken_up(state: State, event: e.TurnTakenUp) -> State:
    if event.wish is not None:
        left = tuple(one for one in state.queue if (one[0], one[1].turn) != (event.wish, event.turn))
        return changed(state, queue=left)
    return changed(state, postponed=tuple(one for one in state.postponed if one.turn != event.turn))


def _flow_started(state: State, event: e.FlowStarted) -> State:
    values = state.stack[-1].values if event.part and state.stack else {}
    frame = Frame(event.flow, values=values, part=event.part)
    return changed(state, stack=(*state.stack, frame), **_CLEAR)


def _flow_finished(state: State, event: e.FlowFinished) -> State:
    finished = state.top
    state = changed(state, stack=state.stack[:-1])
    if event.outcome != "done":
        return state
    if finished is None or not finished.part or not state.stack:
        return changed(state, done=state.done + 1, last_flow=event.flow)
    beneath = state.stack[-1]
    outcomes = {step if "." in step else f"{event.flow}.{step}": came for step, came in finished.outcomes.items()}
    return _top(
        state, values={**beneath.values, **finished.values}, outcomes={**beneath.outcomes, **outcomes}, answered=True
    )


def _top(state: State, **changes: Any) -> State:
    if not state.stack:
        return state
    return changed(state, stack=(*state.stack[:-1], changed(state.stack[-1], **changes)))


def _step_reached(state: State, event: e.StepReached) -> State:
    path = (*state.stack[-1].path, event.step)[-PATH_KEPT:] if state.stack else ()
    return _top(changed(state, **_CLEAR), step=event.step, answered=False, path=path, tries=0)


def _slot_filled(state: State, event: e.SlotFilled) -> State:
    if state.said is not None:
        kept = {turn.turn for turn in state.lately}
        state = changed(state, answers=(state.answers & kept) | {state.said.turn})
    state = changed(state, **_CLEAR)
    if event.kept:
        return changed(state, slots={**state.slots, event.slot: event.value})
    return _top(state, values={**state.stack[-1].values, event.slot: event.value}) if state.stack else state


def _capture_started(state: State, event: e.SecureCaptureStarted) -> State:
    return _top(state, capture=event)


def _capture_ended(state: State, event: e.SecureCaptureEnded) -> State:
    def after(frame: Frame) -> Frame:
        if frame.capture is None or frame.capture.capture != event.capture:
            return frame
        if event.outcome != "valid":
            return changed(frame, capture=None)
        return changed(frame, capture=None, answered=True, values={**frame.values, frame.capture.slot: event.capture})

    silences = state.silences if event.outcome == "timeout" else 0
    if event.outcome == "valid":
        state = changed(state, **_CLEAR)
    return changed(state, stack=tuple(after(frame) for frame in state.stack), silences=silences)


def _call_started(state: State, event: e.ConnectorCallStarted) -> State:
    state = changed(state, calls={**state.calls, event.call: event})
    if not event.aside:
        return _top(state, call=event.call)
    return changed(state, asking=event.call) if event.connector in ASKED else state


def _call_returned(state: State, event: e.ConnectorCallReturned) -> State:
    counts = dict(state.counts)

    def after(frame: Frame) -> Frame:
        if frame.call != event.call or frame.step is None:
            return frame
        key = f"{frame.flow}/{frame.step}/{event.outcome}"
        counts[key] = counts.get(key, 0) + 1
        values = {**frame.values, **{name: reference.name for name, reference in event.values.items()}}
        return changed(
            frame,
            call=None,
            answered=True,
            values=values,
            outcomes={**frame.outcomes, frame.step: event.outcome},
            tries=frame.tries + 1 if event.outcome == "failed" else 0,
        )

    stack = tuple(after(frame) for frame in state.stack)
    calls = {call: started for call, started in state.calls.items() if call != event.call}
    references = {**state.references, **{one.name: one for one in event.values.values()}}
    if event.call == state.asking:
        state = changed(state, asking=None, **(_CLEAR if event.outcome == "answered" else {}))
    return changed(state, stack=stack, calls=calls, references=references, counts=counts)


def _reply_made(state: State, event: e.ReplyMade) -> State:
    speed = event.expectation.speed or state.speed
    return changed(state, reply=event, replies=(*state.replies, event.reply)[-REPLIES_KEPT:], speed=speed)


def _reply_heard(state: State, event: e.ReplyHeard) -> State:
    return changed(state, heard=event)


def _measured(state: State, _event: e.TurnMeasured) -> State:
    return state


def _waited(state: State, event: e.PartyWaited) -> State:
    return changed(state, silences=event.times)


def _transfer(state: State, event: e.TransferRequested) -> State:
    return changed(state, transferred=event.target)


def _parked(state: State, event: e.ConversationParked) -> State:
    return changed(state, parked=True, unreadable=event.reason)


def _ended(state: State, event: e.ConversationEnded) -> State:
    return changed(state, ended=event)


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
