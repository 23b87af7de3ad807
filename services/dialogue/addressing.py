"""Where an input belongs: the conversation its leg is in now; and whether what is keyed is a one-time code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from appliance import events as e
from appliance.adapters.nats import Bus, conversation_subject, inbox_subject
from appliance.adapters.vault import KeyRing
from appliance.agents.definition import Ask
from appliance.conversation.legs import CODE_TRIES
from appliance.conversation.state import State
from appliance.errors import B2TError, Invalid, Unavailable, Unknown
from appliance.privacy.vault import BOX
from services.dialogue.codes import DIGITS, LIFE_S, Codes
from services.dialogue.held import STREAM, Conversations, Held
from services.dialogue.library import Library


class Ended(B2TError):
    """Later contact is a new conversation that names this one in `continued_from`."""

    code, status = "ended", 409


MAX_TEXT: Final = 4000
MAX_MOVES: Final = 4
RESERVED: Final = BOX


class Addressing:
    def __init__(
        self,
        bus: Bus,
        keys: KeyRing,
        conversations: Conversations,
        library: Library,
    ) -> None:
        self._bus = bus
        self._keys = keys
        self._conversations = conversations
        self._library = library

    async def whither(self, given: e.ChannelInput) -> tuple[e.ChannelInput, Held]:
        """The conversation it belongs to: another one, where its leg has moved. Raises Unknown, Unavailable."""
        if isinstance(given, e.Start):
            if self._library.deployed(given) is None:
                raise Unknown("There is no such agent, number or widget.")
            return given, await self._conversations.fresh(given.conversation)
        for _ in range(MAX_MOVES):
            held = await self._conversations.fresh(given.conversation)
            if not held.state.started:
                held = await self._starting(given.conversation)
            moved = held.state.moved.get(given.leg)
            if moved is None:
                await self._refuse_after_end(given, held)
                return given, held
            given = replace(given, conversation=moved)
        raise Unavailable("The leg moves faster than it can be followed.")

    async def _refuse_after_end(self, given: e.ChannelInput, held: Held) -> None:
        """What is said on a leg that reads begins a new conversation, if anything. What was accepted before the end and
        is sent again is taken again, and changes nothing."""
        leg = held.state.leg(given.leg)
        if held.state.ended is None or not isinstance(given, e.Said | e.Keyed | e.Attach) or (leg and leg.spoken):
            return
        batches = [raw async for _, raw in self._bus.read(STREAM, conversation_subject(given.conversation))]
        quoted = json.dumps(given.input_id).encode()  # bare, a short id is found in any sealed text
        if not any(quoted in raw for raw in batches):
            raise Ended("This conversation is over.")

    async def _starting(self, conversation: str) -> Held:
        """A conversation whose start is in the inbox yet. Raises Unknown where it is not even there."""
        waiting = await self._bus.last_sequence("INBOX", inbox_subject(conversation))
        held = await self._conversations.fresh(conversation)
        if not waiting and not held.state.started:
            raise Unknown("There is no such conversation.")
        return held

    async def code_keyed(self, given: e.ChannelInput, state: State) -> e.CodeKeyed | None:
        """What becomes of keys that are a one-time code, which is looked up and forgotten; None where they are none."""
        code = await self._code_in(given, state) if isinstance(given, e.Keyed) else None
        if code is None:
            return None
        codes = Codes(self._bus, await self._keys.lease(RESERVED))
        if not await codes.may_try(given.leg, given.input_id):
            return None
        to = await codes.use(code, given.input_id)
        if to is not None and (await self._conversations.fresh(to)).state.ended is not None:
            to = None
        return e.CodeKeyed(input_id=given.input_id, conversation=given.conversation, leg=given.leg, to_conversation=to)

    async def _code_in(self, given: e.Keyed, state: State) -> str | None:
        """The digits, where they may be a one-time code: six on a telephone, when no such number is asked for."""
        digits = re.sub(r"[^0-9]", "", given.digits)
        leg = state.leg(given.leg)
        if len(digits) != DIGITS or leg is None or not leg.spoken or leg.tries >= CODE_TRIES or state.ended:
            return None
        frame = state.top
        if frame is not None and frame.step is not None:
            agent = (await self._library.version(state.agent, state.version)).agent
            step = agent.flows[frame.flow].step(frame.step)
            entity = agent.entity_of(step.ask) if isinstance(step, Ask) else None
            if frame.capture or (entity and entity.digits and entity.digits.min <= DIGITS <= entity.digits.max):
                return None
        return digits

    async def code(self, raw: bytes) -> bytes:
        """Answers `b2t.dialogue.code`: a new code for going on by phone, asked for by a leg that reads."""
        try:
            asked = e.CODE_ASKED.validate_json(raw)
            held = await self._conversations.fresh(asked.conversation)
            leg = held.state.leg(asked.leg)
            if leg is None or leg.spoken:
                raise Unknown("There is no such leg that could show a code.")
            if held.state.ended is not None:
                raise Invalid("The conversation has ended.")
            codes = Codes(self._bus, await self._keys.lease(RESERVED))
            return e.CODE_ANSWER.dump_json(e.CodeMade(await codes.make(asked.conversation), LIFE_S))
        except ValidationError:
            return e.CODE_ANSWER.dump_json(e.Refused("", "invalid", "The question is not understood.", False))
        except B2TError as error:
            return e.CODE_ANSWER.dump_json(e.Refused("", error.code, error.title, error.retryable))


def check(given: e.ChannelInput) -> None:
    if given.conversation == RESERVED:
        raise Invalid("A conversation may not have this id.")
    if isinstance(given, e.Start):
        named = [given.number, given.widget, given.agent]
        if sum(name is not None for name in named) != 1:
            raise Invalid("A start names exactly one of number, widget and agent.")
        if len(given.locale) > 12:
            raise Invalid("A locale is like en-US.")
    if isinstance(given, e.Said) and len(given.text) > MAX_TEXT:
        raise Invalid(f"A text has at most {MAX_TEXT} characters.")
