"""Removes conversations from the event log and the inbox, and what is known of a caller, when the scribe says so."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from appliance.adapters.nats import Bus, conversation_subject, inbox_subject
from appliance.errors import B2TError, Invalid
from appliance.privacy.forgetting import FORGET, FORGOTTEN, Forget, Forgotten
from services.dialogue.asking import asks_subject
from services.dialogue.callers import Callers
from services.dialogue.held import STREAM, Conversations

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Forgetting:
    bus: Bus
    conversations: Conversations
    callers: Callers

    async def answer(self, raw: bytes) -> bytes:
        try:
            return FORGOTTEN.dump_json(Forgotten(removed=await self._forget(FORGET.validate_json(raw))))
        except ValidationError:
            return FORGOTTEN.dump_json(Forgotten(code=Invalid.code, title="Dialogue did not understand the question."))
        except B2TError as error:
            log.warning("not_forgotten", code=error.code, title=error.title)
            return FORGOTTEN.dump_json(Forgotten(code=error.code, title=error.title))

    async def _forget(self, asked: Forget) -> int:
        """How many of them the event log had."""
        had = 0
        for conversation in asked.conversations:
            subject = conversation_subject(conversation)
            if await self.bus.last_sequence(STREAM, subject):
                await self.bus.purge(STREAM, subject)
                had += 1
            await self.bus.purge("INBOX", inbox_subject(conversation))
            await self.bus.purge("INBOX", asks_subject(conversation))
            self.conversations.drop(conversation)
        for person in asked.persons:
            await self.callers.forget(person)
        return had
