"""Asks retrieval what is known about a turn. The answer is an input like any other: the next one decides on it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
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
from appliance.conversation.proposing_answers import Composed, Source
from appliance.errors import B2TError
from appliance.knowledge import questions as q
from appliance.knowledge.answering import SURE_AT
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


class Composing(Protocol):
    """`services.dialogue.proposing.Proposing`."""

    async def composed(
        self, question: str, passages: Sequence[Source], agent: Agent, within_s: float
    ) -> Composed | None: ...


class Knowing:
    def __init__(self, bus: Bus, keys: Keys, versions: Versions, composing: Composing | None = None) -> None:
        self._bus, self._keys, self._versions, self._composing = bus, keys, versions, composing

    async def ask(self, asked: AskKnowledge) -> None:
        """Ask, and put what comes of it into the inbox under the call's id: asked twice, it is there once. Where
        retrieval does not answer in time, that is the answer, and the rung is passed over."""
        keys = await self._keys.lease(asked.conversation)
        agent = (await self._versions.version(asked.agent, asked.version)).agent
        started = time.perf_counter()
        question = self._question(asked, keys)
        reply = await self._reply(asked, question, agent)
        within_s = asked.timeout_ms / 1000 - (time.perf_counter() - started)
        composed = await self._composed(question, reply, agent, within_s)
        took_ms = round((time.perf_counter() - started) * 1000, 3)
        answered = _answered(asked, reply, composed, keys, took_ms)
        await self._bus.append(
            inbox_subject(asked.conversation), e.INBOX.dump_json(answered), message_id=f"knowledge/{asked.call}"
        )

    def _question(self, asked: AskKnowledge, keys: ConversationKeys) -> str:
        """The text is redacted already; references in it say nothing to a document."""
        said = keys.unseal_text(heard_place(asked.input_id), asked.question)
        return " ".join(_REFERENCE.sub(" ", said).split())

    async def _composed(self, question: str, reply: q.Reply, agent: Agent, within_s: float) -> Composed | None:
        """A language model's answer from the passages that are surely about it; None: they are quoted."""
        if self._composing is None or not isinstance(reply, q.Answered) or within_s <= 0:
            return None
        sure = [one for one in reply.found if one.id in reply.citations or one.confidence >= SURE_AT]
        passages = [Source(one.id, one.source, one.text) for one in sure]
        return await self._composing.composed(question, passages, agent, within_s)

    async def _reply(self, asked: AskKnowledge, question: str, agent: Agent) -> q.Reply:
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


def _answered(
    asked: AskKnowledge, reply: q.Reply, composed: Composed | None, keys: ConversationKeys, took_ms: float
) -> e.KnowledgeAnswered:
    nothing = e.KnowledgeAnswered(
        input_id=asked.call, conversation=asked.conversation, call=asked.call, outcome="nothing", took_ms=took_ms
    )
    if isinstance(reply, q.Refused):
        log.warning("knowledge_not_asked", conversation=asked.conversation, code=reply.code)
        return replace(nothing, outcome="failed")
    if isinstance(reply, q.NothingKnown):
        return nothing
    said = composed or reply
    return replace(
        nothing,
        outcome="answered",
        text=keys.seal_text(answer_place(asked.call), said.text),
        source=keys.seal_text(source_place(asked.call), said.source),
        citations=said.citations,
        composed=composed is not None,
    )
