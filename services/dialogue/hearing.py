"""What the inbox holds, made ready to decide on: references fitted to the conversation, text understood."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from appliance import events as e
from appliance.adapters.inference import InferenceClient
from appliance.adapters.nats import Bus, inbox_subject
from appliance.adapters.vault import KeyRing
from appliance.agents.builtins import YES_NO
from appliance.agents.definition import Ask, Confirm
from appliance.agents.loading import Version
from appliance.agents.localising import settled
from appliance.conversation.context import Before, cues, resolved
from appliance.conversation.parts import answering, combined, parts
from appliance.conversation.state import State
from appliance.conversation.urgency import in_words, known_urgent
from appliance.errors import B2TError, Unavailable, Unknown
from appliance.privacy.held_digits import Earlier
from appliance.privacy.references import Redacted, ReferenceBook
from appliance.privacy.sealing import ConversationKeys, heard_place
from services.dialogue import redaction
from services.dialogue.forwarding import resealed
from services.dialogue.library import Library

log = structlog.get_logger(__name__)

WAIT_S: Final = 8.0
"""How long a turn waits for an inference that does not answer, before it is treated as not understood."""
PAUSE_S: Final = 0.1
NUMBERS: Final = frozenset({"number", "money", "date", "time", "moment", "duration", "card_last_four", "pattern"})
"""Kinds of entities that are said in digits without being long numbers."""


@dataclass(frozen=True, slots=True)
class Heard:
    message: e.InboxMessage
    understanding: e.Understanding | None = None
    understood_ms: float | None = None
    locale: str | None = None
    """The party's from now on, where it is another than before."""
    earlier: State | None = None
    """Of a start: the last conversation of the same calling number."""


class Hearing:
    def __init__(self, bus: Bus, keys: KeyRing, inference: InferenceClient, library: Library) -> None:
        self._bus = bus
        self._keys = keys
        self._inference = inference
        self._library = library

    async def understand(
        self, message: e.InboxMessage, state: State, version: Version, keys: ConversationKeys
    ) -> Heard:
        """Where it is something said or keyed, fitted in and understood."""
        if not isinstance(message, e.Stored) or not isinstance(message.input, e.Said | e.Keyed):
            return Heard(message)
        message, text = _adopted(message, state, keys, typed=_takes_numbers(state, version))
        if (urgent := known_urgent(version.agent, message.urgent) or in_words(version.whole, text)) is not None:
            return Heard(message, urgent, 0.0)  # nobody waits for a model
        if isinstance(message.input, e.Keyed) or not text.strip() or state.unreadable:
            return Heard(message)
        started = time.perf_counter()
        understanding = await self._wishes(text, state, version)
        spoken = another_language(understanding, version)
        if spoken is not None:
            again = await self._wishes(text, replace(state, locale=spoken), version.spoken(spoken))
            understanding = again or understanding
        return Heard(message, understanding, round((time.perf_counter() - started) * 1000, 3), spoken)

    async def forward(self, message: e.InboxMessage, keys: ConversationKeys, to: str) -> None:
        """Put an input of a leg that has moved into the inbox of where it is now, sealed for there."""
        if isinstance(message, e.Stored):
            sent = resealed(message, keys, await self._keys.lease(to), to)
            given = message.input
            message_id = f"{given.leg}/{given.input_id}/forwarded"
            await self._bus.append(inbox_subject(to), e.INBOX.dump_json(sent), message_id=message_id)

    async def _wishes(self, text: str, state: State, version: Version) -> e.Understanding | None:
        """The whole sentence, or what its parts want one after the other."""
        whole = await self._understanding(text, state, version)
        if whole is not None:
            whole = resolved(whole, cues(text), Before.of(state, version.agent))
        cut = parts(text, state.locale or version.agent.locales[0])
        if whole is None or not cut:
            return whole
        found = [await self._understanding(part, state, version) for part in cut]
        expected = expected_entity(state, version)
        known = [one for one in found if one is not None]
        return combined(whole, known, version.agent.policies.switch_at, expected) if len(known) == len(cut) else whole

    async def _understanding(self, text: str, state: State, version: Version) -> e.Understanding | None:
        expects = expected_entity(state, version)
        spoken = version.locales
        languages = spoken if len(spoken) > 1 else ()  # which of them it is: where there is one, nothing to tell apart
        deadline = time.monotonic() + WAIT_S
        while True:
            at = datetime.now().astimezone()
            try:
                locale = state.locale or "en-US"
                found = await self._inference.understand(version.understood_as, text, locale, expects, at, languages)
                return answering(found, text, version.agent, expects)
            except Unknown:  # a copy of inference that was not there when it was trained
                await self._library.train(version)
            except Unavailable:
                if time.monotonic() > deadline:
                    log.warning("understanding_unavailable", conversation=state.conversation)
                    return None
                await asyncio.sleep(PAUSE_S)
            except B2TError as error:
                log.warning("understanding_failed", conversation=state.conversation, code=error.code)
                return None


def another_language(understanding: e.Understanding | None, version: Version) -> str | None:
    """The locale in which a party goes on that speaks another language than before, where the agent has it in words of
    its own. A turn too short to tell changes nothing."""
    said = understanding.language if understanding is not None else None
    if said is None or said == version.agent.locales[0].partition("-")[0]:
        return None
    spoken = next((locale for locale in version.locales if locale.partition("-")[0] == said), None)
    return spoken if spoken is not None and version.spoken(spoken).locale != version.locale else None


def locale_of(state: State, message: e.InboxMessage) -> str:
    """The party's; of a conversation that begins, as its channel tells it."""
    given = message.input if isinstance(message, e.Stored) else None
    return given.locale if isinstance(given, e.Start) and not state.started else state.locale


def in_its_language(heard: Heard, state: State, version: Version) -> tuple[Heard, Version]:
    """What was heard, with the locale that is recorded for it, and the version that answers it."""
    if heard.locale is not None:
        return heard, version.spoken(heard.locale)
    if not state.started and isinstance(heard.message, e.Stored) and isinstance(heard.message.input, e.Start):
        return replace(heard, locale=settled(version.agent, heard.message.input.locale)), version
    return heard, version


def has_own(version: Version) -> bool:
    """Whether the agent has personal entities that the detector of personal data does not know."""
    return any(entity.sealed and not entity.plain for entity in version.agent.entities.values())


def expected_entity(state: State, version: Version) -> tuple[str, ...]:
    frame = state.top
    flow = version.agent.flows.get(frame.flow) if frame else None
    step = flow.step(frame.step) if flow and frame and frame.step else None
    if isinstance(step, Confirm) and flow is not None:
        asked = [version.agent.slots[one.ask].entity for one in flow.steps if isinstance(one, Ask)]
        return (YES_NO, *(entity for entity in dict.fromkeys(asked) if entity))
    slots = (step.ask, step.skip) if isinstance(step, Ask) else ()
    found = (version.agent.slots[slot].entity for slot in slots if slot in version.agent.slots)
    return tuple(entity for entity in found if entity)


def _takes_numbers(state: State, version: Version) -> bool:
    """Whether an answer is waited for that is digits by itself: an amount after a number is another one."""
    defined = (version.agent.entities.get(name) for name in expected_entity(state, version))
    return any(entity is not None and entity.kind in NUMBERS for entity in defined)


def _adopted(message: e.Stored, state: State, keys: ConversationKeys, *, typed: bool) -> tuple[e.Stored, str]:
    """The input with its references named as the conversation names them, and its redacted text."""
    place = heard_place(message.input.input_id)
    text = keys.unseal_text(place, message.text) if message.text is not None else ""
    book = ReferenceBook(keys, state.references.values())
    adopted = book.adopt(Redacted(text, message.references))
    if redaction.secret_asked_for(state):
        adopted = redaction.withheld(adopted, book)
    if text:
        adopted = redaction.continued(adopted, _before(state, keys), state.references, book, asked=typed)
    sealed = message.text
    if sealed is not None and adopted.text != text:
        sealed = keys.seal_text(place, adopted.text)
    return replace(message, text=sealed, references=adopted.references), adopted.text


def _before(state: State, keys: ConversationKeys) -> tuple[Earlier, ...]:
    """The last turns, whatever leg they came by, for the digits in them."""
    return tuple(
        Earlier(
            keys.unseal_text(heard_place(turn.input_id), turn.text) if turn.text is not None else None,
            sum(one.digits or 0 for one in turn.references),
            taken=turn.turn in state.answers,
        )
        for turn in state.lately
    )
