"""Asks retrieval what is known about a turn. The answer is an input like any other: the next one decides on it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Final, Protocol

import structlog
from pydantic import ValidationError

from appliance import events as e
from appliance.adapters.nats import Bus, inbox_subject
from appliance.agents.definition import Agent
from appliance.agents.loading import Version
from appliance.conversation.calling import KNOWLEDGE
from appliance.conversation.climbing import answer_place, source_place
from appliance.conversation.following import AskKnowledge
from appliance.errors import B2TError
from appliance.knowledge import questions as q
from appliance.privacy.sealing import ConversationKeys, heard_place

log = structlog.get_logger(__name__)

WITHIN_S: Final = 2.0
"""At most, whatever the step allows: so long does nothing else of the partition go on."""
_REFERENCE: Final = re.compile(r"<[A-Z][A-Z_]*_\d+>")


class Keys(Protocol):
    async def lease(self, conversation: str) -> ConversationKeys: ...


class Versions(Protocol):
    async def version(self, name: str, version: str) -> Version: ...


def ports(agent: Agent) -> frozenset[str]:
    """What there is to be asked about a turn."""
    return frozenset({KNOWLEDGE}) if agent.knowledge else frozenset()


class Knowing:
    def __init__(self, bus: Bus, keys: Keys, versions: Versions) -> None:
        self._bus, self._keys, self._versions = bus, keys, versions

    async def ask(self, asked: AskKnowledge) -> None:
        """Ask, and put what comes of it into the inbox under the call's id: asked twice, it is there once. Where
        retrieval does not answer in time, that is the answer, and the rung is passed over."""
        keys = await self._keys.lease(asked.conversation)
        agent = (await self._versions.version(asked.agent, asked.version)).agent
        started = time.perf_counter()
        reply = await self._reply(asked, agent, keys)
        took_ms = round((time.perf_counter() - started) * 1000, 3)
        answered = _answered(asked, reply, keys, took_ms)
        await self._bus.append(
            inbox_subject(asked.conversation), e.INBOX.dump_json(answered), message_id=f"knowledge/{asked.call}"
        )

    async def _reply(self, asked: AskKnowledge, agent: Agent, keys: ConversationKeys) -> q.Reply:
        """The text is redacted already; references in it say nothing to a document."""
        said = keys.unseal_text(heard_place(asked.input_id), asked.question)
        question = " ".join(_REFERENCE.sub(" ", said).split())
        names = [asked.base] if asked.base is not None else list(agent.knowledge)
        if not question or not names:
            return q.NothingKnown()
        bases = tuple(base for name in names for base in (f"{agent.name}.{name}", name))
        held = {f"{agent.name}.{name}": agent.knowledge[name].generation for name in names if name in agent.knowledge}
        generations = {name: generation for name, generation in held.items() if generation is not None}
        request = q.ASK.dump_json(q.Ask(question, bases[:64], generations))
        try:
            raw = await self._bus.request(q.ASK_SUBJECT, request, timeout_s=min(WITHIN_S, asked.timeout_ms / 1000))
            return q.REPLY.validate_json(raw)
        except B2TError as error:
            return q.Refused(error.code, error.title, error.retryable)
        except ValidationError:
            return q.Refused("internal", "The answer is not understood.")


def _answered(asked: AskKnowledge, reply: q.Reply, keys: ConversationKeys, took_ms: float) -> e.KnowledgeAnswered:
    nothing = e.KnowledgeAnswered(
        input_id=asked.call, conversation=asked.conversation, call=asked.call, outcome="nothing", took_ms=took_ms
    )
    if isinstance(reply, q.Refused):
        log.warning("knowledge_not_asked", conversation=asked.conversation, code=reply.code)
        return replace(nothing, outcome="failed")
    if isinstance(reply, q.NothingKnown):
        return nothing
    return replace(
        nothing,
        outcome="answered",
        text=keys.seal_text(answer_place(asked.call), reply.text),
        source=keys.seal_text(source_place(asked.call), reply.source),
        citations=reply.citations,
    )
