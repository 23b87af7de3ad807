"""Records what a release writes, from a box that runs: the log's own bytes, its vault's database and root key.

    python -m tests.box.record_release FOLDER

A chat asks for a balance and names a card, a call goes on in it by the one-time code, and somebody else tries codes at
random. All of them are made up, and the root key is that box's, which is gone: it protects nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from appliance import events as e
from appliance.adapters.chat_client import open_chat
from appliance.adapters.nats import Bus
from appliance.adapters.sip_caller import SipCaller
from tests.appliance.conversation.opened import opened, shown
from tests.box.conftest import Box, Customer, conversations, events

CARD = "4242 4242 4242 4242"
WAIT_S = 30.0


async def record(box: Box, customer: Customer, into: Path) -> None:
    async with box.bus() as bus:
        first = await _chat_and_call(box, bus, customer)
        refused = await _call_with_wrong_codes(box, bus)
        moved = next(
            event.from_conversation
            for event in await events(bus, first)
            if isinstance(event, e.LegAttached) and event.from_conversation is not None
        )
        lines = []
        for conversation in (first, moved, refused):
            found = bus.read("CONVERSATIONS", f"b2t.conversation.{conversation}")
            lines += [raw async for _, raw in found]
    (into / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")


async def _chat_and_call(box: Box, bus: Bus, customer: Customer) -> str:
    async with open_chat(box.url, "demo") as chat:
        await chat.replies()
        await chat.say(f"my card {CARD} and my mail jo@example.com are fine, what is the balance of my savings account")
        [asked, *_] = (await chat.say(customer.number))[-1:]
        assert asked.secure is not None
        await chat.key(asked.secure, customer.pin)
        await chat.say("and what about my checking account")
        code = await chat.ask_code()
        async with SipCaller(box.sip, caller="+14155550123") as caller:
            await caller.dial("1000")
            await caller.reply()
            await caller.press(f"{code}#")
            await _until(bus, chat.conversation, e.LegAttached, 2)
            await caller.reply()
        await _until(bus, chat.conversation, e.LegDetached, 1)
        await chat.say("when are you open")
        await chat.end()
    return chat.conversation


async def _call_with_wrong_codes(box: Box, bus: Bus) -> str:
    before = {row["conversation"] for row in await conversations(bus)}
    async with SipCaller(box.sip, caller="+14155550199") as caller:
        await caller.dial("1000")
        await caller.reply()
        async with asyncio.timeout(WAIT_S):
            while not (new := {row["conversation"] for row in await conversations(bus)} - before):
                await asyncio.sleep(0.1)
        conversation = str(new.pop())
        for times in (1, 2, 3):
            await caller.press("999999#")
            await _until(bus, conversation, e.CodeRefused, times)
            await caller.reply()
    await _until(bus, conversation, e.ConversationEnded, 1)
    return conversation


async def _until(bus: Bus, conversation: str, kind: type[e.Event], times: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while sum(isinstance(one, kind) for one in await events(bus, conversation)) < times:
            await asyncio.sleep(0.1)


def main(into: Path) -> None:
    into.mkdir(parents=True)
    customer = Customer("20406080", "135790", 123_456, 7_890_123)
    with tempfile.TemporaryDirectory() as folder:
        box = Box.make(Path(folder) / "data")
        box.start()
        try:
            box.add_customer(customer)
            asyncio.run(record(box, customer, into))
        finally:
            box.stop()
        (into / "root.key").write_bytes(box.paths.root_key.read_bytes())
        with contextlib.closing(sqlite3.connect(box.paths.folder("vault") / "keys.sqlite")) as keys:
            keys.execute("vacuum into ?", (str(into / "keys.sqlite"),))
    found = shown(opened(into))
    said = json.dumps(found)
    assert "4242" not in said, "of values there is base64 alone"
    assert len(found) == 3
    (into / "expected.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
