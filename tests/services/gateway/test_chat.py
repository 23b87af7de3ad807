"""The chat over its WebSocket, as the widget speaks it."""

from __future__ import annotations

from tests.fakes.units import GREETING, FakeUnits
from tests.services.gateway.conftest import Box


async def test_a_chat_is_greeted_and_answered(box: Box, units: FakeUnits) -> None:
    chat = await box.chat()
    assert chat.welcome["agent"] == {"name": "Banking"}
    assert chat.welcome["phone_number"] == "1000"
    assert (await chat.next("reply_finished"))["text"] == GREETING
    id = await chat.say("hello there")
    assert (await chat.next("accepted"))["id"] == id
    assert (await chat.next("reply_finished"))["text"] == "You wrote: hello there. What else?"
    said = [frame for frame in chat.seen if frame["type"] == "said"]
    assert [(frame["id"], frame["text"]) for frame in said] == [(id, "hello there")]
    await chat.close()
