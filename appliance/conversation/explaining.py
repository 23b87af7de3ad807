"""Why a turn was answered as it was: candidates and scores, the rule that decided, the flows under way. No words of the
party and no personal values: names, numbers, references, and the literals of values that no agent calls personal (an
amount, a date, a place), from the events as they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from appliance import events as e


@dataclass(slots=True)
class Why:
    """`turn` is its id and `number` its place from 1. `happened` says in order what came of it."""

    conversation: str
    turn: str
    number: int
    sequence: int
    at: str
    modality: str
    confidence: float | None = None
    """Of the recogniser."""
    intent: str | None = None
    intent_confidence: float | None = None
    candidates: list[tuple[str, float]] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)
    also: list[tuple[str, float]] = field(default_factory=list)
    """What else was wanted in the same sentence."""
    nearest: list[dict[str, Any]] = field(default_factory=list)
    """The agent's own examples that it is like: text, intent, similarity."""
    language: str | None = None
    language_confidence: float | None = None
    sentiment: float | None = None
    anger: float | None = None
    rule: str | None = None
    about: dict[str, str] = field(default_factory=dict)
    then: list[str] = field(default_factory=list)
    stack_before: list[str] = field(default_factory=list)
    stack_after: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    understood_by: str | None = None
    """`model` where a language model proposed intent and entities; candidates and scores are the classifier's."""
    worded: str | None = None
    """`phrased` or `composed` where a language model's words were said."""
    happened: list[str] = field(default_factory=list)


def why(batches: Iterable[tuple[int, str, tuple[e.Event, ...]]], turn: str) -> Why | None:
    """Of the turn with this id, or of the Nth. `batches`: sequence, time and events of each, in order. What a connector
    or knowledge answers later belongs to the turn that it was asked for."""
    found: Why | None = None
    stack: list[str] = []
    number = 0
    for sequence, at, events in batches:
        heard = [event for event in events if isinstance(event, e.TurnHeard)]
        if heard:
            number += len(heard)
            if found is not None:
                break
            if turn in (heard[-1].turn, str(number)):
                found = _begun(heard[-1], number, sequence, at, list(stack))
        for event in events:
            _follow(stack, event)
            if found is not None:
                _take(found, event)
        if found is not None:
            found.stack_after = list(stack)
    return found


def _begun(heard: e.TurnHeard, number: int, sequence: int, at: str, stack: list[str]) -> Why:
    begun = Why("", heard.turn, number, sequence, at, heard.modality.value, heard.confidence)
    begun.stack_before = stack
    return begun


def _follow(stack: list[str], event: e.Event) -> None:
    match event:
        case e.FlowStarted():
            stack.append(event.flow)
        case e.FlowFinished() if stack:
            stack.pop()
        case e.StepReached() if stack:
            stack[-1] = f"{event.flow}/{event.step}"
        case _:
            pass


def _take(found: Why, event: e.Event) -> None:
    match event:
        case e.TurnUnderstood(understanding=one, by="model"):
            found.understood_by = "model"
            found.intent, found.intent_confidence = one.intent, one.confidence
            found.entities = _entities(one)
        case e.TurnUnderstood(understanding=one):
            found.intent, found.intent_confidence = one.intent, one.confidence
            found.candidates = list(one.candidates)
            found.entities = _entities(one)
            found.also = [(wish.intent, wish.confidence) for wish in one.also]
            found.nearest = [
                {"text": near.text, "intent": near.intent, "similarity": near.similarity} for near in one.nearest
            ]
            found.language, found.language_confidence = one.language, one.language_confidence
            found.sentiment, found.anger = one.sentiment, one.anger
        case e.ReplyMade():
            found.citations += event.citations
            found.worded = event.worded or found.worded
        case _:
            text = _told(event)
            if text is not None:
                found.happened.append(text)
    decided = event.decided if isinstance(event, e.ReplyMade | e.ConnectorCallStarted) else None
    if decided is not None and found.rule is None:
        found.rule, found.about, found.then = decided.rule, decided.about, [*decided.then]
    elif decided is not None:
        found.then += [decided.rule, *decided.then]


def _entities(understanding: e.Understanding) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "value": one.value, "role": one.role, "confidence": one.confidence}
        for one in understanding.entities
    ]


def _told(event: e.Event) -> str | None:
    match event:
        case e.FlowStarted():
            return f"flow {event.flow} started ({'part' if event.part else event.reason})"
        case e.FlowFinished():
            return f"flow {event.flow} finished ({event.outcome})"
        case e.StepReached():
            return f"step {event.flow}/{event.step}"
        case e.SlotFilled():
            return f"slot {event.slot} = {event.value}"
        case e.NotUnderstood():
            offered = f": {', '.join(event.offered)}" if event.offered else ""
            return f"not understood ({event.times} in a row), tried {event.rung or 'the next rung'}{offered}"
        case e.TurnPostponed():
            return "postponed" if event.wish is None else f"wish {event.wish + 1} waits"
        case e.TurnTakenUp():
            return "taken up" if event.wish is None else f"wish {event.wish + 1} taken up"
        case e.ConnectorCallStarted():
            return f"asked {event.connector} for {event.operation}{' (aside)' if event.aside else ''}"
        case e.ConnectorCallReturned():
            return f"answered {event.outcome} after {event.took_ms:.0f} ms"
        case e.SecureCaptureStarted():
            return f"secure capture of {event.slot} started"
        case e.SecureCaptureEnded():
            return f"secure capture ended ({event.outcome})"
        case e.TransferRequested():
            return f"transfer to {event.target} requested"
        case e.ConversationEnded():
            return f"ended ({event.reason}): {event.outcome}"
        case _:
            return None
