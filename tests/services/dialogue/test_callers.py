"""A call after one that broke off is linked to it, and learns nothing of it."""

from __future__ import annotations

from typing import Any

from appliance import events as e
from tests.services.dialogue.conftest import Box


async def call(box: Box, conversation: str, caller: str | None) -> e.ConversationStarted:
    given: dict[str, Any] = {"channel": e.Channel.PHONE, "number": "1000", "caller": caller}
    await box.accept(e.Start(**box.of(conversation, f"leg-{conversation}"), **given))
    assert await box.heard(conversation, 1) == "Welcome to Example Bank. How can I help you?"
    [started] = [event for event in await box.events(conversation) if isinstance(event, e.ConversationStarted)]
    return started


async def test_after_a_call_that_broke_off(box: Box) -> None:
    assert (await call(box, "one", "+14155552671")).continued_from is None
    await box.say("one", "what is the balance of my savings", "leg-one")
    assert (await call(box, "two", "+14155552671")).continued_from == "one"
    assert (await box.say("two", "balance please", "leg-two")).startswith("For which account")
    assert (await box.state("two")).slots == {}
    assert (await call(box, "other", "+14155550000")).continued_from is None
    assert (await call(box, "unknown", None)).continued_from is None


async def test_not_after_one_that_ended(box: Box) -> None:
    await call(box, "one", "+14155552671")
    await box.say("one", "goodbye", "leg-one")
    assert (await call(box, "two", "+14155552671")).continued_from is None
