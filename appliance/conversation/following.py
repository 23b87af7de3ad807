"""`follows`: what is to be carried out because of a batch. Carried out twice, every part of it is the same as once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from appliance import events as e
from appliance.conversation.folding import ASKED
from appliance.conversation.state import State
from appliance.events import Sealed


@dataclass(frozen=True, slots=True)
class CallConnector:
    """Order it, with the call's id as message id."""

    call: e.ConnectorCall


@dataclass(frozen=True, slots=True)
class SendOn:
    """Put into another conversation's inbox, with the input's id as message id."""

    message: e.LegArrived


@dataclass(frozen=True, slots=True)
class AskKnowledge:
    """Look a turn's words up, and put `KnowledgeAnswered` into the inbox. `base` is one of the agent's knowledge bases,
    None any. `question` lies at `heard_place(input_id)`."""

    conversation: str
    agent: str
    version: str
    call: str
    base: str | None
    question: Sealed
    input_id: str
    locale: str
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class AskModel:
    """Have a language model pick among the agent's wishes and the values that were said, and put `ModelAnswered` into
    the inbox. `flow` and `step` are where the conversation is."""

    conversation: str
    agent: str
    version: str
    call: str
    question: Sealed
    input_id: str
    locale: str
    flow: str | None
    step: str | None
    timeout_ms: int


Following = CallConnector | SendOn | AskKnowledge | AskModel


def follows(batch: e.Batch, state: State) -> tuple[Following, ...]:
    """In order. `state` is any from this batch on: it gives the references that arguments name."""
    found = (_followed(batch, state, event) for event in batch.events if isinstance(event, _FOLLOWED))
    return tuple(one for one in found if one is not None)


_FOLLOWED = (e.ConnectorCallStarted, e.LegMoved)


def _followed(batch: e.Batch, state: State, event: e.ConnectorCallStarted | e.LegMoved) -> Following | None:
    if isinstance(event, e.LegMoved):
        named = f"{batch.conversation}/{batch.number}/{event.leg}"
        return SendOn(
            e.LegArrived(
                input_id=f"arrival_{hashlib.sha256(named.encode()).hexdigest()[:32]}",
                conversation=event.to_conversation,
                leg=event.leg,
                channel=event.channel,
                from_conversation=batch.conversation,
                identity=event.identity,
            )
        )
    if event.connector in ASKED:
        return _asked(batch, state, event)
    values = {value for argument, value in event.arguments.items() if argument not in event.captures}
    return CallConnector(
        e.ConnectorCall(
            conversation=batch.conversation,
            call=event.call,
            connector=event.connector,
            operation=event.operation,
            arguments=event.arguments,
            captures=event.captures,
            references={name: state.references[name] for name in sorted(values) if name in state.references},
            timeout_ms=event.timeout_ms,
        )
    )


def _asked(batch: e.Batch, state: State, event: e.ConnectorCallStarted) -> AskKnowledge | AskModel | None:
    """None where something else was said since: whoever said it does not wait for the answer any more."""
    turns = [one for one in batch.events if isinstance(one, e.TurnHeard)]
    said = turns[-1] if turns else state.said
    if said is None or said.text is None or said.turn != event.arguments.get("turn"):
        return None
    asked = (batch.conversation, batch.agent, batch.version, event.call)
    if event.connector == "knowledge":
        base = event.arguments.get("base")
        return AskKnowledge(*asked, base, said.text, said.input_id, state.locale, event.timeout_ms)
    top = state.top
    flow, step = (top.flow, top.step) if top is not None else (None, None)
    return AskModel(*asked, said.text, said.input_id, state.locale, flow, step, event.timeout_ms)
