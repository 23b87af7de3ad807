"""Opens what a release has left: its log, with the keys that its vault wrapped under its root key."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance import events as e
from appliance.conversation.state import State
from appliance.conversation.upcast import apply_stored, read_batch
from appliance.privacy.sealing import ConversationKeys, KeyClass, heard_place, reference_place, reply_place
from appliance.privacy.vault import RootKey, read_root_file
from services.vault.store import KeyStore


def facts_of(state: State) -> dict[str, Any]:
    """What must come out the same for ever, whatever a later state looks like inside."""
    return {
        "conversation": state.conversation,
        "agent": state.agent,
        "version": state.version,
        "batches": state.number,
        "legs": [[leg.leg, leg.channel, leg.identity.assurance, leg.tries] for leg in state.legs],
        "moved": dict(state.moved),
        "stack": [[frame.flow, frame.step, dict(frame.values)] for frame in state.stack],
        "slots": dict(state.slots),
        "references": sorted(state.references),
        "calls": sorted(state.calls),
        "turns": state.turns,
        "done": state.done,
        "misunderstood": state.misunderstood,
        "silences": state.silences,
        "transferred": state.transferred,
        "heard": [state.heard.heard_ms, state.heard.interrupted] if state.heard else None,
        "ended": [state.ended.reason, state.ended.outcome] if state.ended else None,
        "parked": state.parked,
    }


@dataclass
class Opened:
    """One conversation: what it folds to, every sealed text by its place, every value by its reference's name."""

    state: State
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)


def opened(folder: Path) -> dict[str, Opened]:
    """By conversation. Raises Tampered where the keys, or what is sealed with them, are not what was written."""
    found: dict[str, Opened] = {}
    ring = _ring(folder)
    for line in (folder / "events.jsonl").read_bytes().splitlines():
        stored = read_batch(line)
        assert stored.unreadable is None
        assert stored.batch is not None
        name = stored.batch.conversation
        one = found.setdefault(name, Opened(State(name)))
        one.state = apply_stored(one.state, stored)
        keys = next(keys for keys in ring if keys.conversation == name)
        for event in stored.batch.events:
            _open(event, keys, one)
    return found


def shown(found: dict[str, Opened]) -> dict[str, Any]:
    """The same as JSON, values as base64."""
    return {
        name: {
            "facts": json.loads(json.dumps(facts_of(one.state))),
            "texts": one.texts,
            "values": {reference: base64.b64encode(value).decode() for reference, value in one.values.items()},
        }
        for name, one in found.items()
    }


def _open(event: e.Event, keys: ConversationKeys, into: Opened) -> None:
    references: tuple[e.Reference, ...] = ()
    if isinstance(event, e.TurnHeard):
        references = event.references
        if event.text is not None:
            place = heard_place(event.input_id)
            into.texts[place] = keys.unseal_text(place, event.text)
    elif isinstance(event, e.ReplyMade):
        place = reply_place(event.reply)
        into.texts[place] = keys.unseal_text(place, event.text)
    elif isinstance(event, e.ConnectorCallReturned):
        references = tuple(event.values.values())
    for reference in references:
        if reference.value is not None:
            raw = keys.unseal(reference_place(reference.name), reference.value)
            assert keys.digest(raw.decode()) == reference.digest
            into.values[reference.name] = raw


def _ring(folder: Path) -> list[ConversationKeys]:
    """All keys there are, as the vault would read them."""
    root = read_root_file((folder / "root.key").read_text("ascii"))
    with tempfile.TemporaryDirectory() as copies:
        store = KeyStore(Path(shutil.copy(folder / "keys.sqlite", copies)))
        try:
            return [_keys(root, store, name) for name in _names(folder)]
        finally:
            store.close()


def _keys(root: RootKey, store: KeyStore, conversation: str) -> ConversationKeys:
    keys: dict[KeyClass, dict[int, bytes]] = {}
    for wrapped in store.find(conversation):
        keys.setdefault(wrapped.key, {})[wrapped.generation] = root.unwrap(wrapped)
    return ConversationKeys(conversation, keys)


def _names(folder: Path) -> Iterator[str]:
    batches = (read_batch(line).batch for line in (folder / "events.jsonl").read_bytes().splitlines())
    yield from dict.fromkeys(batch.conversation for batch in batches if batch is not None)
