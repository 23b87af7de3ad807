"""The units that a channel speaks to, faked on the real bus: dialogue with a script, the vault, connectors, insights.

What they store and send is real: sealed batches in the stream, notices, leases. Counterparts: `services.dialogue`,
`services.vault`, `services.connectors`, `services.insights`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from appliance import events as e
from appliance.adapters.nats import Bus, Stop, conversation_subject
from appliance.agents.publication import answer, refuse
from appliance.errors import B2TError
from appliance.insights.queries import (
    QUERY,
    QUERY_ANSWER,
    AskSummary,
    ConversationList,
    ConversationRow,
    Period,
    Summary,
)
from appliance.knowledge import questions as q
from appliance.privacy.capture import CAPTURE_ANSWER, CAPTURE_KEY, CAPTURE_SENT, CaptureAnswer, CaptureKey
from appliance.privacy.leases import LEASE_ANSWERED, LEASE_ASKED, LeaseAnswered, answer_lease
from appliance.privacy.references import seal_value
from appliance.privacy.sealing import ConversationKeys, heard_place, reply_place
from appliance.privacy.unredaction_asking import UNREDACTION_ANSWERED, UNREDACTION_ASKED, UnredactionAnswered
from appliance.privacy.values import Digits, Money

UNITS = ("dialogue", "inference", "vault", "scribe", "insights", "connectors", "phone")
DEPLOYING = ("publish", "versions", "deploy", "deployments")
GREETING = "Hello, this is the Banking assistant. How can I help you?"


@dataclass
class Conversation:
    keys: ConversationKeys
    raw: dict[Any, dict[int, bytes]]
    number: int = 0
    sequence: int = 0
    turns: int = 0
    ended: bool = False
    taken: set[str] = field(default_factory=set)


class FakeUnits:
    """`said` and `inputs` are what arrived, once each; the switches make things go wrong."""

    def __init__(self, bus: Bus, lease_units: tuple[str, ...] = ("gateway",)) -> None:
        self.bus = bus
        self.conversations: dict[str, Conversation] = {}
        self.inputs: list[Any] = []
        self.repeated = 0
        self.digits: list[str] = []
        self.secret = CaptureKey()
        self.refuse: list[e.Refused] = []
        self.silent = False
        """Dialogue answers nothing."""
        self.ordered: list[tuple[str, dict[str, Any]]] = []
        """What was to be published and deployed."""
        self.held: list[q.HoldDocuments] = []
        """Documents of versions to be published."""
        self.refuse_documents: q.Refused | None = None
        self.refuse_orders: B2TError | None = None
        self.lose_notices = False
        self.delay_s = 0.0
        self._lease_units = lease_units
        self._routes: dict[str, Callable[[bytes], Awaitable[bytes]]] = {}
        self._stops: dict[str, Stop] = {}
        self._gate = asyncio.Lock()

    async def start(self) -> None:
        routes: dict[str, Callable[[bytes], Awaitable[bytes]]] = {
            "b2t.dialogue.accept": self._accept,
            "b2t.dialogue.agents": self._agents,
            "b2t.dialogue.code": self._code,
            **{
                f"b2t.dialogue.{verb}": self._deploying(verb)
                for verb in ("publish", "versions", "deploy", "deployments")
            },
            "b2t.connectors.key": self._key,
            "b2t.connectors.capture": self._capture,
            "b2t.insights.query": self._insights,
            "b2t.retrieval.hold": self._hold,
            "b2t.vault.unredact.gateway": self._unredact,
        }
        for unit in self._lease_units:
            routes[f"b2t.vault.lease.{unit}"] = self._leaser(unit)
        for unit in UNITS:
            routes[f"b2t.status.{unit}"] = self._status(unit)
        self._routes = routes
        for subject in routes:
            await self.again(subject)

    async def stop(self) -> None:
        for subject in list(self._stops):
            await self.without(subject)

    async def without(self, subject: str) -> None:
        """Nobody answers there any more."""
        await self._stops.pop(subject)()

    async def again(self, subject: str) -> None:
        self._stops[subject] = await self.bus.serve(subject, self._routes[subject])

    @property
    def said(self) -> list[str]:
        return [given.text for given in self.inputs if isinstance(given, e.Said)]

    def of(self, kind: type) -> list[Any]:
        return [given for given in self.inputs if isinstance(given, kind)]

    # -- dialogue ---------------------------------------------------------------------------------------------------

    async def _accept(self, raw: bytes) -> bytes:
        given = e.CHANNEL_INPUT.validate_json(raw)
        if self.silent:
            await asyncio.sleep(3600)
        if self.refuse and isinstance(given, e.Said):
            return e.ANSWER.dump_json(self.refuse.pop(0))
        async with self._gate:
            if isinstance(given, e.Start) and given.agent not in (None, "banking"):
                return e.ANSWER.dump_json(e.Refused(given.input_id, "unknown", "There is no such agent.", False))
            if isinstance(given, e.Start):
                self.conversations.setdefault(given.conversation, _new(given.conversation))
            known = self.conversations.get(given.conversation)
            if known is None or (known.ended and given.input_id not in known.taken):
                title = "This conversation is over."
                return e.ANSWER.dump_json(e.Refused(given.input_id, "ended", title, False))
            if given.input_id in known.taken:
                self.repeated += 1
            else:
                known.taken.add(given.input_id)
                self.inputs.append(given)
                asyncio.get_running_loop().create_task(self._decide(given, known))
        return e.ANSWER.dump_json(e.Accepted(given.input_id, given.conversation))

    async def _decide(self, given: Any, known: Conversation) -> None:
        await asyncio.sleep(self.delay_s)
        async with self._gate:
            await self.append(given.conversation, self._events(given, known))

    def _events(self, given: Any, known: Conversation) -> list[e.Event]:
        reply = f"r{known.number + 1}-{given.conversation[:8]}"
        match given:
            case e.Start():
                started = e.ConversationStarted("banking", "v1", given.channel, given.locale)
                return [started, e.LegAttached(given.leg, given.channel), self.reply(known, reply, None, GREETING)]
            case e.Attach():
                return [e.LegAttached(given.leg, given.channel)]
            case e.Said():
                return self._turn(given, known, reply)
            case e.Captured():
                balance = seal_value(known.keys, "AMOUNT_r0123456789", "AMOUNT", Money("1234.56"))
                returned = e.ConnectorCallReturned("call1", "found", {"balance": balance})
                text = "Your balance is <AMOUNT_r0123456789>. Anything else?"
                ended = e.SecureCaptureEnded(given.capture, given.outcome)
                return [ended, returned, self.reply(known, reply, None, text)]
            case e.Played():
                return [e.ReplyHeard(given.reply, given.leg, given.heard_ms, given.total_ms, given.interrupted)]
            case e.Leave() if given.ends:
                known.ended = True
                return [e.LegDetached(given.leg, given.reason), e.ConversationEnded("closed", "abandoned")]
            case e.Leave():
                return [e.LegDetached(given.leg, given.reason)]
        raise AssertionError(given)

    def _turn(self, given: e.Said, known: Conversation, reply: str) -> list[e.Event]:
        known.turns += 1
        turn = f"t{known.turns}"
        text, references = given.text, ()
        if "4111" in text:
            card = seal_value(known.keys, "CARD_1", "CARD", Digits("4111111111111111"))
            text, references = text.replace("4111111111111111", "<CARD_1>"), (card,)
        sealed = known.keys.seal_text(heard_place(given.input_id), text)
        heard = e.TurnHeard(turn, given.leg, given.modality, given.input_id, sealed, references)
        measured = e.TurnMeasured(turn, {"redacted": 1.5, "understood": 3.25, "decided": 0.5}, reply)
        understood = e.TurnUnderstood(turn, e.Understanding("balance", 0.9))
        if "balance" in text:
            secure = e.SecureCapture(f"cap{known.turns}", 4, 8)
            started = e.SecureCaptureStarted(secure.capture, "pin", 4, 8)
            asked = self.reply(known, reply, turn, "Please enter your PIN.", e.Expectation(secure=secure))
            return [heard, understood, started, asked, measured]
        if "bye" in text:
            known.ended = True
            bye = self.reply(known, reply, turn, "Goodbye.")
            return [heard, understood, bye, measured, e.ConversationEnded("goodbye", "contained")]
        return [heard, understood, self.reply(known, reply, turn, f"You wrote: {text}. What else?"), measured]

    def reply(
        self, known: Conversation, reply: str, turn: str | None, text: str, expectation: e.Expectation | None = None
    ) -> e.ReplyMade:
        return e.ReplyMade(reply, turn, known.keys.seal_text(reply_place(reply), text), expectation or e.Expectation())

    async def append(self, conversation: str, events: list[e.Event], *, notify: bool = True) -> int:
        """One batch into the stream, and its notice."""
        known = self.conversations[conversation]
        batch = e.Batch(
            conversation=conversation,
            agent="banking",
            version="v1",
            number=known.number + 1,
            taken=known.number + 1,
            at=datetime.now(UTC).isoformat(),
            events=tuple(events),
        )
        subject = conversation_subject(conversation)
        known.sequence = await self.bus.append(subject, e.BATCH.dump_json(batch), expected_last=known.sequence)
        known.number += 1
        if notify and not self.lose_notices:
            await self.notify(conversation, known.sequence, batch)
        return known.sequence

    async def notify(self, conversation: str, sequence: int, batch: e.Batch) -> None:
        data = e.NOTICE.dump_json(e.Notice(sequence=sequence, batch=batch))
        await self.bus.publish(f"b2t.replies.{conversation}", data)

    async def put(self, conversation: str, events: list[e.Event]) -> int:
        """Events of a test's own."""
        async with self._gate:
            return await self.append(conversation, events)

    async def speak(self, conversation: str, text: str, *, notify: bool = True) -> int:
        """The agent says something of its own accord."""
        known = self.conversations[conversation]
        reply = self.reply(known, f"s{known.number + 1}-{conversation[:8]}", None, text)
        async with self._gate:
            return await self.append(conversation, [reply], notify=notify)

    async def _hold(self, raw: bytes) -> bytes:
        order = q.ORDER.validate_json(raw)
        assert isinstance(order, q.HoldDocuments)
        self.held.append(order)
        if self.refuse_documents is not None:
            return q.MANAGED.dump_json(self.refuse_documents)
        return q.MANAGED.dump_json(q.Bases(()))

    async def _agents(self, _raw: bytes) -> bytes:
        deployments = {"numbers": ["1000"], "widgets": ["demo"]}
        agent = {"name": "banking", "title": "Banking", "version": "v1", "deployments": deployments}
        return json.dumps({"agents": [agent]}).encode()

    def _deploying(self, verb: str) -> Callable[[bytes], Awaitable[bytes]]:
        record = {
            **{"agent": "banking", "version": "0" * 32, "content": "0" * 64, "by": "box", "at": "2026-11-02T09:00:00Z"},
            **{"tests": None, "reason": None, "key": "0" * 16, "signature": "", "deployed": ["number:1000"]},
        }
        target = {"agent": "banking", "version": "0" * 32, "canary": None, "before": []}
        counted = {"version": "0" * 32, "ended": 21, "contained": 16, "failed": 0, "slow": 1}
        compared = {"agent": "banking", "to": ["number:1000"], "stable": counted, "candidate": counted, "least": 20}
        canaries = [{**compared, "worse_by": {"containment": [-0.31, 0.22]}}]
        deployments = {"revision": 0, "targets": {"number:1000": target}, "changes": [], "canaries": canaries}
        found = {
            "publish": record,
            "versions": {"agent": "banking", "versions": [record]},
            "deploy": deployments,
            "deployments": deployments,
        }

        async def ask(raw: bytes) -> bytes:
            self.ordered.append((verb, json.loads(raw)))
            if self.refuse_orders is not None:
                return refuse(self.refuse_orders)
            return answer(found[verb])

        return ask

    async def _code(self, raw: bytes) -> bytes:
        assert e.CODE_ASKED.validate_json(raw).conversation in self.conversations
        return e.CODE_ANSWER.dump_json(e.CodeMade("482913", 300))

    async def fill_audit(self) -> None:
        """The audit stream takes no more."""
        streams = self.bus._js
        info = await streams.stream_info("AUDIT")
        info.config.max_bytes = max(1, info.state.bytes)
        await streams.update_stream(info.config)

    # -- the others -------------------------------------------------------------------------------------------------

    def _leaser(self, unit: str) -> Callable[[bytes], Awaitable[bytes]]:
        async def lease(raw: bytes) -> bytes:
            asked = LEASE_ASKED.validate_json(raw)
            known = self.conversations.get(asked.conversation)
            if known is None:
                return LEASE_ANSWERED.dump_json(LeaseAnswered("unknown"))
            lent = {name: known.raw[name] for name in asked.classes}
            return LEASE_ANSWERED.dump_json(answer_lease(unit, asked, lent))

        return lease

    async def _unredact(self, raw: bytes) -> bytes:
        """Nobody is enrolled and nothing was asked."""
        asked = UNREDACTION_ASKED.validate_json(raw)
        answered = UnredactionAnswered(code="denied", title="This key is not enrolled.")
        if asked.operation == "list":
            answered = UnredactionAnswered(answer={"requests": [], "next": None})
        elif asked.operation == "overview":
            answered = UnredactionAnswered(answer={"break_glass_open": 0, "break_glass_unreviewed": 1})
        elif asked.operation == "show":
            answered = UnredactionAnswered(code="unknown", title="There is no such request.")
        return UNREDACTION_ANSWERED.dump_json(answered)

    async def _key(self, _raw: bytes) -> bytes:
        return CAPTURE_KEY.dump_json(self.secret.public)

    async def _capture(self, raw: bytes) -> bytes:
        sent = CAPTURE_SENT.validate_json(raw)
        try:
            self.digits.append(self.secret.decrypt(sent.conversation, sent.capture, sent.box))
        except Exception:
            return CAPTURE_ANSWER.dump_json(CaptureAnswer("stale", self.secret.public))
        return CAPTURE_ANSWER.dump_json(CaptureAnswer("taken"))

    async def _insights(self, raw: bytes) -> bytes:
        ask = QUERY.validate_json(raw)
        if isinstance(ask, AskSummary):
            day = Period("2026-11-02", "2026-11-02", 1, {"chat": 1}, {"contained": 1}, 1.0, 2)
            return QUERY_ANSWER.dump_json(Summary(7, day, day, (day,)))
        rows = tuple(
            ConversationRow(name, "banking", "v1", ("chat",), "2026-11-02T09:00:00Z", None, None, None, known.turns)
            for name, known in list(self.conversations.items())[: ask.limit]
        )
        return QUERY_ANSWER.dump_json(ConversationList(rows))

    def _status(self, unit: str) -> Callable[[bytes], Awaitable[bytes]]:
        async def status(raw: bytes) -> bytes:
            if raw == b"metrics":
                return f"# HELP b2t_test Test.\n# TYPE b2t_test gauge\nb2t_test {len(unit)}\n".encode()
            return json.dumps({"unit": unit, "instance": "1", "ready": True, "parts": {"bus": "ok"}}).encode()

        return status


def _new(conversation: str) -> Conversation:
    raw: dict[Any, dict[int, bytes]] = {"redacted": {1: os.urandom(32)}, "raw": {1: os.urandom(32)}}
    return Conversation(ConversationKeys(conversation, raw), raw)
