"""Inputs of a leg that has moved to another conversation after they were accepted: they go after it."""

from __future__ import annotations

from dataclasses import replace

from appliance import events as e
from appliance.conversation.state import State
from appliance.privacy.references import Redacted
from appliance.privacy.sealing import ConversationKeys, heard_place, reference_place


def forwarded(message: e.InboxMessage, state: State) -> str | None:
    """The conversation it has to go to; what was heard of a reply stays with the reply."""
    if not isinstance(message, e.Stored) or isinstance(message.input, e.Start | e.Attach):
        return None
    given = message.input
    if isinstance(given, e.Played) and given.reply in state.replies:
        return None
    return state.moved.get(given.leg)


def resealed(message: e.Stored, keys: ConversationKeys, to_keys: ConversationKeys, to: str) -> e.Stored:
    """The same input for another conversation: opened with the keys of one and sealed with those of the other."""
    place = heard_place(message.input.input_id)
    references = tuple(_reference(reference, keys, to_keys) for reference in message.references)
    text = None
    if message.text is not None:
        redacted = Redacted(keys.unseal_text(place, message.text), references)
        text = to_keys.seal_text(place, redacted.text)
    return replace(message, input=replace(message.input, conversation=to), text=text, references=references)


def _reference(reference: e.Reference, keys: ConversationKeys, to_keys: ConversationKeys) -> e.Reference:
    if reference.value is None:
        return reference
    place = reference_place(reference.name)
    raw = keys.unseal(place, reference.value)
    return replace(reference, value=to_keys.seal(place, raw, "raw"), digest=to_keys.digest(raw.decode()))
