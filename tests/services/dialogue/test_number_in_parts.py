"""A number over many turns, whatever way each part of it comes: what is recorded of it, and what is not touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from appliance import events as e
from appliance.agents.loading import TEMPLATES, load_agent
from appliance.conversation.folding import apply
from appliance.conversation.state import Frame, State
from appliance.privacy.references import ReferenceBook, reveal
from appliance.privacy.sealing import heard_place
from appliance.privacy.values import Digits
from services.dialogue.hearing import Hearing
from services.dialogue.redaction import DIGITS
from services.gateway.transcript import Said, Story, View
from tests.fakes.keys import keys_of

BANKING = load_agent(TEMPLATES / "banking")
NOTHING: Any = None
KEYS = keys_of("c1")


class Understands:
    """Takes everything for nothing."""

    async def understand(self, *_: Any) -> e.Understanding:
        return e.Understanding(None, 0.1)


class Conversation:
    """Turns as the inbox has them, recorded one after the other."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.hearing = Hearing(NOTHING, NOTHING, Understands(), NOTHING)  # type: ignore[arg-type]

    async def take(self, given: e.Said | e.Keyed, text: str, references: tuple[e.Reference, ...] = ()) -> str:
        place = heard_place(given.input_id)
        sealed = KEYS.seal_text(place, text) if isinstance(given, e.Said) else None
        stored = e.Stored(input=given, text=sealed, references=references)
        heard = (await self.hearing.understand(stored, self.state, BANKING, KEYS)).message
        assert isinstance(heard, e.Stored)
        turn = f"turn_{self.state.turns + 1}"
        modality = given.modality if isinstance(given, e.Said) else e.Modality.KEYS
        event = e.TurnHeard(turn, given.leg, modality, given.input_id, heard.text, heard.references)
        self.state = apply(self.state, event)
        return KEYS.unseal_text(place, heard.text) if heard.text is not None else ""

    async def say(self, text: str, leg: str = "chat") -> str:
        modality = e.Modality.TEXT if leg == "chat" else e.Modality.SPEECH
        return await self.take(e.Said(input_id=self._id, conversation="c1", leg=leg, modality=modality, text=""), text)

    async def press(self, digits: str) -> str:
        references = (ReferenceBook(KEYS, self.state.references.values()).add(DIGITS, Digits(digits)),)
        return await self.take(e.Keyed(input_id=self._id, conversation="c1", leg="call", digits=""), "", references)

    @property
    def _id(self) -> str:
        return f"i{self.state.turns + 1}"


def started(**fields: Any) -> Conversation:
    return Conversation(replace(State("c1"), agent="banking", number=1, locale="en-US", **fields))


@pytest.mark.parametrize(
    ("turns", "recorded"),
    [
        (("forty one", "eleven", "eleven", "eleven"), ("forty one", "eleven", "<NUMBER_1>", "<NUMBER_1>")),
        (("4111", "what are your hours", "1234"), ("4111", "what are your hours", "<NUMBER_1>")),
        (("my card is 4111", "hm", "no", "5678 please"), ("my card is 4111", "hm", "no", "<NUMBER_1> please")),
    ],
)
async def test_parts_of_a_number_are_references_from_the_fifth_digit_on(
    turns: Sequence[str], recorded: Sequence[str]
) -> None:
    conversation = started()
    assert [await conversation.say(text) for text in turns] == list(recorded)
    values = reveal(KEYS, conversation.state.references.values())
    assert all(isinstance(value, Digits) and value.digits for value in values.values())


async def test_typed_spoken_and_pressed_parts_are_one_number() -> None:
    conversation = started()
    assert await conversation.say("4111", "chat") == "4111"
    assert await conversation.say("eleven eleven", "call") == "<NUMBER_1>"
    await conversation.press("22")
    assert await conversation.say("33", "chat") == "<NUMBER_3>"


async def test_keys_first_and_words_after() -> None:
    conversation = started()
    await conversation.press("4111")
    assert await conversation.say("twelve", "call") == "<NUMBER_2>"


async def test_an_amount_that_is_asked_for_is_none_of_it() -> None:
    flow, step = next(
        (name, step.name)
        for name, flow in BANKING.agent.flows.items()
        for step in flow.steps
        if getattr(step, "ask", None) == "amount"
    )
    conversation = started(stack=(Frame(flow, step),))
    assert await conversation.say("4111") == "4111"
    assert await conversation.say("250") == "250"
    conversation.state = apply(conversation.state, e.SlotFilled("amount", "250"))
    assert conversation.state.answers == {"turn_2"}
    assert await conversation.say("300") == "300"


def test_only_the_last_turns_are_kept() -> None:
    state = State("c1")
    for number in range(40):
        state = apply(state, e.TurnHeard(f"t{number}", "chat", e.Modality.TEXT, f"i{number}"))
        state = apply(state, e.SlotFilled("amount", "1"))
    assert [turn.turn for turn in state.lately] == [f"t{number}" for number in range(24, 40)]
    assert len(state.answers) <= 17


@pytest.mark.parametrize(
    ("turns", "recorded"),
    [
        (("it is <ACCOUNT_1>", "Double that please"), "Double that please"),
        (("it is <ACCOUNT_1>", "double charged again!"), "double charged again!"),
        (("<ACCOUNT_1>", "double"), "double"),
        (("<ACCOUNT_1>", "double", "two"), "<NUMBER_1>"),
        (("<ACCOUNT_1>", "one more question"), "one more question"),
        (("4111", "²²²"), "<NUMBER_1>"),
        (("4111", "١١١١"), "<NUMBER_1>"),
        (("4111", " ".join(["1111"] * 17)), "<NUMBER_1>"),
    ],
)
async def test_every_reader_can_read_every_part(turns: Sequence[str], recorded: str) -> None:
    """`double` alone says no digit, and a value has 64 at most: what cannot be a value is never sealed as one."""
    conversation = started()
    account = ReferenceBook(KEYS).add("ACCOUNT", Digits("12345678"))
    story, shown = Story(View.PARTY), ""
    for number, text in enumerate(turns, 1):
        given = e.Said(input_id=f"i{number}", conversation="c1", leg="chat", modality=e.Modality.TEXT, text="")
        shown = await conversation.take(given, text, (account,) if "<ACCOUNT_1>" in text else ())
        turn = conversation.state.lately[-1]
        event = e.TurnHeard(turn.turn, "chat", e.Modality.TEXT, given.input_id, turn.text, turn.references)
        batch = e.Batch(
            conversation="c1", agent="banking", version="1", number=number, taken=number, at="", events=(event,)
        )
        (said,) = story.take(number, batch, KEYS)
        assert isinstance(said, Said)
    values = reveal(KEYS, conversation.state.references.values())
    assert set(values) == {one.name for one in conversation.state.references.values() if one.value is not None}
    assert all(isinstance(value, Digits) and re.fullmatch("[0-9]{1,64}", value.digits) for value in values.values())
    assert shown == recorded
