"""Conversations as this copy knows them: folded from the log, kept for a while, written with compare-and-set."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

import structlog

from appliance.adapters.nats import Bus, conversation_subject
from appliance.conversation.folding import apply_batch
from appliance.conversation.state import State
from appliance.conversation.upcast import StoredBatch, apply_stored, read_batch
from appliance.events import BATCH, Batch

log = structlog.get_logger(__name__)

KEPT: Final = 2048
STREAM: Final = "CONVERSATIONS"


@dataclass(frozen=True, slots=True)
class Held:
    """`sequence` is the stream's of the last batch, 0 for none; `last` that batch, where it can be read."""

    state: State
    sequence: int = 0
    last: Batch | None = None


class Conversations:
    """At most `KEPT`; the longest unused go first and are folded from the log again."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._held: OrderedDict[str, Held] = OrderedDict()

    async def known(self, conversation: str) -> Held:
        """As this copy last saw it. Another copy may have written since: an append finds out."""
        return self._held.get(conversation) or await self.fresh(conversation)

    async def fresh(self, conversation: str) -> Held:
        """As it is in the log now. Raises Unavailable."""
        held = self._held.get(conversation) or Held(State(conversation))
        subject = conversation_subject(conversation)
        if held.sequence and await self._bus.last_sequence(STREAM, subject) == held.sequence:
            return held
        async for sequence, raw in self._bus.read(STREAM, subject, held.sequence):
            stored = read_batch(raw)
            if _misplaced(held.state, stored):
                log.error("batch_misplaced", conversation=conversation, sequence=sequence)
                held = replace(held, sequence=sequence)
                continue
            held = Held(apply_stored(held.state, stored), sequence, stored.batch)
        if held.sequence:
            self._keep(conversation, held)
        return held

    async def append(self, held: Held, batch: Batch) -> Held:
        """Write the next batch. Raises Conflict where another was first (what is held is let go), and Unavailable."""
        conversation = batch.conversation
        self._held.pop(conversation, None)
        raw = BATCH.dump_json(batch)
        sequence = await self._bus.append(conversation_subject(conversation), raw, expected_last=held.sequence)
        after = Held(apply_batch(held.state, batch), sequence, batch)
        self._keep(conversation, after)
        return after

    def drop(self, conversation: str) -> None:
        """It was removed from the log."""
        self._held.pop(conversation, None)

    def _keep(self, conversation: str, held: Held) -> None:
        newer = self._held.get(conversation)
        if newer is not None and newer.sequence > held.sequence:
            return
        self._held[conversation] = held
        self._held.move_to_end(conversation)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)


def _misplaced(state: State, stored: StoredBatch) -> bool:
    """Whether it is another conversation's batch, or one that this one has already: copied here by somebody."""
    batch = stored.batch
    return batch is not None and (batch.conversation != state.conversation or batch.number <= state.number)


def unreadable(held: Held) -> Held:
    """The same conversation, given up: something in it makes deciding fail."""
    return replace(held, state=replace(held.state, unreadable="damaged"))
