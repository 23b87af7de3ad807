#!/usr/bin/env python
"""Whether bad input makes a box grow: resident memory of phone and gateway after 10,000 mixed inputs and after 100,000.

    scripts/bench/bad_input_memory.py [--first 10000] [--last 100000] [--settle 35]

Runs a whole box of its own and sends, through real sockets: damaged SIP (the RFC 4475 messages among its seeds), RTP
and noise from strangers, HTTP that is none, WebSocket frames that are none. The flood waits whenever the phone holds
as many SIP transactions as it may: then it answers 503 at once, which would prove little. So it takes some minutes.
Memory is read `--settle` seconds after the flood: a SIP transaction is remembered for 32 s (RFC 3261 17.2.2). The aim
is a growth of at most 5 %, no unit dead and a call and a chat that work afterwards. Exit status 1 where that is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from whole_box import judged_on_a_box  # noqa: E402

from appliance.adapters.chat_client import open_chat  # noqa: E402
from appliance.adapters.sip_caller import SipCaller  # noqa: E402
from tests.box.bad_inputs import SHARES, flood, inputs, resident_kib, torture, units  # noqa: E402
from tests.box.conftest import Box  # noqa: E402

WATCHED = ("phone-1", "gateway-1")
AIM = 1.05


async def works(box: Box) -> bool:
    async with SipCaller(box.sip) as caller:
        await caller.dial("1000")
        greeted = not (await caller.reply()).is_silent
    async with open_chat(box.url, "demo") as chat:
        await chat.replies()
        answered = bool(await chat.say("what are your opening hours"))
        await chat.end()
    return greeted and answered


async def measure(box: Box, first: int, last: int, settle_s: float) -> dict[str, object]:
    pids = units(box)
    memory: dict[int, dict[str, int]] = {0: {name: resident_kib(pids[name]) for name in WATCHED}}
    took: dict[int, float] = {}
    taken: dict[int, Counter[str]] = {}
    for seed, (count, more) in enumerate(((first, first), (last, last - first))):
        began = time.monotonic()
        taken[count] = await flood(box, more, seed)
        took[count] = round(time.monotonic() - began, 1)
        await asyncio.sleep(settle_s)
        memory[count] = {name: resident_kib(pids[name]) for name in WATCHED}
        print(f"{count:>7} inputs: {dict(taken[count])}, {memory[count]} KiB, {took[count]} s", file=sys.stderr)
    growth = {name: round(memory[last][name] / memory[first][name], 4) for name in WATCHED}
    alive, working = units(box) == pids, await works(box)
    enough = sum(map(inputs, taken.values())) >= 0.95 * last
    return {
        "shares_per_cent": dict(SHARES),
        "rfc_4475_messages": len(torture()),
        "inputs_taken": taken,
        "resident_kib": memory,
        "seconds": took,
        "growth": growth,
        "every_unit_alive": alive,
        "works_afterwards": working,
        "passed": alive and working and enough and all(ratio <= AIM for ratio in growth.values()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=10_000)
    parser.add_argument("--last", type=int, default=100_000)
    parser.add_argument("--settle", type=float, default=35.0)
    options = parser.parse_args()
    return judged_on_a_box(lambda box: measure(box, options.first, options.last, options.settle))


if __name__ == "__main__":
    sys.exit(main())
