#!/usr/bin/env python
"""Chat turns under load: many chats through the gateway's WebSockets, everything durable on the way. JSON out.

    scripts/bench/chat_turns.py --chats 50 --every 5 --seconds 30

Open loop: each chat says something every so many seconds, whether or not the turn before was answered, and latency is
counted from the moment it was due until `reply_finished` is here. Stages are those that conversations keep themselves
(`TurnMeasured`), and the two that the bench sees: until `accepted`, and from then on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from whole_box import fsync_ms, machine, report, summary, table, tree  # noqa: E402

from appliance import events as e  # noqa: E402
from appliance.adapters.chat_client import Chat, open_chat  # noqa: E402
from tests.box.conftest import Box, events  # noqa: E402

SAID = ("what are your opening hours", "tell me a joke", "when are you open on saturday")
LATE_S = 10.0


@dataclass
class Turn:
    due: float
    sent: float = 0.0
    accepted: float = 0.0
    finished: float = 0.0


@dataclass
class Talker:
    """One chat, sending by the clock and noting what comes back. Replies come in the order of what was said."""

    chat: Chat
    turns: list[Turn] = field(default_factory=list)
    by_id: dict[str, Turn] = field(default_factory=dict)
    problems: int = 0

    async def talk(self, first: float, every: float, count: int) -> None:
        hearing = asyncio.create_task(self.hear(count))
        for number in range(count):
            turn = Turn(first + number * every)
            await asyncio.sleep(max(0.0, turn.due - time.perf_counter()))
            id = str(uuid.uuid4())
            self.turns.append(turn)
            self.by_id[id] = turn
            turn.sent = time.perf_counter()
            await self.chat.socket.send(json.dumps({"type": "say", "id": id, "text": SAID[number % len(SAID)]}))
        await asyncio.wait({hearing}, timeout=LATE_S)
        hearing.cancel()

    async def hear(self, count: int) -> None:
        replied = 0
        while replied < count:
            frame = json.loads(await self.chat.socket.recv())
            now = time.perf_counter()
            if frame["type"] == "accepted":
                self.by_id[frame["id"]].accepted = now
            elif frame["type"] == "reply_finished":
                self.turns[replied].finished = now
                replied += 1
            elif frame["type"] == "problem":
                self.problems += 1


async def load(box: Box, chats: int, every: float, seconds: float) -> dict[str, Any]:
    opened = [open_chat(box.url, "demo") for _ in range(chats)]
    talkers = []
    try:
        for context in opened:
            chat = await context.__aenter__()
            await chat.replies()
            talkers.append(Talker(chat))
        assert box.process is not None
        before, load_before = tree(box.process.pid), machine()["load_average"]
        first = time.perf_counter() + 0.5
        count = max(1, int(seconds / every))
        async with asyncio.TaskGroup() as group:
            for number, talker in enumerate(talkers):
                group.create_task(talker.talk(first + number * every / chats, every, count))
        after = tree(box.process.pid)
        took = time.perf_counter() - first
        stages = await measured(box, [talker.chat.conversation for talker in talkers])
    finally:
        for context in opened[: len(talkers)]:
            await context.__aexit__(None, None, None)
    turns = [turn for talker in talkers for turn in talker.turns]
    done = [turn for turn in turns if turn.finished]
    rows = {
        "turn": summary((turn.finished - turn.due) * 1000 for turn in done),
        "sent late by the bench": summary((turn.sent - turn.due) * 1000 for turn in turns),
        "until accepted": summary((turn.accepted - turn.sent) * 1000 for turn in done if turn.accepted),
        **{f"stage {name}": summary(values) for name, values in sorted(stages.items())},
    }
    used = {
        one.name: round((one.cpu_s - before[pid].cpu_s) / took * 100, 1) for pid, one in after.items() if pid in before
    }
    return {
        "load_before": load_before,
        "load_after": machine()["load_average"],
        "turns": len(turns),
        "unanswered": len(turns) - len(done),
        "problems": sum(talker.problems for talker in talkers),
        "ms": rows,
        "percent_of_a_core": {name: share for name, share in used.items() if share >= 0.5},
    }


async def measured(box: Box, conversations: list[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    async with box.bus() as bus:
        for conversation in conversations:
            for event in await events(bus, conversation):
                if isinstance(event, e.TurnMeasured):
                    for name, value in event.stages.items():
                        found[name].append(value)
    return found


async def bench(options: argparse.Namespace) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="b2t-turns-", dir=options.on))
    box = Box.make(folder / "data")
    try:
        await asyncio.to_thread(box.start)
        synced = fsync_ms(folder)
        rounds = [await load(box, options.chats, options.every, options.seconds) for _ in range(options.rounds)]
    finally:
        await asyncio.to_thread(box.stop)
        shutil.rmtree(folder, ignore_errors=True)
    for one in rounds:
        table([{"ms": name, **row} for name, row in one["ms"].items()])
        sys.stderr.write(f"{ {name: value for name, value in one.items() if name != 'ms'} }\n")
    return {"bench": "chat_turns", "chats": options.chats, "every_s": options.every, "fsync": synced, "rounds": rounds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between the turns of one chat")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=1, help="the same again on the same box, with new chats")
    parser.add_argument("--on", default=os.environ.get("TMPDIR"), help="folder on the disk to be used")
    report(asyncio.run(bench(parser.parse_args())))


if __name__ == "__main__":
    main()
