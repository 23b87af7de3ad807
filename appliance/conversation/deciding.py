"""`decide`: what an input makes of a conversation. No clock, no randomness, no I/O but what the context brings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from appliance import events as e
from appliance.conversation import climbing, legs, listening, running, urgency
from appliance.conversation.drafting import Context, Decision, Draft
from appliance.conversation.state import State

SILENCES = 3
"""Silences in a row, the last of which ends the conversation."""


def decide(state: State, message: e.InboxMessage, context: Context) -> Decision:
    """Events for one message of the inbox, to be stored as one batch. Never raises for any message there may be."""
    draft = Draft(state, context)
    given = message.input if isinstance(message, e.Stored) else message
    if not state.started and not isinstance(given, e.Start):
        return draft.finish()
    if isinstance(given, e.Said | e.Keyed) and given.input_id in state.inputs:
        return draft.finish()  # sent again after the inbox has forgotten that it had it
    if state.unreadable is not None:
        _park(draft, message)
    elif isinstance(message, e.Stored):
        _INPUTS[type(message.input)](draft, message.input, message)
    else:
        _MESSAGES[type(message)](draft, message)
    if draft.events and draft.state.unreadable is None:
        listening.take_queue(draft)
    return draft.finish()


def _start(draft: Draft, given: e.Start, stored: e.Stored) -> None:
    legs.start(draft, given, stored.identity)


def _attach(draft: Draft, given: e.Attach, stored: e.Stored) -> None:
    legs.attach(draft, given, stored.identity)


def _said(draft: Draft, given: e.Said, stored: e.Stored) -> None:
    if given.leg in draft.state.moved:
        return  # forwarded to where the leg is now
    understanding = listening.sound(draft.context.understanding, draft.agent, stored.references)
    urgent = urgency.meant(draft.agent, understanding)
    if urgent is not None:
        understanding = urgency.alone(understanding, urgent)
    turn = _heard(draft, given.leg, given.modality, stored, given.confidence)
    draft.add(e.TurnUnderstood(turn, understanding, locale=draft.context.locale))
    if urgent is not None:
        urgency.at_once(draft, urgent, understanding)
    elif draft.state.ended is not None:
        _say_ended(draft)
    else:
        listening.heard(draft, turn, understanding, stored.references)


def _keyed(draft: Draft, given: e.Keyed, stored: e.Stored) -> None:
    if given.leg in draft.state.moved:
        return
    _heard(draft, given.leg, e.Modality.KEYS, stored, None)
    if draft.state.ended is not None:
        _say_ended(draft)
    else:
        listening.keyed(draft, stored.references)


def _heard(draft: Draft, leg: str, modality: e.Modality, stored: e.Stored, confidence: float | None) -> str:
    draft.turn = draft.context.ids.new("turn")
    draft.add(e.TurnHeard(draft.turn, leg, modality, stored.input.input_id, stored.text, stored.references, confidence))
    return draft.turn


def _say_ended(draft: Draft) -> None:
    """Whoever reads is told to start anew; a call hears its last words and is over."""
    speaking = draft.state.speaking
    if speaking is None or not speaking.spoken:
        draft.say(draft.agent.texts.ended)


def _captured(draft: Draft, given: e.Captured, _stored: e.Stored) -> None:
    """Of a capture that nobody waits for any more, nothing is to be known."""
    if draft.state.ended is not None:
        return
    waiting = [frame for frame in draft.state.stack if frame.capture and frame.capture.capture == given.capture]
    if not waiting:
        return
    draft.add(e.SecureCaptureEnded(given.capture, given.outcome))
    if waiting[0].flow != draft.state.stack[-1].flow:
        return  # something else is on top; the flow goes on once it is back
    match given.outcome:
        case "valid":
            running.go_on(draft)
        case "invalid":
            climbing.not_understood(draft, explain=False)
        case "timeout":
            _silence(draft, draft.agent.policies.silence_ms)
        case "cancelled":
            running.drop_all(draft)
            draft.say(draft.agent.texts.cancelled)
            draft.ask(draft.agent.texts.anything_else)


def _played(draft: Draft, given: e.Played, _stored: e.Stored) -> None:
    if given.reply in draft.state.replies:
        heard_ms = max(0, min(given.heard_ms, given.total_ms))
        draft.add(e.ReplyHeard(given.reply, given.leg, heard_ms, max(0, given.total_ms), given.interrupted))


def _waited(draft: Draft, given: e.Waited, _stored: e.Stored) -> None:
    if draft.state.ended is not None or given.leg in draft.state.moved:
        return
    if draft.state.asking is not None:
        climbing.give_up_asking(draft)
        return climbing.climb(draft, max(1, draft.state.misunderstood))
    if listening.waits(draft):
        draft.ask(draft.agent.texts.one_moment)
        return
    _silence(draft, given.waited_ms)


def _silence(draft: Draft, waited_ms: int) -> None:
    times = draft.state.silences + 1
    draft.add(e.PartyWaited(waited_ms, times))
    if times >= SILENCES:
        draft.say(draft.agent.texts.silence_goodbye)
        return running.end(draft, "idle")
    draft.say(draft.agent.texts.silence[times - 1])
    if draft.state.top is not None:
        running.ask_again(draft)


def _leave(draft: Draft, given: e.Leave, _stored: e.Stored) -> None:
    legs.leave(draft, given)


def _returned(draft: Draft, given: e.Returned) -> None:
    """A connector's answer. One that was answered before, or is not ours, changes nothing."""
    if given.call not in draft.state.calls:
        return
    top = draft.state.top
    awaited = top is not None and top.call == given.call
    draft.add(e.ConnectorCallReturned(given.call, given.outcome, given.values, given.took_ms))
    if awaited and draft.state.ended is None:
        running.go_on(draft)
        listening.take_up(draft)


def _known(draft: Draft, given: e.KnowledgeAnswered) -> None:
    """An answer to a question that nobody asks any more changes nothing."""
    if given.call in draft.state.calls:
        climbing.known(draft, given)
        listening.take_up(draft)


def _modelled(draft: Draft, given: e.ModelAnswered) -> None:
    if given.call in draft.state.calls:
        listening.from_model(draft, given)
        listening.take_up(draft)


def _arrived(draft: Draft, given: e.LegArrived) -> None:
    legs.arrive(draft, given)


def _code(draft: Draft, given: e.CodeKeyed) -> None:
    legs.code_keyed(draft, given)


def _idle(draft: Draft, _given: e.IdleTimeReached) -> None:
    """The reminder may be late or early: what counts is when anything last happened."""
    if draft.state.ended is None and draft.context.at >= idle_at(draft.state, draft.agent.policies.idle_minutes):
        running.end(draft, "idle")


def idle_at(state: State, idle_minutes: float) -> datetime:
    return datetime.fromisoformat(state.at) + timedelta(minutes=idle_minutes)


def _park(draft: Draft, message: e.InboxMessage) -> None:
    """The log holds what this release cannot read: whoever says something is offered a person. It still ends."""
    given = message.input if isinstance(message, e.Stored) else message
    if isinstance(given, e.Leave):
        return legs.leave(draft, given)
    if isinstance(given, e.IdleTimeReached):
        return _idle(draft, given)
    if isinstance(given, e.Said | e.Keyed) and isinstance(message, e.Stored):
        modality = given.modality if isinstance(given, e.Said) else e.Modality.KEYS
        _heard(draft, given.leg, modality, message, None)
        urgency.say_first(draft)
    elif draft.state.parked:
        return
    if not draft.state.parked and draft.state.unreadable is not None:
        draft.add(e.ConversationParked(draft.state.unreadable))
        draft.add(e.TransferRequested(draft.agent.policies.person))
    draft.say(draft.agent.texts.parked)


_INPUTS: dict[type, Callable[[Draft, Any, e.Stored], None]] = {
    e.Start: _start,
    e.Attach: _attach,
    e.Said: _said,
    e.Keyed: _keyed,
    e.Captured: _captured,
    e.Played: _played,
    e.Waited: _waited,
    e.Leave: _leave,
}
_MESSAGES: dict[type, Callable[[Draft, Any], None]] = {
    e.Returned: _returned,
    e.LegArrived: _arrived,
    e.CodeKeyed: _code,
    e.KnowledgeAnswered: _known,
    e.ModelAnswered: _modelled,
    e.IdleTimeReached: _idle,
}
