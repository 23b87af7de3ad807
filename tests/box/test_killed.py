"""`kill -9` at every boundary between two effects of a turn: nothing accepted is lost, no effect is repeated.

The points are read from the sources, so that a new one is tried from its first day on. Every conversation is a whole
one by chat, through the real gateway; the box is the same for all, and its supervisor starts again what was killed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator

import pytest

from appliance import events as e
from tests.box.conftest import Box, some_customer
from tests.box.killing import (
    GREETING,
    HOURS,
    Bank,
    Fault,
    MortalBus,
    When,
    agree,
    balance,
    fault_points,
    fired,
    leave,
    pid_of,
    written,
)
from tests.box.widget import Widget

pytestmark = [pytest.mark.box, pytest.mark.timeout(120)]

POINTS = fault_points()
SPOKEN = ("phone.", "inference.heard", "inference.recognised", "inference.spoke")
"""Passed in calls only: test_killed_calls.py."""
AUDITED = ("scribe.entries_inserted", "scribe.entries_written", "scribe.audited")
"""Passed where something is told to the audit log."""
ROTATED = ("vault.rotated", "vault.rewrapped")
"""Passed where the root key is rotated: tests/services/vault/test_process.py."""
REVEALED = ("vault.reveal_asked", "vault.break_glass_opened", "vault.values_revealed")
"""Passed where somebody asks to see values: tests/services/vault/test_unredacting.py."""
ENROLLED = ("vault.person_told", "vault.renewal_told")
"""Passed where people are enrolled or removed: there too."""
RECORDED = (
    *("vault.record_kept", "vault.record_noted", "vault.record_aside", "vault.record_renewed"),
    *("vault.keys_copied", "vault.record_copied"),
)
"""Passed where the record of that is written or copied: tests/services/vault/test_record.py."""
PEOPLE = ("gateway.change_told",)
"""Passed where an account changes: tests/services/gateway/test_accounts_killed.py."""
ELSEWHERE = (*AUDITED, *ROTATED, *REVEALED, *ENROLLED, *RECORDED, *PEOPLE, "inference.generated")
"""The last is passed where a language model is installed: tests/services/inference/test_language_model.py."""
INDEXED = "retrieval."
"""Passed where a knowledge base is made or asked: tests/services/retrieval."""
WRITTEN = [name for name in POINTS if not name.startswith((*SPOKEN, INDEXED)) and name not in ELSEWHERE]
AT_THE_START = ("gateway.started", "gateway.resumable", "gateway.welcomed", "vault.")
WITH_THE_PIN = ("gateway.captured", "dialogue.acted", "connectors.")
ON_THE_WAY = ("gateway.", "dialogue.", "connectors.", "vault.", "inference.detected", "inference.understood")
"""Points of a turn by chat: at every one of them the bus dies too."""
TEXTS = (
    ("what is my balance", "checking or savings"),
    ("savings", "customer number"),
    (None, "PIN"),
    ("when are you open", HOURS),
)
"""What is said in a conversation in which the bus dies again and again; None: the customer number."""


def rounds() -> list[list[list[str]]]:
    """Every point once, as many in a conversation as it has inputs that pass them: at its start, with a text, with the
    PIN. Those of one conversation lie far apart."""
    points = [name for name in POINTS if name.startswith(ON_THE_WAY) and name not in ELSEWHERE]
    start = [name for name in points if name.startswith(AT_THE_START)]
    pin = [name for name in points if name.startswith(WITH_THE_PIN)]
    text = [name for name in points if name not in (*start, *pin)]
    count = max(len(start), -(-len(text) // len(TEXTS)), -(-len(pin) // 2))
    return [[start[one::count], text[one::count], pin[one::count]] for one in range(count)]


def when(point: str) -> When:
    """What takes long to come back dies once: where the bank is asked, or where what was said is made safe."""
    if point in ("dialogue.redacted", "dialogue.understood"):
        return "number"
    return "pin" if point.startswith(("gateway.", "dialogue.")) else "both"


@pytest.fixture
def bank(box: Box) -> Bank:
    return Bank.of(box)


@pytest.fixture(autouse=True)
def disarmed(box: Box) -> Iterator[None]:
    box.fault_file.unlink(missing_ok=True)
    yield
    box.fault_file.unlink(missing_ok=True)


def test_there_are_points_in_every_unit_of_a_turn() -> None:
    units = {name.partition(".")[0] for name in POINTS}
    assert {"gateway", "phone", "dialogue", "inference", "connectors", "vault", "scribe", "insights"} <= units


@pytest.mark.parametrize("point", WRITTEN)
async def test_a_unit_is_killed(box: Box, bank: Bank, point: str) -> None:
    customer = bank.add(some_customer())
    async with Widget(box) as widget:
        await balance(widget, customer, bank, Fault(point, when(point)))
        await leave(widget)
        await agree(widget, bank)
    async with Widget(box) as another:  # points that only a new conversation passes
        await another.hears(GREETING)
        await leave(another)
        await agree(another)
    assert await fired(box), "this point was never passed"


def test_the_bus_dies_at_every_point_of_a_turn_once() -> None:
    tried = [name for start, text, pin in rounds() for name in (*start, *text, *pin)]
    assert sorted(tried) == sorted(name for name in POINTS if name.startswith(ON_THE_WAY) and name not in ELSEWHERE)
    for start, text, pin in rounds():
        assert len(start) <= 1
        assert len(text) <= len(TEXTS)
        assert len(pin) <= 2


@pytest.mark.parametrize(("start", "text", "pin"), rounds(), ids=lambda names: ",".join(names))
async def test_the_bus_is_killed_at(box: Box, bank: Bank, start: list[str], text: list[str], pin: list[str]) -> None:
    """It dies at one point after another, each within an input of its own."""
    customer = bank.add(some_customer())
    bus = MortalBus(box)
    await bus.dies_at(start)
    async with Widget(box) as widget:
        await widget.hears(GREETING)
        for said, pattern in TEXTS[:3]:
            await bus.dies_at(text)
            await widget.ask(said or customer.number, pattern)
        await bus.dies_at(pin)
        await widget.enter("0" * len(customer.pin), "That PIN is not right")
        assert bank.wrong_pins(customer) == 1
        await bus.dies_at(pin)
        told = await widget.enter(customer.pin, "The balance of your savings account is")
        assert written(customer.savings_cents) in told
        assert bank.wrong_pins(customer) == 0
        await bus.dies_at(text)
        await leave(widget)
        await bus.dies_at([])
        await agree(widget, bank)


@pytest.mark.parametrize("seed", range(4))
async def test_the_bus_is_killed_at_any_time(box: Box, bank: Bank, seed: int) -> None:
    customer = bank.add(some_customer())

    async def kill() -> None:
        await asyncio.sleep(random.Random(seed).uniform(0.05, 0.8))
        os.kill(pid_of(box, "nats-server"), signal.SIGKILL)

    async with Widget(box) as widget:
        await widget.hears(GREETING)
        killing = asyncio.create_task(kill())
        await balance(widget, customer, bank)
        await killing
        await leave(widget)
        await agree(widget, bank)


@pytest.mark.parametrize("point", AUDITED)
async def test_the_writer_of_the_audit_log_is_killed(box: Box, bank: Bank, point: str) -> None:
    Fault(point).arm(box)
    with box.client() as client:
        assert client.get("/v1/conversations").status_code == 200
    assert await fired(box)
    async with Widget(box) as widget:
        await balance(widget, bank.add(some_customer()), bank)
        await leave(widget)
        await agree(widget, bank)


# ---- the same message more than once ---------------------------------------------------------------------------------


def heard(happened: list[e.Event]) -> int:
    return sum(isinstance(event, e.TurnHeard) for event in happened)


async def test_one_message_from_two_tabs_at_once(box: Box) -> None:
    async with Widget(box) as one:
        await one.hears(GREETING)
        async with Widget(box, one.resume) as two:
            await two.hears(GREETING)
            id = one.say("when are you open")
            two.say("when are you open", id)
            await one.hears(HOURS)
            await two.hears(HOURS)
            await two.until(lambda: two.idle)
            assert list(two.replies) == list(one.replies)
        await leave(one)
        assert heard(await agree(one)) == 3


async def test_the_line_breaks_between_a_message_and_its_acceptance(box: Box) -> None:
    async with Widget(box) as widget:
        await widget.hears(GREETING)
        widget.breaks = 3
        await widget.ask("when are you open", HOURS)
        assert widget.connections == 4
        await leave(widget)
        assert heard(await agree(widget)) == 3


async def test_a_message_sent_again_after_the_bus_has_forgotten_it(box: Box) -> None:
    """The inbox's own memory of ids goes with the bus where what they named is worked off."""
    async with Widget(box) as widget:
        await widget.hears(GREETING)
        await widget.ask("when are you open", HOURS)
        os.kill(pid_of(box, "nats-server"), signal.SIGKILL)
        widget.say("when are you open", widget.sent[0])
        await widget.until(lambda: widget.idle)
        await widget.ask("goodbye", "Goodbye")
        await widget.until(lambda: widget.ended is not None)
        assert heard(await agree(widget)) == 2
