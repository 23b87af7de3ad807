"""Reads stored batches of every release there has been, and says so where one is of a later release.

Upcasters are never removed: each takes a batch's plain JSON from its schema to the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ValidationError

from appliance.conversation.folding import apply_batch
from appliance.conversation.state import State
from appliance.events import BATCH, EVENT, SCHEMA, Batch, Event

UPCASTERS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Schema → what makes the next of it. Empty as long as there is only schema 1."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """`batch` holds the events this release knows; `unreadable` says that it is not all there is."""

    batch: Batch | None
    unreadable: Literal["unknown_event", "damaged"] | None = None


def read_batch(raw: bytes) -> StoredBatch:
    """Never raises: a log that cannot be read is a state of the conversation."""
    try:
        batch = BATCH.validate_json(raw)
    except ValidationError:
        return _read_slowly(raw)
    return StoredBatch(batch) if batch.schema == SCHEMA else _read_slowly(raw)


def _read_slowly(raw: bytes) -> StoredBatch:
    try:
        plain = json.loads(raw)
        schema = plain["schema"]
        while schema in UPCASTERS:
            plain = UPCASTERS[schema](plain)
            schema = plain["schema"]
        known = [event for event in map(_event, plain["events"]) if event is not None]
        complete = len(known) == len(plain["events"]) and schema == SCHEMA
        envelope = {**plain, "events": [], "schema": SCHEMA}
        batch = replace(BATCH.validate_python(envelope), events=tuple(known))
    except (ValueError, KeyError, TypeError, RecursionError):
        return StoredBatch(None, "damaged")
    return StoredBatch(batch, None if complete else "unknown_event")


def _event(plain: Any) -> Event | None:
    try:
        return EVENT.validate_python(plain)
    except ValidationError:
        return None


def apply_stored(state: State, stored: StoredBatch) -> State:
    """The state after a stored batch, marked where the batch cannot be read to its end."""
    if stored.batch is not None:
        state = apply_batch(state, stored.batch)
    if stored.unreadable is None:
        return state
    number = state.number if stored.batch is not None else state.number + 1
    return replace(state, number=number, unreadable=state.unreadable or stored.unreadable)
