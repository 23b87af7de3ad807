"""A conversation through the turn that a box takes: redact, understand, decide, ask connectors and knowledge; bus and
vault left out.

Redaction, understanding and asking knowledge are those of `services.dialogue`, calls those of `services.connectors`;
the inbox is a queue in memory and the keys are made for the one conversation.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from appliance import events as e
from appliance.adapters.inference import Asked, InferenceClient
from appliance.adapters.nats import Bus
from appliance.adapters.vault import KeyRing
from appliance.agents.loading import Version
from appliance.cli.trying.connectors import Made
from appliance.cli.trying.engines import Engines
from appliance.connectors import Connector
from appliance.conversation.deciding import decide
from appliance.conversation.drafting import Context, Ids
from appliance.conversation.folding import apply_batch
from appliance.conversation.following import AskKnowledge, CallConnector, follows
from appliance.conversation.state import State
from appliance.conversation.summing import SUMMARY_PLACE
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.privacy.capture import CaptureSent, encrypt_capture
from appliance.privacy.references import render, reveal, seal_value
from appliance.privacy.sealing import KEY_BYTES, ConversationKeys, heard_place, reply_place
from appliance.privacy.values import Value
from services.connectors.call_log import CallLog
from services.connectors.caller import Caller
from services.connectors.captures import CaptureMemory
from services.dialogue import redaction
from services.dialogue.hearing import Hearing, expected_entity, has_own, in_its_language, locale_of
from services.dialogue.knowing import Knowing, ports
from services.dialogue.library import Library

LEG: Final = "leg1"
INPUTS_AT_MOST: Final = 50
"""Answers of connectors and the like that one turn may lead to."""


@dataclass(slots=True)
class Came:
    """What came of one turn. `said` is redacted, as it is stored; `replies` are as the party hears or reads them."""

    state: State
    said: str = ""
    understanding: e.Understanding | None = None
    replies: list[str] = field(default_factory=list)
    redacted: list[str] = field(default_factory=list)
    """The replies as they are stored."""
    stored: list[str] = field(default_factory=list)
    """Every text and value that is stored in the clear or under the key of redacted texts."""
    calls: list[Made] = field(default_factory=list)
    events: list[e.Event] = field(default_factory=list)
    values: Mapping[str, Value] = field(default_factory=dict)
    """Behind the references known now."""

    @property
    def reply(self) -> str:
        return " ".join(self.replies)


class _Keys:
    """Where the vault's leases come from in a box."""

    def __init__(self) -> None:
        self._leased: dict[str, ConversationKeys] = {}

    async def lease(self, conversation: str, *_: Any) -> ConversationKeys:
        if conversation not in self._leased:
            made = {"redacted": {1: os.urandom(KEY_BYTES)}, "raw": {1: os.urandom(KEY_BYTES)}}
            self._leased[conversation] = ConversationKeys(conversation, cast(Any, made))
        return self._leased[conversation]


class _Calls:
    """`CallLog` without a disk: each call of a scenario is made once."""

    def find(self, _call: str) -> None:
        return None

    def attempt(self, _call: str) -> None:
        return None

    def answer(self, _call: str, _returned: bytes) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the agent as it is understood (`Version.version` names its trained head), and how it is reached."""

    version: Version
    inference: InferenceClient
    moment: datetime
    folder: Path
    """For what connectors keep."""
    documents: Engines | None = None
    """What answers from the agent's own documents."""


class _Documents:
    """The bus as `Knowing` uses it: it asks retrieval, and has the answer put into the inbox."""

    def __init__(self, documents: Engines | None) -> None:
        self._documents = documents
        self.inbox: list[e.InboxMessage] = []

    async def request(self, subject: str, order: bytes, *, timeout_s: float) -> bytes:
        """As late as it comes: a scenario takes the same way on a slow machine."""
        if self._documents is None:
            raise Unavailable("There are no documents to answer from.")
        return await self._documents.request(subject, order, timeout_s=timeout_s)

    async def append(self, _subject: str, message: bytes, *, message_id: str) -> None:
        self.inbox.append(e.INBOX.validate_json(message))


class _Versions:
    def __init__(self, version: Version) -> None:
        self._version = version

    async def version(self, _name: str, _version: str) -> Version:
        return self._version


class Stage:
    """One conversation. `made` is where its connectors note their calls."""

    def __init__(self, given: Cast, conversation: str, connectors: Mapping[str, Connector], made: list[Made]) -> None:
        self._cast, self._conversation, self._made = given, conversation, made
        self._vault = _Keys()
        keys = cast(KeyRing, self._vault)
        self._captures = CaptureMemory()
        self._caller = Caller(connectors, keys, self._captures, cast(CallLog, _Calls()))
        self._hearing = Hearing(cast(Bus, None), keys, given.inference, cast(Library, None))
        self._documents = _Documents(given.documents)
        self._knowing = Knowing(cast(Bus, self._documents), keys, _Versions(given.version))
        self._inputs = 0
        self.state = State(conversation)

    @property
    def spoken(self) -> bool:
        return bool(self.state.speaking and self.state.speaking.spoken)

    async def start(self, channel: str, locale: str) -> Came:
        agent = self._cast.version.name
        return await self._take(e.Start(**self._of(), channel=e.Channel(channel), agent=agent, locale=locale))

    async def say(self, text: str) -> Came:
        modality = e.Modality.SPEECH if self.spoken else e.Modality.TEXT
        return await self._take(e.Said(**self._of(), modality=modality, text=text))

    async def hear(self, text: str, values: Mapping[str, tuple[str, Value | None]], *, keyed: bool = False) -> Came:
        """What was redacted before: `values` are kind and value of the references in it, None behind a secret."""
        keys = await self._vault.lease(self._conversation)
        references = tuple(
            e.Reference(name, kind) if value is None else seal_value(keys, name, kind, value)
            for name, (kind, value) in values.items()
        )
        if keyed:
            return await self._take(e.Stored(input=e.Keyed(**self._of(), digits=""), references=references))
        modality = e.Modality.SPEECH if self.spoken else e.Modality.TEXT
        said = e.Said(**self._of(), modality=modality, text="")
        sealed = keys.seal_text(heard_place(said.input_id), text)
        return await self._take(e.Stored(input=said, text=sealed, references=references))

    async def keys(self, digits: str) -> Came:
        return await self._take(e.Keyed(**self._of(), digits=digits))

    async def wait(self) -> Came:
        return await self._take(e.Waited(**self._of(), waited_ms=self._cast.version.agent.policies.silence_ms))

    async def interrupt(self) -> Came:
        """The last reply is cut short."""
        reply = self.state.reply
        given = self._of()
        return await self._take(
            e.Played(**given, reply=reply.reply if reply else "none", heard_ms=300, total_ms=2000, interrupted=True)
        )

    async def secure(self, digits: str) -> Came:
        """Digits, or `cancelled`, `timeout`, `invalid`. Raises Invalid where no secret is asked for."""
        waiting = [frame.capture for frame in self.state.stack if frame.capture is not None]
        if not waiting:
            raise Invalid("No secret is asked for now.")
        capture = waiting[-1].capture
        if not digits.isdigit():
            return await self._take(e.Captured(**self._of(), capture=capture, outcome=cast(Any, digits)))
        if not waiting[-1].min_digits <= len(digits) <= waiting[-1].max_digits:
            return await self._take(e.Captured(**self._of(), capture=capture, outcome="invalid"))
        box = encrypt_capture(self._captures.public, self._conversation, capture, digits)
        now = asyncio.get_running_loop().time()
        self._captures.take(CaptureSent(self._conversation, capture, box, self._captures.public.kid), now)
        return await self._take(e.Captured(**self._of(), capture=capture, outcome="valid"))

    def _of(self) -> dict[str, Any]:
        self._inputs += 1
        return {"input_id": f"input{self._inputs}", "conversation": self._conversation, "leg": LEG}

    async def _take(self, given: e.ChannelInput | e.Stored) -> Came:
        keys = await self._vault.lease(self._conversation)
        came = Came(self.state)
        self._made.clear()
        stored = given if isinstance(given, e.Stored) else await self._redacted(given, keys)
        waiting: deque[e.InboxMessage] = deque([stored])
        for _ in range(INPUTS_AT_MOST):
            if not waiting:
                break
            waiting.extend(await self._turn(waiting.popleft(), keys, came))
        came.state = self.state
        came.calls = list(self._made)
        came.values = reveal(keys, [one for one in self.state.references.values() if one.value is not None])
        style, locale = ("spoken" if self.spoken else "written"), self.state.locale or "en-US"
        came.replies = [render(text, came.values, cast(Any, style), locale) for text in came.replies]
        return came

    async def _redacted(self, given: e.ChannelInput, keys: ConversationKeys) -> e.Stored:
        parties = redaction.Parties(await self._vault.lease("box"))
        version, asked = self._cast.version.spoken(self.state.locale), None
        if isinstance(given, e.Said) and self.state.started and has_own(version):
            asked = Asked(version.understood_as, expected_entity(self.state, version), self._cast.moment)
        redacting = redaction.redact(given, self.state, keys, parties, self._cast.inference, asked, version.locales)
        return await redaction.urgently(given, version.whole, redacting)

    async def _turn(self, message: e.InboxMessage, keys: ConversationKeys, came: Came) -> list[e.InboxMessage]:
        version = self._cast.version.spoken(locale_of(self.state, message))
        heard = await self._hearing.understand(message, self.state, version, keys)
        heard, version = in_its_language(heard, self.state, version)
        sequence = self.state.taken + 1
        ids = Ids(self._conversation, sequence)
        now = datetime.now(UTC)
        asked = ports(version.agent) if self._cast.documents is not None else frozenset[str]()
        context = Context(
            version.agent, version.version, ids, keys, now, heard.understanding, None, asked, heard.locale
        )
        decision = decide(self.state, heard.message, context)
        if not decision.events:
            return []
        batch = e.Batch(
            conversation=self._conversation,
            agent=version.name,
            version=version.version,
            number=self.state.number + 1,
            taken=sequence,
            at=now.isoformat(timespec="milliseconds"),
            events=decision.events,
        )
        self.state = apply_batch(self.state, e.BATCH.validate_json(e.BATCH.dump_json(batch)))
        _note(came, batch, keys, heard.message)
        answers: list[e.InboxMessage] = []
        for following in follows(batch, self.state):
            if isinstance(following, CallConnector):
                answers.append(e.INBOX.validate_json(await self._caller.answer(following.call)))
            elif isinstance(following, AskKnowledge):
                await self._knowing.ask(following)
                answers += self._documents.inbox
                self._documents.inbox.clear()
        return answers


def _note(came: Came, batch: e.Batch, keys: ConversationKeys, message: e.InboxMessage) -> None:
    came.events += batch.events
    if isinstance(message, e.Stored) and message.text is not None:
        came.said = keys.unseal_text(heard_place(message.input.input_id), message.text)
        came.stored.append(came.said)
    for event in batch.events:
        match event:
            case e.TurnUnderstood(understanding=understanding):
                came.understanding = came.understanding or understanding
                came.stored += [entity.value for entity in understanding.entities]
            case e.ReplyMade():
                text = keys.unseal_text(reply_place(event.reply), event.text)
                came.replies.append(text)
                came.redacted.append(text)
                came.stored.append(text)
            case e.SlotFilled():
                came.stored.append(event.value)
            case e.ConnectorCallStarted():
                came.stored += event.arguments.values()
            case e.TransferRequested(summary=e.Sealed() as summary):
                came.stored.append(_summary(keys, summary))


def _summary(keys: ConversationKeys, summary: e.Sealed) -> str:
    try:
        return keys.unseal_text(SUMMARY_PLACE, summary)
    except B2TError:
        return ""
