"""What the gateway asks of other units: dialogue takes what a party says, connectors take its secret digits."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final, TypeVar

from prometheus_client import Counter, Histogram
from pydantic import TypeAdapter, ValidationError

from appliance.adapters.nats import Bus
from appliance.errors import B2TError, Unavailable, Unknown
from appliance.events import (
    ANSWER,
    CHANNEL_INPUT,
    CODE_ANSWER,
    CODE_ASKED,
    Accepted,
    ChannelInput,
    CodeAsked,
    Refused,
)
from appliance.insights.queries import QUERY, QUERY_ANSWER, Query, QueryAnswer, QueryRefused
from appliance.privacy.capture import (
    CAPTURE_ANSWER,
    CAPTURE_KEY,
    CAPTURE_SENT,
    CaptureAnswer,
    CapturePublicKey,
    CaptureSent,
)
from services.gateway.agents import Agent, read_agents

Answer = TypeVar("Answer")

WAIT_S: Final = 10.0
"""How long a restart of dialogue, the vault or the bus is waited out before a party is told."""
TRY_S: Final = 2.5
FIRST_PAUSE_S: Final = 0.05
LAST_PAUSE_S: Final = 0.5
INPUTS = Counter("b2t_gateway_inputs", "What parties gave, by kind and what became of it.", ("kind", "outcome"))
SECONDS = Histogram(
    "b2t_gateway_accept_seconds",
    "Until an input was durably taken.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
AGENTS_S: Final = 2.0
"""How long an answer about agents may be old."""


class RefusedInput(B2TError):
    """Dialogue does not take this input, with its own word on why and whether to try again."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.title)
        self.code = refused.code
        self.retryable = refused.retryable
        self.status = REFUSAL_STATUS.get(refused.code, 503 if refused.retryable else 409)


REFUSAL_STATUS: Final = {"unknown": 404, "invalid": 400, "denied": 403, "conflict": 409, "full": 503}


class DialogueClient:
    def __init__(self, bus: Bus, wait_s: float = WAIT_S) -> None:
        self._bus = bus
        self._wait_s = wait_s
        self._agents: tuple[float, tuple[Agent, ...]] | None = None

    async def accept(self, given: ChannelInput) -> Accepted:
        """Durably in the inbox once this returns; asking again with the same input id is taken once.

        Raises RefusedInput, and Unavailable where nobody has taken it within the wait.
        """
        started = time.perf_counter()
        try:
            accepted = await self._accept(given)
        except B2TError as error:
            INPUTS.labels(given.kind, error.code).inc()
            raise
        INPUTS.labels(given.kind, "accepted").inc()
        SECONDS.observe(time.perf_counter() - started)
        return accepted

    async def _accept(self, given: ChannelInput) -> Accepted:
        data = CHANNEL_INPUT.dump_json(given)
        started, pause = time.monotonic(), FIRST_PAUSE_S
        while True:
            trouble: B2TError
            try:
                answer = ANSWER.validate_json(await self._bus.request("b2t.dialogue.accept", data, timeout_s=TRY_S))
                if isinstance(answer, Accepted):
                    return answer
                trouble = RefusedInput(answer)
                if not answer.retryable:
                    raise trouble
            except ValidationError:
                raise Unavailable("Dialogue's answer is not understood.") from None
            except Unavailable as error:
                trouble = error
            if time.monotonic() - started + pause > self._wait_s:
                if isinstance(trouble, RefusedInput):
                    raise trouble
                raise Unavailable("The conversation service does not answer now.") from None
            await asyncio.sleep(pause)
            pause = min(LAST_PAUSE_S, pause * 2)

    async def agents(self) -> tuple[Agent, ...]:
        """All there are, at most `AGENTS_S` old. Raises Unavailable."""
        if self._agents is None or time.monotonic() - self._agents[0] > AGENTS_S:
            found = _object(await self._bus.request("b2t.dialogue.agents", b"{}", timeout_s=2.0))
            self._agents = (time.monotonic(), read_agents(found))
        return self._agents[1]

    async def agent(self, name: str) -> Agent:
        """Raises Unavailable, Unknown."""
        found = next((agent for agent in await self.agents() if agent.name == name), None)
        if found is None:
            raise Unknown("There is no such agent.")
        return found

    async def code(self, conversation: str, leg: str) -> tuple[str, int]:
        """A one-time code for going on by phone, and how many seconds it is good. Raises Unavailable, RefusedInput."""
        asked = CODE_ASKED.dump_json(CodeAsked(conversation, leg))
        try:
            answer = CODE_ANSWER.validate_json(await self._bus.request("b2t.dialogue.code", asked, timeout_s=3.0))
        except ValidationError:
            raise Unavailable("Dialogue's answer is not understood.") from None
        if isinstance(answer, Refused):
            raise RefusedInput(answer)
        return answer.code, answer.expires_in


class ConnectorsClient:
    def __init__(self, bus: Bus, wait_s: float = WAIT_S) -> None:
        self._bus = bus
        self._wait_s = wait_s

    async def key(self) -> CapturePublicKey:
        """The key that secret digits are encrypted to now. Raises Unavailable."""
        return await self._ask("b2t.connectors.key", b"", CAPTURE_KEY)

    async def capture(self, conversation: str, capture: str, box: str) -> CaptureAnswer:
        """Hand over encrypted digits. Raises Unavailable."""
        sent = CAPTURE_SENT.dump_json(CaptureSent(conversation, capture, box))
        return await self._ask("b2t.connectors.capture", sent, CAPTURE_ANSWER)

    async def _ask(self, subject: str, data: bytes, answer: TypeAdapter[Answer]) -> Answer:
        started, pause = time.monotonic(), FIRST_PAUSE_S
        while True:
            try:
                return answer.validate_json(await self._bus.request(subject, data, timeout_s=TRY_S))
            except (Unavailable, ValidationError):
                if time.monotonic() - started + pause > self._wait_s:
                    raise Unavailable("The connectors do not answer now.") from None
            await asyncio.sleep(pause)
            pause = min(LAST_PAUSE_S, pause * 2)


async def ask_insights(bus: Bus, query: Query) -> QueryAnswer:
    """Raises Unavailable, also where insights refuses."""
    try:
        answer = QUERY_ANSWER.validate_json(
            await bus.request("b2t.insights.query", QUERY.dump_json(query), timeout_s=5.0)
        )
    except ValidationError:
        raise Unavailable("The insights are not understood.") from None
    if isinstance(answer, QueryRefused):
        raise Unavailable("The insights do not answer now.")
    return answer


_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return _OBJECT.validate_json(raw)
    except ValidationError:
        raise Unavailable("Dialogue's answer is not understood.") from None
