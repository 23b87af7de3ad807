"""Questions about a turn, to knowledge or to the language model, beside the inbox's partitions: these wait for nobody.

What a turn wants to know is put into the inbox's stream under a subject of its own before the turn is acknowledged, and
is asked from there by any copy, some at once. What comes of it goes into the conversation's inbox under the call's id.
So a copy may die anywhere: what was not answered is asked again, and an answer that is there is not put there twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from appliance import events as e
from appliance.adapters.nats import Bus, Delivery, inbox_subject
from appliance.conversation.following import AskKnowledge, AskModel
from appliance.errors import B2TError, Unavailable, Unknown
from services.dialogue.held import Conversations
from services.dialogue.knowing import Knowing
from services.dialogue.library import Library
from services.dialogue.proposing import Proposing

log = structlog.get_logger(__name__)

DURABLE: Final = "dialogue-asks"
SUBJECT: Final = "b2t.inbox.asks.*"
AT_ONCE: Final = 16
"""Of all copies together."""
ACK_WAIT_S: Final = 2.0
AGAIN_S: Final = 0.25
HEARTBEAT_S: Final = 0.6
ATTEMPTS: Final = 20
"""After so many failures that nothing explains, the answer is that there is none."""
_ORDER: Final[TypeAdapter[AskKnowledge | AskModel]] = TypeAdapter(AskKnowledge | AskModel)


def asks_subject(conversation: str) -> str:
    return f"b2t.inbox.asks.{conversation}"


class Asking:
    def __init__(
        self, bus: Bus, conversations: Conversations, library: Library, knowing: Knowing, proposing: Proposing
    ) -> None:
        self._bus, self._conversations, self._library = bus, conversations, library
        self._knowing, self._proposing = knowing, proposing

    async def order(self, asked: AskKnowledge | AskModel) -> None:
        """Ordered twice, it is asked once."""
        await self._bus.append(
            asks_subject(asked.conversation), _ORDER.dump_json(asked), message_id=f"asks/{asked.call}"
        )

    async def run(self) -> None:
        """Take orders for ever; the stream hands out no more than `AT_ONCE` that are not answered."""
        async with asyncio.TaskGroup() as group:
            async for delivery in self._bus.consume(
                "INBOX", DURABLE, SUBJECT, in_flight=AT_ONCE, ack_wait_s=ACK_WAIT_S
            ):
                group.create_task(self.take(delivery), name=f"asking {delivery.sequence}")

    async def take(self, delivery: Delivery) -> None:
        """Ask, and acknowledge once the answer lies in the inbox."""
        try:
            async with working(delivery):
                await self._ask(_ORDER.validate_json(delivery.data))
        except (ValidationError, Unknown):  # its conversation was erased since
            log.warning("question_dropped", sequence=delivery.sequence)
        except Exception as error:
            explained = isinstance(error, B2TError) and error.retryable
            if explained:
                log.warning("question_put_back", sequence=delivery.sequence)
            else:
                log.error("question_failed", sequence=delivery.sequence, attempt=delivery.attempt, exc_info=error)
            with contextlib.suppress(Unavailable):
                if explained or delivery.attempt < ATTEMPTS:
                    return await delivery.nak(AGAIN_S)
                await self._give_up(_ORDER.validate_json(delivery.data))
        with contextlib.suppress(Unavailable):
            await delivery.ack()

    async def _ask(self, asked: AskKnowledge | AskModel) -> None:
        if isinstance(asked, AskKnowledge):
            return await self._knowing.ask(asked)
        state = (await self._conversations.fresh(asked.conversation)).state
        version = await self._library.version(asked.agent, asked.version)
        await self._proposing.ask(asked, state, version.spoken(state.locale).agent)

    async def _give_up(self, asked: AskKnowledge | AskModel) -> None:
        """Whoever waits for it is told that nothing comes."""
        knowledge = isinstance(asked, AskKnowledge)
        answered = (e.KnowledgeAnswered if knowledge else e.ModelAnswered)(
            input_id=asked.call, conversation=asked.conversation, call=asked.call, outcome="failed", took_ms=0.0
        )
        message_id = f"{'knowledge' if knowledge else 'model'}/{asked.call}"
        await self._bus.append(inbox_subject(asked.conversation), e.INBOX.dump_json(answered), message_id=message_id)


@asynccontextmanager
async def working(delivery: Delivery) -> AsyncIterator[None]:
    """Tell the inbox, while it takes long, that this is still worked on."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            with contextlib.suppress(Unavailable, OSError):
                await delivery.working()

    beating = asyncio.create_task(beat(), name=f"working {delivery.sequence}")
    try:
        yield
    finally:
        beating.cancel()
