#!/usr/bin/env python
"""Memory of a box with no chat and with many idle ones, each opened as the widget opens it and left alone. JSON out.

    scripts/bench/idle_chats.py --chats 1000

Chats are opened no faster than the gateway's own limit on tickets from one address (50 a second) allows. RSS counts
shared pages in every process; PSS counts each once over all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from whole_box import Used, report, summary, table, tree  # noqa: E402

from appliance.adapters.chat_client import open_chat  # noqa: E402
from tests.box.conftest import Box  # noqa: E402

AT_ONCE = 8
SETTLED_S = 5.0


async def bench(chats: int, per_second: float) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="b2t-idle-"))
    box = Box.make(folder / "data")
    try:
        await asyncio.to_thread(box.start)
        assert box.process is not None
        async with contextlib.AsyncExitStack() as stack:
            await hold(stack, box, 20, per_second)  # what the first chats make is no chat's
            await asyncio.sleep(SETTLED_S)
            before = tree(box.process.pid)
            took = await hold(stack, box, chats, per_second)
            await asyncio.sleep(SETTLED_S)
            after = tree(box.process.pid)
            stack.pop_all()  # the box is stopped under them: a thousand farewells are no part of this
    finally:
        await asyncio.to_thread(box.stop)
        shutil.rmtree(folder, ignore_errors=True)
    rows = [row(before.get(pid), one) for pid, one in after.items()]
    total: dict[str, Any] = {"process": "total"}
    for name in ("rss_before", "rss_after", "rss_more", "pss_before", "pss_after", "pss_more"):
        total[name] = round(sum(one[name] for one in rows), 1)
    table([*rows, total])
    return {"bench": "idle_chats", "chats": chats, "open_ms": summary(took), "mib": [*rows, total]}


async def hold(stack: contextlib.AsyncExitStack, box: Box, chats: int, per_second: float) -> list[float]:
    """Open chats and keep them; how long each took until its greeting was whole, in ms."""
    gate, first, took = asyncio.Semaphore(AT_ONCE), time.perf_counter(), list[float]()

    async def one(number: int) -> None:
        await asyncio.sleep(max(0.0, first + number / per_second - time.perf_counter()))
        async with gate:
            began = time.perf_counter()
            chat = await stack.enter_async_context(open_chat(box.url, "demo"))
            async for frame in chat.socket:
                if '"reply_finished"' in str(frame):
                    break
            took.append((time.perf_counter() - began) * 1000)

    async with asyncio.TaskGroup() as group:
        for number in range(chats):
            group.create_task(one(number))
    return took


def row(before: Used | None, after: Used) -> dict[str, Any]:
    rss, pss = (before.rss_mib, before.pss_mib) if before else (0.0, 0.0)
    return {
        "process": after.name,
        "rss_before": rss,
        "rss_after": after.rss_mib,
        "rss_more": round(after.rss_mib - rss, 1),
        "pss_before": pss,
        "pss_after": after.pss_mib,
        "pss_more": round(after.pss_mib - pss, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--per-second", type=float, default=40.0, help="chats opened a second")
    options = parser.parse_args()
    report(asyncio.run(bench(options.chats, options.per_second)))


if __name__ == "__main__":
    main()
