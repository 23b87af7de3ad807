"""Which conversation a calling number had last, so that a call after a broken one is linked to it.

A calling number is a hint and no proof: the new conversation names the earlier one in `continued_from`, and what it may
go on with is for `appliance.conversation.resuming` to say. Who wants to go on in the earlier one shows the code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from appliance import events as e
from appliance.adapters.nats import Bus
from appliance.conversation.state import State
from services.dialogue.held import Conversations

BUCKET: Final = "open"


class Callers:
    def __init__(self, bus: Bus, conversations: Conversations) -> None:
        self._bus = bus
        self._conversations = conversations

    async def linked(self, stored: e.Stored) -> e.Stored:
        """A start by a caller whose last conversation was never ended, or broke off, names it. Raises Unavailable."""
        given = stored.input
        party = stored.identity.party
        if not isinstance(given, e.Start) or stored.identity.assurance is not e.Assurance.HINT or party is None:
            return stored
        if given.continued_from is not None:
            return stored
        entry = await self._bus.get(BUCKET, _key(party))
        before = entry[0].decode() if entry else given.conversation
        if before == given.conversation:
            return stored
        ended = (await self._conversations.fresh(before)).state.ended
        if ended is not None and ended.reason != "failed":
            return stored
        return replace(stored, input=replace(given, continued_from=before))

    async def earlier(self, message: e.InboxMessage) -> State | None:
        """The conversation that a call's start is linked to, as it is now. Raises Unavailable."""
        given = message.input if isinstance(message, e.Stored) else None
        if not isinstance(given, e.Start) or given.channel is not e.Channel.PHONE or given.continued_from is None:
            return None
        return (await self._conversations.fresh(given.continued_from)).state

    async def note(self, batch: e.Batch) -> None:
        """A conversation's first batch: whose it is. Raises Unavailable."""
        for event in batch.events if batch.number == 1 else ():
            if isinstance(event, e.LegAttached) and event.identity.assurance is e.Assurance.HINT:
                await self._bus.put(BUCKET, _key(event.identity.party or "none"), batch.conversation.encode())

    async def forget(self, party: str) -> None:
        """Which conversation was this caller's last. Raises Unavailable."""
        await self._bus.delete(BUCKET, _key(party))


def _key(party: str) -> str:
    return f"caller.{party}"
