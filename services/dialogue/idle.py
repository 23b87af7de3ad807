"""Ends conversations in which nothing happens any more: whatever copy knows of one reminds it when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import structlog

from appliance import events as e
from appliance.adapters.nats import Bus, inbox_subject, stopping
from appliance.conversation.deciding import idle_at
from appliance.conversation.state import State
from appliance.errors import B2TError
from services.dialogue.held import Conversations
from services.dialogue.library import Library

log = structlog.get_logger(__name__)

SWEEP_S: Final = 5.0
LISTED_S: Final = 600.0
"""How often the open conversations are listed anew, for those whose copy is gone."""
BUCKET: Final = "open"


class Idle:
    def __init__(self, bus: Bus, conversations: Conversations, library: Library) -> None:
        self._bus = bus
        self._conversations = conversations
        self._library = library
        self._due: dict[str, datetime] = {}

    async def note(self, state: State, batch: e.Batch, idle_minutes: float) -> None:
        """After every batch: when the conversation's idle time is over now. Raises Unavailable."""
        conversation = state.conversation
        if state.ended is not None:
            self._due.pop(conversation, None)
            if any(isinstance(event, e.ConversationEnded) for event in batch.events):
                await self._bus.delete(BUCKET, conversation)
            return
        if batch.number == 1:
            await self._bus.put(BUCKET, conversation, conversation.encode())
        self._due[conversation] = idle_at(state, idle_minutes)

    async def run(self) -> None:
        """Remind for ever."""
        listed = 0.0
        loop = asyncio.get_running_loop()
        while not stopping():
            try:
                if not listed or loop.time() - listed > LISTED_S:
                    await self._list()
                    listed = loop.time()
                async for conversation in self._over():
                    await self._remind(conversation)
            except B2TError as error:
                log.warning("idle_sweep_failed", code=error.code)
            await asyncio.sleep(SWEEP_S)

    async def _list(self) -> None:
        """Conversations that were open when their copy went are looked at once, and noted from then on."""
        now = datetime.now(UTC)
        async for _, value in self._bus.read(f"KV_{BUCKET}", f"$KV.{BUCKET}.*"):
            if value:  # none where it was deleted
                self._due.setdefault(value.decode(), now)

    async def _over(self) -> AsyncIterator[str]:
        now = datetime.now(UTC)
        for conversation in [one for one, due in self._due.items() if due <= now]:
            yield conversation

    async def _remind(self, conversation: str) -> None:
        state = (await self._conversations.fresh(conversation)).state
        if state.ended is not None or not state.started:
            self._due.pop(conversation, None)
            await self._bus.delete(BUCKET, conversation)
            return
        if not state.agent:
            self._due.pop(conversation, None)
            return
        agent = (await self._library.version(state.agent, state.version)).agent
        due = idle_at(state, agent.policies.idle_minutes)
        if due > datetime.now(UTC):
            self._due[conversation] = due
            return
        reminder = e.IdleTimeReached(input_id=f"idle_{state.number}", conversation=conversation)
        message_id = f"{conversation}/{reminder.input_id}"
        await self._bus.append(inbox_subject(conversation), e.INBOX.dump_json(reminder), message_id=message_id)
