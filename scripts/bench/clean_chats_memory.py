#!/usr/bin/env python
"""Whether ordinary chats make a box grow: resident memory of its units after every so many whole conversations.

    scripts/bench/clean_chats_memory.py [--chats 5000] [--step 500] [--at-once 6]

Runs a whole box of its own. Each chat hears the greeting, asks one thing, hears the answer and ends. What a unit keeps
of conversations is bounded (keys lent, states folded: some thousand), so after these the curve has to be flat. Exit
status 1 where gateway or dialogue grows by more than 3 % over the last fifth.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import httpx  # noqa: E402
from websockets.asyncio.client import ClientConnection, connect  # noqa: E402
from whole_box import judged_on_a_box  # noqa: E402

from tests.box.bad_inputs import resident_kib, units  # noqa: E402
from tests.box.conftest import Box  # noqa: E402

WATCHED = ("gateway-1", "dialogue-1", "vault-1", "connectors-1")
FLAT = ("gateway-1", "dialogue-1")
AIM = 1.03
FRAME_S = 30.0


async def chat(box: Box, http: httpx.AsyncClient) -> None:
    asked = {"widget": "demo", "resume": None}
    answer = await http.post("/v1/widget/tickets", json=asked, headers={"Origin": box.url})
    answer.raise_for_status()
    url = f"ws://127.0.0.1:{box.gateway_port}/v1/chat"
    async with connect(url, origin=box.url) as socket:  # type: ignore[arg-type]
        await _send(socket, type="hello", ticket=answer.json()["ticket"], after=0)
        await _until(socket, "reply_finished")
        await _send(socket, type="say", id=str(uuid.uuid4()), text="when are you open")
        await _until(socket, "reply_finished")
        await _send(socket, type="end")
        await _until(socket, "ended")


async def _send(socket: ClientConnection, **frame: Any) -> None:
    await socket.send(json.dumps(frame))


async def _until(socket: ClientConnection, type: str) -> None:
    while (frame := json.loads(await asyncio.wait_for(socket.recv(), FRAME_S)))["type"] != type:
        if frame["type"] == "problem":
            raise RuntimeError(frame["code"])


async def measure(box: Box, chats: int, step: int, at_once: int) -> dict[str, object]:
    pids, began = units(box), time.monotonic()
    curve: dict[int, dict[str, int]] = {0: {name: resident_kib(pids[name]) for name in WATCHED}}
    async with httpx.AsyncClient(base_url=box.url, timeout=FRAME_S) as http:
        for done in range(step, chats + 1, step):
            left = iter(range(step))

            async def some(left: Any = left) -> None:
                for _ in left:
                    await chat(box, http)

            await asyncio.gather(*(some() for _ in range(at_once)))
            curve[done] = {name: resident_kib(pids[name]) for name in WATCHED}
            print(f"{done:>6} chats: {curve[done]} KiB, {time.monotonic() - began:.0f} s", file=sys.stderr)
    last = max(curve)
    before = max(done for done in curve if done <= last * 0.8)
    growth = {name: round(curve[last][name] / curve[before][name], 4) for name in FLAT}
    alive = units(box) == pids
    return {
        "resident_kib": curve,
        "growth_over_the_last_fifth": growth,
        "every_unit_alive": alive,
        "passed": alive and all(ratio <= AIM for ratio in growth.values()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=5000)
    parser.add_argument("--step", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=6)
    options = parser.parse_args()
    return judged_on_a_box(lambda box: measure(box, options.chats, options.step, options.at_once))


if __name__ == "__main__":
    sys.exit(main())
