"""Which legs have a connection now, and telling dialogue of those whose connection stays away."""

from __future__ import annotations

import asyncio
from typing import Final

from prometheus_client import Gauge

from appliance.access.tokens import new_id
from appliance.events import Leave
from services.gateway.background import Background
from services.gateway.dialogue_client import DialogueClient

CHATS = Gauge("b2t_gateway_chats", "Chats open now.")
AWAY_S: Final = 60.0
"""So long may a page reload or a network be gone before the leg has left. The conversation itself lives on."""


class Legs:
    def __init__(self, dialogue: DialogueClient, background: Background, away_s: float = AWAY_S) -> None:
        self._dialogue = dialogue
        self._background = background
        self._away_s = away_s
        self._present: dict[tuple[str, str], int] = {}
        self._away: dict[tuple[str, str], asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return sum(self._present.values())

    def arrive(self, conversation: str, leg: str) -> None:
        key = (conversation, leg)
        self._present[key] = self._present.get(key, 0) + 1
        CHATS.inc()
        timer = self._away.pop(key, None)
        if timer is not None:
            timer.cancel()

    def depart(self, conversation: str, leg: str, *, over: bool) -> None:
        """A connection is gone. `over`: the conversation has ended, so that nobody needs to be told."""
        key = (conversation, leg)
        CHATS.dec()
        left = self._present.get(key, 1) - 1
        if left > 0:
            self._present[key] = left
            return
        self._present.pop(key, None)
        if not over:
            loop = asyncio.get_running_loop()
            self._away[key] = loop.call_later(self._away_s, self._left, key)

    def close(self) -> None:
        """The gateway stops: its clients come back to another one, or to this one soon."""
        for timer in self._away.values():
            timer.cancel()
        self._away.clear()

    def _left(self, key: tuple[str, str]) -> None:
        self._away.pop(key, None)
        conversation, leg = key
        self._background.spawn(self._tell(conversation, leg), f"leave {conversation}")

    async def _tell(self, conversation: str, leg: str) -> None:
        await self._dialogue.accept(Leave(input_id=new_id(), conversation=conversation, leg=leg, reason="closed"))
