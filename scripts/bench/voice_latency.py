#!/usr/bin/env python
"""How long callers wait: real SIP calls over G.711 with spoken questions, on a whole box. JSON out.

    scripts/bench/voice_latency.py --calls 3

`reply` is from the last sound in the caller's sent RTP to the first sound of the reply in the received RTP; `greeting`
from the 200 to the first sound; `reply less endpointing` is without the silence that the box waits to know that the
caller has finished. Callers speak with flite's voices and espeak-ng's, none of them the box's own; the programs must be
on the PATH. A reply counts as right where the intent is the one asked for. Calls come one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
import wave
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import soxr

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from whole_box import machine, report, summary, table  # noqa: E402

from appliance import events as e  # noqa: E402
from appliance.adapters.sip_caller import SipCaller  # noqa: E402
from tests.box.conftest import Box, conversations, events  # noqa: E402

VOICES = ("flite slt", "flite rms", "flite awb", "espeak-ng en-us+m3", "espeak-ng en-gb")
SAID = (
    ("what are your opening hours", "opening_hours"),
    ("do you give loans", "loan"),
    ("what can you do", "help"),
)
GAP_S = 0.3
"""Between the end of what the agent says and the caller's next words."""


def spoken(voice: str, text: str) -> bytes:
    """16-bit mono PCM at 8000 Hz, with a little of no sound behind it."""
    program, _, name = voice.partition(" ")
    if program == "flite":
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            subprocess.run(["flite", "-voice", name, "-t", text, "-o", file.name], check=True, timeout=20)
            made = Path(file.name).read_bytes()
    else:
        order = ["espeak-ng", "-v", name, "-s", "150", "--stdout", text]
        made = subprocess.run(order, check=True, timeout=20, capture_output=True).stdout
    with wave.open(io.BytesIO(made)) as heard:
        samples = np.frombuffer(heard.readframes(1 << 24), "<i2").astype(np.float32)
        rate = heard.getframerate()
    line = soxr.resample(samples, rate, 8000)
    line *= 9000 / max(1.0, float(np.abs(line).max()))
    return np.rint(line).astype("<i2").tobytes()


async def one_call(box: Box, voice: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    async with SipCaller(box.sip) as caller:
        found["answered"].append(await caller.dial("1000"))
        await caller.reply()
        greeted = caller.record().greeting_ms
        if greeted is not None:
            found["greeting"].append(greeted)
        for text, _ in SAID:
            pcm = await asyncio.to_thread(spoken, voice, text)
            await asyncio.sleep(GAP_S)
            await caller.say(pcm)
            reply = await caller.reply(timeout_s=10)
            if reply.is_silent or reply.latency_ms is None:
                found["unanswered"].append(1.0)
            else:
                found["reply"].append(reply.latency_ms)
    return found


async def kept(box: Box, calls: int) -> tuple[dict[str, list[float]], int, list[str | None]]:
    """What the conversations themselves measured, how many turns were heard, and with which intents."""
    stages: dict[str, list[float]] = defaultdict(list)
    turns, intents = 0, list[str | None]()
    async with box.bus() as bus:
        for row in await conversations(bus, calls):
            for event in await events(bus, row["conversation"]):
                if isinstance(event, e.TurnMeasured):
                    for name, value in event.stages.items():
                        stages[name].append(value)
                elif isinstance(event, e.TurnHeard):
                    turns += 1
                elif isinstance(event, e.TurnUnderstood):
                    intents.append(event.understanding.intent)
    return stages, turns, intents


async def bench(calls: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="b2t-voice-"))
    box = Box.make(folder / "data")
    found: dict[str, list[float]] = defaultdict(list)
    try:
        await asyncio.to_thread(box.start)
        load = machine()["load_average"]
        for number in range(calls):
            for name, values in (await one_call(box, VOICES[number % len(VOICES)])).items():
                found[name] += values
        await asyncio.sleep(1)
        stages, turns, intents = await kept(box, calls)
    finally:
        await asyncio.to_thread(box.stop)
        shutil.rmtree(folder, ignore_errors=True)
    wait = stages.get("endpoint", [])
    mean_wait = sum(wait) / len(wait) if wait else 0.0
    rows = {
        **{name: summary(values) for name, values in found.items() if name != "unanswered"},
        "reply less endpointing": summary(value - mean_wait for value in found["reply"]),
        **{f"stage {name}": summary(values) for name, values in sorted(stages.items()) if name != "heard_until"},
    }
    table([{"ms": name, **row} for name, row in rows.items()])
    wanted = [intent for _ in range(calls) for _, intent in SAID]
    right = sum(min(intents.count(intent), wanted.count(intent)) for intent in set(wanted))
    answers = {"asked": len(wanted), "unanswered": len(found["unanswered"]), "turns": turns, "intent_right": right}
    sys.stderr.write(f"load before {load}; {answers}\n")
    return {"bench": "voice_latency", "calls": calls, "load_before": load, **answers, "ms": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3, help="about 40 s each")
    report(asyncio.run(bench(parser.parse_args().calls)))


if __name__ == "__main__":
    main()
