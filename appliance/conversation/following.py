"""`follows`: what is to be carried out because of a batch. Carried out twice, every part of it is the same as once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from appliance import events as e
from appliance.conversation.state import State


@dataclass(frozen=True, slots=True)
class CallConnector:
    """Order it, with the call's id as message id."""

    call: e.ConnectorCall


@dataclass(frozen=True, slots=True)
class SendOn:
    """Put into another conversation's inbox, with the input's id as message id."""

    message: e.LegArrived


Following = CallConnector | SendOn


def follows(batch: e.Batch, state: State) -> tuple[Following, ...]:
    """In order. `state` is any from this batch on: it gives the references that arguments name."""
    return tuple(_followed(batch, state, event) for event in batch.events if isinstance(event, _FOLLOWED))


_FOLLOWED = (e.ConnectorCallStarted, e.LegMoved)


def _followed(batch: e.Batch, state: State, event: e.ConnectorCallStarted | e.LegMoved) -> Following:
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
