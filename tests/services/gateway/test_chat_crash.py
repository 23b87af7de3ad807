"""The gateway or the bus dies at every point of a turn: no message is lost, none comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.fakes.units import GREETING, FakeUnits
from tests.services.gateway.conftest import Box


class Widget:
    """What the widget does: sends one message at a time until it is accepted, comes back, knows what it saw."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.resume: str | None = None
        self.seen = 0
        self.replies: dict[str, str | None] = {}
        self.sequences: dict[str, int] = {}
        self.waiting: list[tuple[str, str]] = []
        self.connections = 0
        self._task = asyncio.create_task(self._run())

    def say(self, text: str) -> None:
        self.waiting.append((str(uuid.uuid4()), text))

    @property
    def texts(self) -> list[str | None]:
        return [self.replies[name] for name in sorted(self.replies, key=lambda name: self.sequences[name])]

    async def shows(self, texts: list[str]) -> None:
        async with asyncio.timeout(30):
            while self.texts != texts or self.waiting:
                await asyncio.sleep(0.02)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(OSError, httpx.HTTPError, ConnectionClosed, InvalidStatus, TimeoutError, EOFError):
                await self._connection()
            await asyncio.sleep(0.05)

    async def _connection(self) -> None:
        ticket = await self.box.ticket(self.resume)
        url = f"ws://127.0.0.1:{self.box.port}/v1/chat"
        async with connect(url, origin=self.box.url) as socket:  # type: ignore[arg-type]
            self.connections += 1
            unfinished = [self.sequences[name] for name, text in self.replies.items() if text is None]
            after = max(0, min([self.seen, *unfinished]) - 1)
            await socket.send(json.dumps({"type": "hello", "ticket": ticket, "after": after}))
            sent: str | None = None
            while True:
                if self.resume is not None and self.waiting and sent != self.waiting[0][0]:
                    sent, text = self.waiting[0]
                    await socket.send(json.dumps({"type": "say", "id": sent, "text": text}))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        self._take(json.loads(await socket.recv()))

    def _take(self, frame: dict[str, Any]) -> None:
        self.seen = max(self.seen, frame.get("sequence", 0))
        match frame["type"]:
            case "welcome":
                self.resume = frame["resume"]
            case "accepted":
                self.waiting = [entry for entry in self.waiting if entry[0] != frame["id"]]
            case "reply_started":
                self.replies.setdefault(frame["reply"], None)
                self.sequences[frame["reply"]] = frame["sequence"]
            case "reply_finished":
                self.sequences[frame["reply"]] = frame["sequence"]
                assert self.replies.get(frame["reply"]) in (None, frame["text"])
                self.replies[frame["reply"]] = frame["text"]


def answer(text: str) -> str:
    return f"You wrote: {text}. What else?"


@pytest.mark.parametrize(
    "fault",
    ["gateway.accepted 1", "gateway.delta_sent 1", "gateway.delta_sent 2", "gateway.reply_sent 1"],
)
async def test_killed_at_any_point_of_a_turn(own: tuple[Box, FakeUnits], tmp_path: Path, fault: str) -> None:
    box, units = own
    file = tmp_path / "fault"
    box.environment["B2T_FAULT_FILE"] = str(file)
    await box.start()
    widget = Widget(box)
    await widget.shows([GREETING])
    file.write_text(fault)
    widget.say("one")
    await box.died()
    await box.start()
    widget.say("two")
    await widget.shows([GREETING, answer("one"), answer("two")])
    assert not file.exists()
    assert units.said == ["one", "two"]
    assert widget.connections >= 2
    await widget.close()


async def test_killed_between_welcoming_a_leg_again_and_all_the_rest(
    own: tuple[Box, FakeUnits], tmp_path: Path
) -> None:
    box, units = own
    file = tmp_path / "fault"
    box.environment["B2T_FAULT_FILE"] = str(file)
    await box.start()
    widget = Widget(box)
    await widget.shows([GREETING])
    await box.stop(signal.SIGKILL)
    widget.say("one")
    file.write_text("gateway.welcomed 1")
    await box.start()
    await box.died()
    await box.start()
    await widget.shows([GREETING, answer("one")])
    assert units.said == ["one"]
    await widget.close()


async def test_a_restart_between_turns_and_a_polite_stop(own: tuple[Box, FakeUnits]) -> None:
    box, units = own
    await box.start()
    widget = Widget(box)
    widget.say("one")
    await widget.shows([GREETING, answer("one")])
    assert await box.stop() == 0
    widget.say("two")
    await box.start()
    await widget.shows([GREETING, answer("one"), answer("two")])
    assert units.said == ["one", "two"]
    await widget.close()


async def test_the_bus_dies_under_a_turn(own: tuple[Box, FakeUnits]) -> None:
    box, units = own
    await box.start()
    widget = Widget(box)
    await widget.shows([GREETING])
    box.nats.kill()
    widget.say("one")
    await asyncio.sleep(1)
    box.nats.start()
    await widget.shows([GREETING, answer("one")])
    conversation = next(iter(units.conversations))
    box.nats.kill()
    await asyncio.sleep(0.5)
    box.nats.start()
    async with asyncio.timeout(20):
        while not units.bus.connected:
            await asyncio.sleep(0.05)
    await units.bus.flush()
    await units.speak(conversation, "Still there?", notify=False)
    await widget.shows([GREETING, answer("one"), "Still there?"])
    assert units.said == ["one"]
    await widget.close()


async def test_dialogue_away_for_longer_than_is_waited(own: tuple[Box, FakeUnits]) -> None:
    """The client is told, and its second try is taken once."""
    box, units = own
    await box.start()
    chat = await box.chat()
    await chat.next("reply_finished")
    await units.stop()
    id = await chat.say("hello?")
    problem = await chat.next("problem", timeout_s=20)
    assert (problem["id"], problem["retryable"], problem["code"]) == (id, True, "unavailable")
    await units.start()
    await chat.send(type="say", id=id, text="hello?")
    assert (await chat.next("accepted"))["id"] == id
    assert units.said == ["hello?"]
    await chat.close()


async def test_a_key_that_cannot_be_had_sends_the_client_round(own: tuple[Box, FakeUnits]) -> None:
    """A secure field without a key would be a dead end: the reply is shown again once connectors answer."""
    box, units = own
    await box.start()
    chat = await box.chat()
    first = await chat.next("reply_finished")
    await units.without("b2t.connectors.key")
    await chat.say("balance please")
    assert (await chat.next("problem", timeout_s=20))["retryable"] is True
    assert await chat.closed() == 1013
    assert chat.texts() == [first["text"]]
    await units.again("b2t.connectors.key")
    again = await box.chat(chat.welcome["resume"], after=first["sequence"])
    assert (await again.next("reply_finished"))["secure"]["label"] == "pin"
    await again.close()
