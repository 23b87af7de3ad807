"""A turn, top to bottom: hear → redact, while the channel waits; then understand → decide → record → say → act.

The inbox lies between the two halves: whoever dies in the first has accepted nothing, whoever dies in the second has
the input delivered again. Every effect of the second half may be repeated: the record by compare-and-set, orders and
messages to other conversations by their message id, notices because their readers know which batch they had.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog
from pydantic import ValidationError

from appliance import events as e
from appliance.adapters.inference import Asked, InferenceClient
from appliance.adapters.nats import Bus, Delivery, inbox_subject
from appliance.adapters.vault import KeyRing
from appliance.agents.loading import Version
from appliance.conversation.deciding import decide
from appliance.conversation.drafting import Context, Decision, Ids
from appliance.conversation.following import CallConnector, Following, SendOn, follows
from appliance.conversation.state import State
from appliance.errors import B2TError, Conflict, Unknown
from appliance.privacy.sealing import ConversationKeys
from services import faults
from services.dialogue import metrics, redaction
from services.dialogue.addressing import RESERVED, Addressing, check
from services.dialogue.asking import Asking, working
from services.dialogue.callers import Callers
from services.dialogue.forwarding import forwarded
from services.dialogue.hearing import Heard, Hearing, expected_entity, has_own, in_its_language, locale_of
from services.dialogue.held import Conversations, Held, unreadable
from services.dialogue.idle import Idle
from services.dialogue.knowing import Knowing, ports
from services.dialogue.library import Expected, Library
from services.dialogue.proposing import Proposing

log = structlog.get_logger(__name__)

FAILURES: Final = 3
"""Failures after which an input that cannot be decided on parks its conversation and lets its partition go on. That
something does not answer now is none: such an input waits."""
AGAIN_S: Final = 0.1
CONFLICTS: Final = 8
MEASURED: Final = 10_000
OWN_STAGES: Final = {"redacted", "understood", "decided"}


class Audit(Protocol):
    """`services.unit.Unit.audit_soon`: a conversation goes on where the audit log takes nothing."""

    async def __call__(self, action: str, **fields: str | int | bool | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    bus: Bus
    keys: KeyRing
    inference: InferenceClient
    conversations: Conversations
    library: Library
    addressing: Addressing
    hearing: Hearing
    idle: Idle
    callers: Callers
    audit: Audit
    proposing: Proposing | None = None
    """Where a language model is installed."""


class Turns:
    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._expected = Expected()
        self._proposing = parts.proposing or Proposing(parts.bus, parts.keys, None)
        knowing = Knowing(parts.bus, parts.keys, parts.library, self._proposing)
        self.asking = Asking(parts.bus, parts.conversations, parts.library, knowing, self._proposing)
        self._recorded: dict[str, float] = {}
        """How long the last batch of a conversation took to be stored, until it can be noted in the next."""
        self._failures: dict[int, int] = {}
        """Inbox sequence → how often deciding failed."""

    # ---- while the channel waits: hear → redact → into the inbox ----------------------------------------------------

    async def accept(self, raw: bytes) -> bytes:
        """Answers `b2t.dialogue.accept`: Accepted once the input is durably in the inbox. Nothing raw outlives this."""
        try:
            given = e.CHANNEL_INPUT.validate_json(raw)
        except ValidationError:
            return e.ANSWER.dump_json(e.Refused("", "invalid", "The input is not one there is.", False))
        try:
            conversation = await self._accept(given)
        except B2TError as error:
            metrics.INPUTS.labels(given.kind, error.code).inc()
            log.info("input_refused", code=error.code, kind=given.kind, conversation=given.conversation)
            return e.ANSWER.dump_json(e.Refused(given.input_id, error.code, error.title, error.retryable))
        metrics.INPUTS.labels(given.kind, "accepted").inc()
        return e.ANSWER.dump_json(e.Accepted(given.input_id, conversation))

    async def _accept(self, given: e.ChannelInput) -> str:
        started = time.perf_counter()
        check(given)
        given, held = await self._p.addressing.whither(given)
        keys = await self._p.keys.lease(given.conversation)
        box = await self._p.keys.lease(RESERVED)
        message: e.InboxMessage | None = await self._p.addressing.code_keyed(given, held.state)
        if message is None:
            stored = await self._redacted(given, held.state, keys, redaction.Parties(box))
            message = _timed(await self._p.callers.linked(stored), _ms(started))
        faults.point("dialogue.redacted")
        await self._p.bus.append(
            inbox_subject(given.conversation), e.INBOX.dump_json(message), message_id=f"{given.leg}/{given.input_id}"
        )
        faults.point("dialogue.inbox_appended")
        return given.conversation

    async def _redacted(
        self, given: e.ChannelInput, state: State, keys: ConversationKeys, parties: redaction.Parties
    ) -> e.Stored:
        """Also what is urgent, by the words as they were said."""
        version = await self._p.library.version(state.agent, state.version) if state.version else None
        redacting = self._without_values(given, state, keys, parties, version)
        return await redaction.urgently(given, version.whole if version else None, redacting)

    async def _without_values(
        self,
        given: e.ChannelInput,
        state: State,
        keys: ConversationKeys,
        parties: redaction.Parties,
        version: Version | None,
    ) -> e.Stored:
        """Also by what the agent's own entities call personal. An inference that does not know them learns them."""
        if version is None or not isinstance(given, e.Said) or not has_own(version):
            languages = version.locales if version is not None else ()
            return await redaction.redact(given, state, keys, parties, self._p.inference, None, languages)
        version = version.spoken(state.locale)
        asked = Asked(version.understood_as, expected_entity(state, version), datetime.now().astimezone())
        try:
            return await redaction.redact(given, state, keys, parties, self._p.inference, asked, version.locales)
        except Unknown:
            await self._p.library.train(version)
            return await redaction.redact(given, state, keys, parties, self._p.inference, asked, version.locales)

    # ---- from the inbox: understand → decide → record → say → act ---------------------------------------------------

    async def take(self, delivery: Delivery) -> None:
        """Take one message of the inbox to its end. It is acknowledged only once all that follows from it is done."""
        try:
            message = e.INBOX.validate_json(delivery.data)
        except ValidationError:
            log.error("inbox_unreadable", sequence=delivery.sequence)
            return await delivery.ack()
        conversation = conversation_of(message)
        try:
            async with working(delivery):
                failures = self._failures.get(delivery.sequence, 0)
                await self._turn(message, conversation, delivery.sequence, give_up=failures >= FAILURES)
        except Exception as error:
            if await self._put_back(delivery, conversation, error):
                return
        self._failures.pop(delivery.sequence, None)
        faults.point("dialogue.before_ack")
        await delivery.ack()
        faults.point("dialogue.acked")

    async def _put_back(self, delivery: Delivery, conversation: str, error: Exception) -> bool:
        """Have it delivered again; not where it has failed too often."""
        if isinstance(error, B2TError) and error.retryable:
            log.warning("turn_put_back", conversation=conversation, code=error.code, title=error.title)
            await delivery.nak(AGAIN_S)
            return True
        failures = self._failures.get(delivery.sequence, 0) + 1
        self._failures[delivery.sequence] = failures
        log.error("turn_failed", conversation=conversation, failures=failures, exc_info=error)
        metrics.FAILURES.labels("again" if failures <= FAILURES else "given_up").inc()
        if failures <= FAILURES:
            await delivery.nak(AGAIN_S)
            return True
        log.error("input_given_up", conversation=conversation, sequence=delivery.sequence)
        return False

    async def _turn(self, message: e.InboxMessage, conversation: str, sequence: int, *, give_up: bool) -> None:
        for _ in range(CONFLICTS):
            held = await self._p.conversations.known(conversation)
            faults.point("dialogue.state_loaded")
            if held.state.taken >= sequence:
                return await self._finish_again(held, sequence)
            if give_up:
                held = unreadable(held)
            version = self._p.library.any_version() if give_up else await self._version(held.state, message)
            if version is None:
                log.error("input_without_agent", conversation=conversation)
                return
            version = version.spoken(locale_of(held.state, message))
            keys = await self._p.keys.lease(conversation)
            if (to := forwarded(message, held.state)) is not None:
                return await self._p.hearing.forward(message, keys, to)
            heard = await self._p.hearing.understand(message, held.state, version, keys)
            if not held.state.started:
                heard = replace(heard, earlier=await self._p.callers.earlier(message))
            faults.point("dialogue.understood")
            heard, version = in_its_language(heard, held.state, version)
            try:
                batch = self._decide(held.state, heard, version, keys, sequence)
                if batch is None:
                    return
                batch = await self._proposing.worded(batch, held.state, version, keys)
                started = time.perf_counter()
                held = await self._p.conversations.append(held, batch)
                self._count(held.state, batch, _ms(started))
            except Conflict:
                metrics.CONFLICTS.inc()
                continue  # another copy was first: on what it made of the conversation, decide anew
            faults.point("dialogue.appended")
            return await self._finish(held, batch, version)
        raise Conflict("The conversation is written by too many at once.")

    def _decide(
        self, state: State, heard: Heard, version: Version, keys: ConversationKeys, sequence: int
    ) -> e.Batch | None:
        """The batch to record, or None where nothing comes of the input."""
        started = time.perf_counter()
        now = datetime.now(UTC)
        ids = Ids(state.conversation, sequence)
        known = (heard.understanding, heard.earlier, ports(version.agent) | self._proposing.ports)
        context = Context(version.agent, version.version, ids, keys, now, *known, heard.locale)
        decision = decide(state, heard.message, context)
        faults.point("dialogue.decided")
        if not decision.events:
            return None
        measured = self._measured(heard, decision, _ms(started))
        return e.Batch(
            conversation=state.conversation,
            agent=version.name,
            version=version.version,
            number=state.number + 1,
            taken=sequence,
            at=now.isoformat(timespec="milliseconds"),
            events=decision.events if measured is None else (*decision.events, measured),
        )

    async def _finish(self, held: Held, batch: e.Batch, version: Version) -> None:
        """Say it to the channels, and carry out what follows."""
        spoken = any(leg.spoken for leg in held.state.legs)
        hints = held.state.reply.expectation.hints if held.state.reply and spoken else None
        spoken_in = version.spoken(held.state.locale)
        notice = e.Notice(sequence=held.sequence, batch=batch, phrases=self._expected.phrases(spoken_in, hints))
        await self._p.bus.publish(f"b2t.replies.{batch.conversation}", e.NOTICE.dump_json(notice))
        faults.point("dialogue.notified")
        for following in follows(batch, held.state):
            await self._act(following)
            faults.point("dialogue.acted")
        await self._p.idle.note(held.state, batch, version.agent.policies.idle_minutes)
        await self._p.callers.note(batch)
        if any(isinstance(event, e.CodeRefused) for event in batch.events):
            await self._p.audit("code_refused", conversation=batch.conversation)
        faults.point("dialogue.called")

    async def _finish_again(self, held: Held, sequence: int) -> None:
        """An input that is taken already comes again: whoever took it may have died before the rest was done."""
        batch = held.last
        if batch is None or batch.taken != sequence:
            held = await self._p.conversations.fresh(held.state.conversation)
            batch = held.last
        if batch is not None and batch.taken == sequence:
            await self._finish(held, batch, await self._p.library.version(batch.agent, batch.version))

    async def _act(self, following: Following) -> None:
        if isinstance(following, CallConnector):
            call = following.call
            await self._p.bus.append(
                f"b2t.calls.{call.connector}", e.CONNECTOR_CALL.dump_json(call), message_id=call.call
            )
            return
        if not isinstance(following, SendOn):
            return await self.asking.order(following)
        arrival = following.message
        await self._p.bus.append(
            inbox_subject(arrival.conversation), e.INBOX.dump_json(arrival), message_id=arrival.input_id
        )

    async def _version(self, state: State, message: e.InboxMessage) -> Version | None:
        """The version the conversation began with; for a new one, what is deployed now."""
        if state.agent:
            return await self._p.library.version(state.agent, state.version)
        if isinstance(message, e.Stored) and isinstance(message.input, e.Start):
            return await self._p.library.begins_with(message.input)
        return self._p.library.any_version() if state.started else None

    # ---- measures ---------------------------------------------------------------------------------------------------

    def _measured(self, heard: Heard, decision: Decision, decided_ms: float) -> e.TurnMeasured | None:
        """The stages of a turn; what came of a reply is measured by its channel and comes with Played."""
        given = heard.message.input if isinstance(heard.message, e.Stored) else None
        if isinstance(given, e.Played):
            stages = dict(given.stages)
            recorded = self._recorded.pop(given.conversation, None)
            if recorded is not None:
                stages["recorded"] = recorded
            last = decision.state.reply
            turn = last.turn if last is not None and last.reply == given.reply else None
            return e.TurnMeasured(turn, stages, given.reply) if stages else None
        turn = next((event.turn for event in decision.events if isinstance(event, e.TurnHeard)), None)
        if turn is None:
            return None
        stages = dict(given.stages) if isinstance(given, e.Said | e.Keyed) else {}
        if heard.understood_ms is not None:
            stages["understood"] = heard.understood_ms
        stages["decided"] = decided_ms
        reply = next((event.reply for event in decision.events if isinstance(event, e.ReplyMade)), None)
        return e.TurnMeasured(turn, stages, reply)

    def _count(self, state: State, batch: e.Batch, recorded_ms: float) -> None:
        metrics.STAGES.labels("recorded").observe(recorded_ms / 1000)
        for event in batch.events:
            if isinstance(event, e.TurnMeasured):
                for stage in OWN_STAGES & event.stages.keys():
                    metrics.STAGES.labels(stage).observe(event.stages[stage] / 1000)
            elif isinstance(event, e.ConversationEnded):
                metrics.ENDED.labels(event.reason, event.outcome).inc()
        if state.ended is not None or len(self._recorded) > MEASURED:
            self._recorded.pop(batch.conversation, None)
        else:
            self._recorded[batch.conversation] = recorded_ms


def conversation_of(message: e.InboxMessage) -> str:
    return message.input.conversation if isinstance(message, e.Stored) else message.conversation


def _timed(stored: e.Stored, took_ms: float) -> e.Stored:
    """Note how long it took until the input could be stored."""
    given = stored.input
    if not isinstance(given, e.Said | e.Keyed):
        return stored
    return replace(stored, input=replace(given, stages={**given.stages, "redacted": took_ms}))


def _ms(since: float) -> float:
    return round((time.perf_counter() - since) * 1000, 3)
