"""The phone is killed in a call: it dies, and a new one goes on. Recogniser and voice are killed: the call goes on.

What comes over into the new call is the flow and what was chosen from options. Who calls has to show who they are anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import pytest

from appliance import events as e
from appliance.adapters.nats import Bus
from appliance.adapters.sip_caller import CallRefused, SipCaller
from appliance.adapters.speech import SpeechClient
from appliance.conversation.folding import fold
from tests.box.conftest import Box, Customer, batches, some_customer
from tests.box.killing import Bank, Fault, fault_points, fired, pid_of

pytestmark = [pytest.mark.box, pytest.mark.timeout(120)]

PHONE = [name for name in fault_points() if name.startswith("phone.")]
SPEECH = ["inference.heard", "inference.recognised", "inference.spoke"]
WAIT_S = 30.0
_WORDS: dict[str, bytes] = {}


@pytest.fixture(autouse=True)
def disarmed(box: Box) -> Iterator[None]:
    box.fault_file.unlink(missing_ok=True)
    yield
    box.fault_file.unlink(missing_ok=True)


@pytest.fixture
async def bus(box: Box) -> AsyncIterator[Bus]:
    async with box.bus() as connection:
        yield connection


@pytest.fixture
def customer(box: Box) -> Customer:
    return Bank.of(box).add(some_customer())


async def words(bus: Bus, text: str) -> bytes:
    """A second of silence, so that the agent has fallen silent, and then the text in the box's own voice."""
    if text not in _WORDS:
        async with SpeechClient(bus, "operator").synthesize(text, sample_rate=8000) as speech:
            _WORDS[text] = b"".join([chunk async for chunk in speech])
    return _WORDS[text]


@dataclass
class Party:
    """Somebody with a telephone, and what the record has of the call."""

    box: Box
    bus: Bus
    number: str
    line: SipCaller | None = None
    conversation: str = ""
    events: list[e.Event] = field(default_factory=list)

    async def dial(self) -> None:
        """Call, as often as it takes until somebody answers."""
        calls = self.box.paths.folder("phone") / "calls-1"
        async with asyncio.timeout(WAIT_S):
            while True:
                before = set(os.listdir(calls)) if calls.exists() else set()
                self.line = await SipCaller(self.box.sip, caller=self.number).__aenter__()
                with contextlib.suppress(CallRefused):
                    await self.line.dial("1000", 5)
                    [leg] = set(os.listdir(calls)) - before
                    self.conversation = (calls / leg).read_text()
                    return
                await self.drop()
                await asyncio.sleep(0.2)

    async def drop(self) -> None:
        """Put the receiver down, whether anybody is there or not."""
        if self.line is not None:
            await self.line.__aexit__()
            self.line = None

    async def say(self, text: str) -> None:
        assert self.line is not None
        await self.line.say(await words(self.bus, text) + bytes(8000))

    async def press(self, keys: str) -> None:
        assert self.line is not None
        await self.line.press(keys)

    async def until(self, there: Callable[[list[e.Event]], object]) -> None:
        """Wait until the record of the conversation has something."""
        async with asyncio.timeout(WAIT_S):
            while True:
                self.events = [event for one in await batches(self.bus, self.conversation) for event in one.events]
                if there(self.events):
                    return
                await asyncio.sleep(0.05)

    async def asked(self, step: str) -> None:
        """… until it has come to a step of the flow. Keys may interrupt the question."""
        await self.until(lambda events: _steps(events)[-1:] == [step])

    async def greeted(self) -> None:
        await self.until(lambda events: any(isinstance(event, e.ReplyHeard) for event in events))

    def kinds(self, kind: type[e.Event]) -> list[e.Event]:
        return [event for event in self.events if isinstance(event, kind)]


def _steps(events: list[e.Event]) -> list[str]:
    return [event.step for event in events if isinstance(event, e.StepReached)]


@pytest.fixture
async def party(box: Box, bus: Bus) -> AsyncIterator[Party]:
    made = Party(box, bus, f"+1415555{os.getpid() % 10_000:04d}{len(_WORDS)}")
    yield made
    await made.drop()


async def to_the_pin(party: Party, customer: Customer) -> None:
    await party.greeted()
    await party.say("what is the balance of my savings account")
    await party.asked("customer")
    await party.press(f"{customer.number}#")
    await party.asked("pin")


async def to_the_balance(party: Party, customer: Customer) -> None:
    await party.press(f"{customer.pin}#")
    await party.until(lambda events: any(isinstance(event, e.ConnectorCallReturned) for event in events))
    [returned] = party.kinds(e.ConnectorCallReturned)
    assert isinstance(returned, e.ConnectorCallReturned)
    assert returned.outcome == "ok"
    assert Bank.of(party.box).executed().count(returned.call) == 1


async def ended(bus: Bus, conversation: str) -> e.ConversationEnded:
    async with asyncio.timeout(WAIT_S):
        while (state := fold(conversation, await batches(bus, conversation))).ended is None:
            await asyncio.sleep(0.05)
    return state.ended


async def test_a_new_call_goes_on(box: Box, party: Party, customer: Customer) -> None:
    await party.dial()
    await to_the_pin(party, customer)
    first = party.conversation
    os.kill(pid_of(box, "services.phone"), signal.SIGKILL)
    await party.drop()

    await party.dial()
    assert (await ended(party.bus, first)).reason == "failed"
    await party.asked("customer")
    [started] = party.kinds(e.ConversationStarted)
    assert isinstance(started, e.ConversationStarted)
    assert started.continued_from == first
    state = fold(party.conversation, await batches(party.bus, party.conversation))
    assert state.value("account") == "savings"
    assert state.references == {}, "nothing that tells who it is comes over"
    await party.press(f"{customer.number}#")
    await party.asked("pin")
    await to_the_balance(party, customer)
    assert list((box.paths.folder("phone") / "calls-1").iterdir()) != []
    await party.drop()
    await ended(party.bus, party.conversation)
    async with asyncio.timeout(WAIT_S):
        while list((box.paths.folder("phone") / "calls-1").iterdir()):
            await asyncio.sleep(0.05)


async def test_a_call_from_another_number_begins_anew(box: Box, party: Party, customer: Customer) -> None:
    await party.dial()
    await to_the_pin(party, customer)
    os.kill(pid_of(box, "services.phone"), signal.SIGKILL)
    await party.drop()
    other = Party(box, party.bus, "+14155550000")
    await other.dial()
    await other.greeted()
    assert other.kinds(e.FlowStarted) == []
    await other.drop()


@pytest.mark.parametrize("point", PHONE)
async def test_the_phone_is_killed_at(box: Box, party: Party, customer: Customer, point: str) -> None:
    """Wherever it dies, the next call is answered; where it was in a flow already, that one goes on."""
    Fault(point).arm(box)
    first = asyncio.create_task(_whole_call(party, customer, short=point == "phone.ending"))
    assert await fired(box, 2 * WAIT_S)
    first.cancel()
    await asyncio.wait({first})
    await party.drop()

    await party.dial()
    await party.greeted()
    if party.kinds(e.FlowStarted):
        await party.press(f"{customer.number}#")
        await party.asked("pin")
        await to_the_balance(party, customer)


async def _whole_call(party: Party, customer: Customer, *, short: bool) -> None:
    await party.dial()
    if not short:
        await to_the_pin(party, customer)
        await to_the_balance(party, customer)
    await party.greeted()
    await party.say("goodbye")
    await party.until(lambda events: any(isinstance(event, e.ConversationEnded) for event in events))
    await asyncio.sleep(WAIT_S)


@pytest.mark.parametrize("point", SPEECH)
async def test_what_hears_and_speaks_is_killed(box: Box, party: Party, customer: Customer, point: str) -> None:
    """The call goes on: what was said is recognised by the next process, what was to be said is said."""
    await words(party.bus, "what is the balance of my savings account")
    await party.dial()
    Fault(point).arm(box)
    await to_the_pin(party, customer)
    await to_the_balance(party, customer)
    assert await fired(box)
    assert len(party.kinds(e.ConversationStarted)) == 1
    assert len(party.kinds(e.TurnHeard)) == 2
