"""One conversation, two legs, every unit real: begun in the chat, gone on with by phone, by who keys its code."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from appliance import events as e
from appliance.adapters.chat_client import Chat, open_chat
from appliance.adapters.nats import BUCKETS, Bus
from appliance.adapters.sip_caller import SipCaller
from appliance.adapters.vault import KeyRing
from appliance.privacy.sealing import reply_place
from tests.box.conftest import PASSWORD, Box, Customer, conversations, events
from tests.box.killing import Fault, fired

pytestmark = [pytest.mark.box, pytest.mark.timeout(240)]

REFUSED = "Sorry, this code is not valid. You can have a new one shown in the chat, or tell me how I can help."
Log = list[e.Event]


@pytest.fixture
def cookie(box: Box) -> str:
    """The session of somebody who is signed in."""
    with box.client():
        pass  # sets the first administrator's password
    with httpx.Client(base_url=box.url, timeout=10, headers={"Origin": box.url}) as browser:
        answer = browser.post("/v1/session", json={"name": "admin@example.com", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@contextlib.asynccontextmanager
async def chat_at_pin(box: Box, cookie: str, customer: Customer) -> AsyncIterator[Chat]:
    """A chat that has given account and customer number, and is asked for the PIN."""
    async with open_chat(box.url, "demo", cookie) as chat:
        await chat.replies()
        await chat.say("what is the balance of my savings account")
        asked = await chat.say(customer.number)
        assert asked[-1].secure is not None, asked
        yield chat


async def until(bus: Bus, conversation: str, found: Callable[[Log], bool], timeout_s: float = 20) -> Log:
    async with asyncio.timeout(timeout_s):
        while True:
            log = await events(bus, conversation)
            if found(log):
                return log
            await asyncio.sleep(0.1)


def count(log: Log, kind: type) -> int:
    return sum(isinstance(event, kind) for event in log)


async def calls(bus: Bus) -> set[str]:
    return {row["conversation"] for row in await conversations(bus) if row["channels"] == ["phone"]}


@contextlib.asynccontextmanager
async def call(box: Box, bus: Bus) -> AsyncIterator[tuple[SipCaller, str]]:
    """A call that has heard the greeting, and the conversation it began."""
    before = await calls(bus)
    async with SipCaller(box.sip) as caller:
        await caller.dial("1000")
        assert not (await caller.reply()).is_silent
        async with asyncio.timeout(10):
            while not (new := await calls(bus) - before):
                await asyncio.sleep(0.1)
        (conversation,) = new
        yield caller, conversation


async def key(caller: SipCaller, bus: Bus, conversation: str, keys: str) -> None:
    """Press keys and hear the reply to them out."""
    already = count(await events(bus, conversation), e.ReplyHeard)
    await caller.press(keys)
    await until(bus, conversation, lambda log: count(log, e.ReplyHeard) > already)


async def replies(bus: Bus, conversation: str) -> list[str]:
    """What was replied, redacted as it is kept."""
    keys = await KeyRing(bus, "operator").lease(conversation)
    log = await events(bus, conversation)
    return [keys.unseal_text(reply_place(one.reply), one.text) for one in log if isinstance(one, e.ReplyMade)]


def another(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06d}"


async def test_a_call_goes_on_where_the_chat_was(box: Box, customer: Customer, cookie: str) -> None:
    async with box.bus() as bus, chat_at_pin(box, cookie, customer) as chat:
        before = await events(bus, chat.conversation)
        code = await chat.ask_code()
        async with call(box, bus) as (caller, first):
            await caller.press(f"{code}#")
            await until(bus, chat.conversation, lambda log: count(log, e.LegAttached) == 2)
            await caller.reply()
            await caller.press(f"{customer.pin}#")
            await until(bus, chat.conversation, lambda log: count(log, e.ConnectorCallReturned) == 1)
            log = await until(bus, chat.conversation, lambda log: _heard_by_phone(log, "ok"), 40)
        log = await until(bus, chat.conversation, lambda log: count(log, e.LegDetached) == 1)
        shown = await chat.replies()
        assert shown[0].text.startswith("Welcome back. Let us go on where we were.")
        amount = f"${customer.savings_cents // 100:,}.{customer.savings_cents % 100:02}"
        assert f"The balance of your savings account is {amount}." in " ".join(reply.text for reply in shown)
        _assert_one_conversation(log, before, first)
        (ended,) = (event for event in await events(bus, first) if isinstance(event, e.ConversationEnded))
        assert (ended.reason, ended.outcome) == ("continued", "continued")
        # The call is over; the chat is not, and nothing of it was lost.
        answered = await chat.say("what are your opening hours")
        assert answered[0].text.startswith("Our branches are open")
    for file in box.paths.logs.iterdir():
        assert not re.search(rf"(?<![0-9a-f.]){code}(?![0-9a-f])", file.read_text(errors="replace"))
        assert customer.pin not in re.findall(r"[0-9]+", file.read_text(errors="replace"))


def _heard_by_phone(log: Log, outcome: str) -> bool:
    """Whether the caller has heard out what was replied once the connector had returned."""
    at = next((i for i, event in enumerate(log) if isinstance(event, e.ConnectorCallReturned)), None)
    if at is None:
        return False
    assert isinstance(returned := log[at], e.ConnectorCallReturned)
    assert returned.outcome == outcome
    phone = next(event.leg for event in log if isinstance(event, e.LegAttached) and event.channel is e.Channel.PHONE)
    told = {event.reply for event in log[at:] if isinstance(event, e.ReplyMade)}
    heard = [event for event in log if isinstance(event, e.ReplyHeard) and event.leg == phone and event.reply in told]
    return any(event.heard_ms == event.total_ms > 0 for event in heard)


def _assert_one_conversation(log: Log, before: Log, first: str) -> None:
    """The chat's slots were kept, not asked for again, and the connector was called with them."""
    assert log[: len(before)] == before
    legs = [event for event in log if isinstance(event, e.LegAttached)]
    assert [leg.channel for leg in legs] == [e.Channel.CHAT, e.Channel.PHONE]
    assert [leg.identity.assurance for leg in legs] == [e.Assurance.SIGNED_IN, e.Assurance.VERIFIED]
    assert legs[1].from_conversation == first
    assert count(log, e.ConversationStarted) == 1
    filled = {event.slot: event.value for event in before if isinstance(event, e.SlotFilled)}
    again = {event.slot for event in log[len(before) :] if isinstance(event, e.SlotFilled)}
    assert again <= {"pin"}
    (number,) = (event.references for event in before if isinstance(event, e.TurnHeard) and event.references)
    (started,) = (event for event in log if isinstance(event, e.ConnectorCallStarted))
    assert started.arguments["account"] == filled["account"] == "savings"
    assert started.arguments["customer"] == filled["customer"] == number[0].name
    assert started.captures == ("pin",)
    assert [event.outcome for event in log if isinstance(event, e.SecureCaptureEnded)][-1] == "valid"


async def test_a_call_goes_on_though_dialogue_dies_on_its_way(box: Box, customer: Customer, cookie: str) -> None:
    """Every point of dialogue is tried in tests/services/dialogue/test_killed.py; here one with a telephone."""
    async with box.bus() as bus, chat_at_pin(box, cookie, customer) as chat:
        before = await events(bus, chat.conversation)
        code = await chat.ask_code()
        async with call(box, bus) as (caller, first):
            Fault("dialogue.appended").arm(box)
            await caller.press(f"{code}#")
            await until(bus, chat.conversation, lambda log: count(log, e.LegAttached) == 2)
            assert await fired(box)
            assert not (await caller.reply()).is_silent
            await caller.press(f"{customer.pin}#")
            await until(bus, chat.conversation, lambda log: count(log, e.ConnectorCallReturned) == 1)
        log = await until(bus, chat.conversation, lambda log: count(log, e.LegDetached) == 1)
        _assert_one_conversation(log, before, first)


async def test_a_wrong_code_reveals_nothing(box: Box, customer: Customer, cookie: str) -> None:
    async with box.bus() as bus, chat_at_pin(box, cookie, customer) as chat:
        code = await chat.ask_code()
        before = await events(bus, chat.conversation)
        async with call(box, bus) as (caller, first):
            for by in (1, 2, 3):
                await key(caller, bus, first, f"{another(code, by)}#")
            await key(caller, bus, first, f"{code}#")  # the right one, once nothing is looked up any more
        log = await until(bus, first, lambda log: count(log, e.ConversationEnded) == 1)
        greeting, *refused, last = await replies(bus, first)
        assert greeting == "Welcome to Example Bank. How can I help you?"
        assert refused == [REFUSED] * 3
        assert last.startswith("Sorry, I did not understand that.")
        assert [event.tries for event in log if isinstance(event, e.CodeRefused)] == [1, 2, 3]
        for kind in (e.LegMoved, e.SlotFilled, e.FlowStarted, e.ConnectorCallStarted, e.SecureCaptureStarted):
            assert count(log, kind) == 0
        assert chat.conversation not in repr(log)
        known = {one.name for event in before if isinstance(event, e.TurnHeard) for one in event.references}
        digests = {one.digest for event in before if isinstance(event, e.TurnHeard) for one in event.references}
        assert known
        for event in log:
            if isinstance(event, e.TurnHeard):
                assert not digests & {one.digest for one in event.references}
        said = " ".join((greeting, *refused, last))
        assert not any(f"<{name}>" in said for name in known)
        assert await events(bus, chat.conversation) == before
        # The code itself is as good as before, for somebody who keys it right.
        async with call(box, bus) as (caller, _):
            await caller.press(f"{code}#")
            await until(bus, chat.conversation, lambda log: count(log, e.LegAttached) == 2)


async def test_a_code_is_good_once(box: Box, customer: Customer, cookie: str) -> None:
    async with box.bus() as bus, chat_at_pin(box, cookie, customer) as chat:
        code = await chat.ask_code()
        async with call(box, bus) as (caller, _):
            await caller.press(f"{code}#")
            await until(bus, chat.conversation, lambda log: count(log, e.LegAttached) == 2)
            async with call(box, bus) as (other, second):
                await key(other, bus, second, f"{code}#")
                assert (await replies(bus, second))[1:] == [REFUSED]
        log = await until(bus, chat.conversation, lambda log: count(log, e.LegDetached) == 1)
        assert count(log, e.LegAttached) == 2


async def test_a_code_expires(box: Box, customer: Customer, cookie: str) -> None:
    """The bus itself forgets codes after five minutes; for this test after one second."""
    async with box.bus() as bus, chat_at_pin(box, cookie, customer) as chat:
        async with call(box, bus) as (caller, first):
            code = await chat.ask_code()
            assert chat.code_expires_in == BUCKETS["codes"] == await _codes_live(box)
            await _codes_live(box, 1.0)
            try:
                await asyncio.sleep(2.5)
            finally:
                await _codes_live(box, BUCKETS["codes"])
            await key(caller, bus, first, f"{code}#")
            assert (await replies(bus, first))[1:] == [REFUSED]
        assert count(await events(bus, chat.conversation), e.LegAttached) == 1


async def _codes_live(box: Box, seconds: float | None = None) -> float:
    """How long codes are kept, or shall be."""
    url = f"nats://127.0.0.1:{box.bus_port}"
    bus = await Bus.connect(url, "supervisor", box.paths.bus_seed("supervisor"), wait_s=10)
    try:
        streams: Any = bus._js
        config = (await streams.stream_info("KV_codes")).config
        if seconds is not None:
            config.max_age = seconds
            config.duplicate_window = min(seconds, 120.0)
            config = (await streams.update_stream(config)).config
        return float(config.max_age)
    finally:
        await bus.close()
