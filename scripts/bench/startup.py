#!/usr/bin/env python
"""From `b2t up` to the first answered call and to a box wholly ready, in wall time and processor time. JSON out.

    scripts/bench/startup.py --runs 3

The first start of a data folder makes its keys and trains what `scripts/setup` did not prepare; later ones find them.
Processor seconds are those of the whole process tree: they say more than wall time on a machine with other work.
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

from whole_box import machine, report, table, tree  # noqa: E402

from appliance.adapters.sip_caller import CallRefused, SipCaller  # noqa: E402
from tests.box.conftest import Box  # noqa: E402

LIMIT_S = 90.0
TRY_EVERY_S = 0.05


async def first_call(box: Box, began: float) -> dict[str, float]:
    """Seconds from `began` until a call is answered, and until its greeting is heard."""
    while time.monotonic() - began < LIMIT_S:
        async with SipCaller(box.sip) as caller:
            with contextlib.suppress(CallRefused):
                await caller.dial("1000", timeout_s=1.0)
                answered = time.monotonic() - began
                heard = await caller.sound(timeout_s=LIMIT_S)
                if heard is not None:
                    return {"answered_s": answered, "greeted_s": time.monotonic() - began}
        await asyncio.sleep(TRY_EVERY_S)
    raise TimeoutError("no call was answered")


async def start(box: Box) -> dict[str, Any]:
    load = machine()["load_average"]
    began = time.monotonic()
    starting = asyncio.create_task(asyncio.to_thread(box.start))
    try:
        while box.process is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        call = await first_call(box, began)
        at_call = sum(used.cpu_s for used in tree(box.process.pid).values())
        await starting
        ready = time.monotonic() - began
        used = tree(box.process.pid)
    finally:
        with contextlib.suppress(Exception):
            await starting
        box.stop()
    row = {**call, "ready_s": ready, "cpu_at_call_s": at_call, "cpu_s": sum(one.cpu_s for one in used.values())}
    parts = [
        {"process": one.name, "cpu_s": one.cpu_s, "rss_mib": one.rss_mib, "pss_mib": one.pss_mib}
        for one in used.values()
    ]
    return {"load_before": load, **{name: round(value, 2) for name, value in row.items()}, "processes": parts}


async def bench(runs: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="b2t-startup-"))
    try:
        box = Box.make(folder / "data")
        found = []
        for run in range(runs):
            found.append({"start": "first" if run == 0 else f"later {run}", **await start(box)})
            last = found[-1]["processes"]
            table([{name: value for name, value in found[-1].items() if name != "processes"}])
        table(last)
        memory = {name: round(sum(one[name] for one in last), 1) for name in ("rss_mib", "pss_mib")}
        return {"bench": "startup", "starts": found, "memory": memory}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="starts of the same data folder, the first of a new one")
    report(asyncio.run(bench(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
