"""One conversation, two legs: only who keys the code that the chat shows goes on in it."""

from __future__ import annotations

import json

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus
from services.dialogue import codes
from services.dialogue.codes import Codes
from tests.fakes.keys import keys_of
from tests.fakes.planted import stands_in
from tests.services.dialogue.conftest import Box, Copy, until


async def code(copy: Copy, conversation: str, leg: str = "leg1") -> str:
    asked = json.dumps({"conversation": conversation, "leg": leg}).encode()
    made = e.CODE_ANSWER.validate_json(await copy.addressing.code(asked))
    assert isinstance(made, e.CodeMade), made
    return made.code


async def test_the_call_goes_on_where_the_chat_was(box: Box, copy: Copy) -> None:
    await box.start("chat")
    await box.say("chat", "what is the balance of my savings")
    shown = await code(copy, "chat")
    await _start_call(box)
    await box.accept(e.Keyed(**box.of("call", "phone1"), digits=f"{shown}#"))
    heard = await box.heard("chat", 3)
    assert heard == "Welcome back. Let us go on where we were. What is your customer number? It has eight digits."
    ended = (await box.state("call")).ended
    assert (ended.reason, ended.outcome) == ("continued", "continued")
    late = await box.accept(e.Said(**box.of("call", "phone1"), modality=e.Modality.SPEECH, text="1 2 3 4 5 6 7 8"))
    assert isinstance(late, e.Accepted)
    assert late.conversation == "chat"
    assert await box.heard("chat", 4) == "Please key in your PIN, then press the hash key."
    state = await box.state("chat")
    assert {leg.leg for leg in state.legs} == {"leg1", "phone1"}
    assert not stands_in(shown, await box.stored())


async def _start_call(box: Box) -> None:
    given = e.Start(**box.of("call", "phone1"), channel=e.Channel.PHONE, number="1000")
    assert isinstance(await box.accept(given), e.Accepted)
    await box.heard("call", 1)


async def test_without_the_code_nothing_is_revealed(box: Box, copy: Copy) -> None:
    await box.start("chat")
    await box.say("chat", "what is the balance of my savings")
    shown = await code(copy, "chat")
    wrong = f"{(int(shown) + 1) % 1_000_000:06d}"
    await _start_call(box)
    for tries in range(2, 5):
        await box.accept(e.Keyed(**box.of("call", "phone1"), digits=wrong))
        assert await box.heard("call", tries) == (
            "Sorry, this code is not valid. You can have a new one shown in the chat, or tell me how I can help."
        )
    await box.accept(e.Keyed(**box.of("call", "phone1"), digits=shown))
    assert (await box.heard("call", 5)).startswith("Sorry, I did not understand that.")
    refused = [one for one in copy.audited if one[0] == "code_refused"]
    assert refused == [("code_refused", {"conversation": "call"})] * 3
    assert (await box.state("chat")).turns == 1
    assert len((await box.state("chat")).legs) == 1


async def test_keying_faster_than_turns_are_taken_gains_no_tries(box: Box, copy: Copy) -> None:
    await box.start("chat")
    shown = await code(copy, "chat")
    await _start_call(box)
    for by in (*range(1, 9), 0):
        digits = f"{(int(shown) + by) % 1_000_000:06d}"
        assert isinstance(await box.accept(e.Keyed(**box.of("call", "phone1"), digits=digits)), e.Accepted)
    await box.heard("call", 10)
    state = await box.state("call")
    assert [leg.tries for leg in state.legs] == [3]
    assert state.moved == {}


async def test_a_code_is_good_for_one_use(box: Box, copy: Copy) -> None:
    await box.start("chat")
    shown = await code(copy, "chat")
    await _start_call(box)
    keyed = e.Keyed(**box.of("call", "phone1"), digits=shown)
    await box.accept(keyed)
    await box.heard("chat", 2)
    given = e.Start(**box.of("call2", "phone2"), channel=e.Channel.PHONE, number="1000")
    await box.accept(given)
    await box.heard("call2", 1)
    await box.accept(e.Keyed(**box.of("call2", "phone2"), digits=shown))
    assert (await box.heard("call2", 2)).startswith("Sorry, this code is not valid.")


async def test_codes_are_shown_only_on_legs_that_are_there(box: Box, copy: Copy) -> None:
    await box.start("chat")
    for asked in ({"conversation": "chat", "leg": "nobody"}, {"conversation": "no", "leg": "leg1"}, {"x": 1}):
        answer = e.CODE_ANSWER.validate_json(await copy.addressing.code(json.dumps(asked).encode()))
        assert isinstance(answer, e.Refused)


async def test_what_was_on_its_way_when_the_leg_moved_goes_after_it(box: Box, copy: Copy, bus: Bus) -> None:
    await box.start("chat")
    await box.say("chat", "what is the balance of my savings")
    shown = await code(copy, "chat")
    await _start_call(box)
    stale = await copy.conversations.fresh("call")
    await box.accept(e.Keyed(**box.of("call", "phone1"), digits=shown))
    await box.heard("chat", 3)

    async def behind(_: str) -> object:
        return stale

    fresh, copy.conversations.fresh = copy.conversations.fresh, behind  # as it was before the move
    said = e.Said(**box.of("call", "phone1"), modality=e.Modality.SPEECH, text="my number is 12345678")
    answer = await box.accept(said)
    copy.conversations.fresh = fresh
    assert isinstance(answer, e.Accepted)
    assert answer.conversation == "call"
    assert await box.heard("chat", 4) == "Please key in your PIN, then press the hash key."

    async def again() -> bool | None:
        await box.accept(said)  # the channel did not hear that it was accepted
        return True

    await until(again)
    assert len(await box.replies("chat")) == 4


async def test_many_calls_together_have_few_wrong_tries(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 6_000.0
    monkeypatch.setattr("services.dialogue.codes.time.time", lambda: clock)
    tried = Codes(bus, keys_of("box"))
    made = await tried.make("chat")
    wrong = f"{(int(made) + 1) % 1_000_000:06d}"
    for number in range(codes.WRONG_A_WINDOW):
        assert await tried.use(wrong, f"wrong{number}") is None
    assert await tried.use(made, "late") is None
    clock += codes.WINDOW_S
    assert await tried.use(made, "later") == "chat"


async def test_right_codes_are_not_counted_however_many(bus: Bus) -> None:
    tried = Codes(bus, keys_of("box"))
    for number in range(codes.WRONG_A_WINDOW + 3):
        made = await tried.make(f"chat{number}")
        assert await tried.use(made, f"right{number}") == f"chat{number}"
        assert await tried.use(made, f"right{number}") == f"chat{number}", "the same input asks again after a crash"
