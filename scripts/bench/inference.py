#!/usr/bin/env python
"""How long a channel and dialogue wait for the inference service: real workers, real bus, one machine, JSON out.

    scripts/bench/inference.py --turns 10

Utterances are the box's own speech, streamed in 20 ms pieces in real time as a call's would be.
`open`: until a recogniser with all of the banking agent's phrases has taken the session (first: a grammar it has not
seen). `finish`: from the end of the audio to the final transcript. `first_audio`: from the request to the first chunk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.adapters.inference import InferenceClient  # noqa: E402
from appliance.adapters.nats import Bus  # noqa: E402
from appliance.adapters.speech import SpeechClient  # noqa: E402
from appliance.agents.loading import TEMPLATES, load_agent  # noqa: E402
from appliance.agents.phrases import examples, phrases  # noqa: E402
from appliance.errors import Unavailable  # noqa: E402
from appliance.ports import Hints  # noqa: E402

SAID = ("what is my balance", "I want to talk to a person", "what are your opening hours", "I lost my card")
PERSONAL = (
    "My card is 4111 1111 1111 1111 and my passport is 912803456, please call me at (415) 555-2671, thanks.",
    "What is the balance of my checking account, and can you tell me the opening hours of the branch in town?",
)


def summary(milliseconds: Iterable[float]) -> dict[str, float]:
    values = sorted(milliseconds)
    return {
        "p50": round(statistics.median(values), 2),
        "p95": round(values[min(len(values) - 1, int(len(values) * 0.95))], 2),
        "max": round(values[-1], 2),
        "n": len(values),
    }


def since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


async def until_ready(bus: Bus, instance: str) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(Unavailable):
                if json.loads(await bus.request(f"b2t.status.inference.{instance}", b"", 0.2))["ready"]:
                    return
            await asyncio.sleep(0.01)


async def turns(client: SpeechClient, hints: Hints, count: int) -> dict[str, object]:
    opens, finishes, firsts, right = [], [], [], 0
    for turn in range(count):
        text = SAID[turn % len(SAID)]
        started, pcm = time.perf_counter(), b""
        async with client.synthesize(text) as speech:
            async for chunk in speech:
                if not pcm:
                    firsts.append(since(started))
                pcm += chunk
        started = time.perf_counter()
        utterance = client.transcribe(hints)
        while utterance.engine is None:  # noqa: ASYNC110 - watched, to time it
            await asyncio.sleep(0.0005)
        opens.append(since(started))
        pcm = bytes(4800) + pcm + bytes(7200)
        began = time.perf_counter()
        for piece, at in enumerate(range(0, len(pcm), 320)):
            utterance.feed(pcm[at : at + 320])
            await asyncio.sleep(max(0.0, began + 0.02 * (piece + 1) - time.perf_counter()))
        started = time.perf_counter()
        heard = await utterance.finish()
        finishes.append(since(started))
        right += heard.text == text.lower()
    return {
        "open_first_ms": round(opens[0], 2),
        "open_ms": summary(opens[1:] or opens),
        "finish_ms": summary(finishes),
        "first_audio_ms": summary(firsts),
        "recognised": f"{right}/{count}",
    }


async def language(client: InferenceClient, count: int) -> dict[str, object]:
    version = load_agent(TEMPLATES / "banking")
    options = {name: dict(entity.options) for name, entity in version.agent.entities.items() if entity.options}
    intents = examples(version.agent)
    started = time.perf_counter()
    await client.train("bench", intents, options)
    trained = since(started)
    started = time.perf_counter()
    await client.train("bench", intents, options)
    again = since(started)
    detects, understands = [], []
    for turn in range(count * 20):
        started = time.perf_counter()
        await client.detect(PERSONAL[turn % 2])
        detects.append(since(started))
        started = time.perf_counter()
        await client.understand("bench", SAID[turn % len(SAID)])
        understands.append(since(started))
    return {
        "train_ms": round(trained, 1),
        "train_again_ms": round(again, 2),
        "detect_ms": summary(detects),
        "understand_ms": summary(understands),
    }


async def measure(folder: Path, port: int, count: int) -> dict[str, object]:
    bus = await Bus.connect(f"nats://127.0.0.1:{port}", "bench")
    running, ready = [], {}
    try:
        for instance, role in (("1", "text"), ("2", "speech")):
            command = [sys.executable, "-m", "services.inference", role, "--instance", instance]
            started = time.perf_counter()
            running.append(
                await asyncio.create_subprocess_exec(
                    *command, "--data-dir", str(folder), cwd=ROOT, stderr=subprocess.DEVNULL
                )
            )
            await until_ready(bus, instance)
            ready[role] = round(since(started))
        hints = Hints(phrases(load_agent(TEMPLATES / "banking").agent, "balance/account"), digits=True)
        return {
            "machine": f"{platform.machine()}, {platform.processor() or 'unknown processor'}",
            "phrases": len(hints.phrases),
            "ready_ms": ready,
            **await turns(SpeechClient(bus, "operator"), hints, count),
            **await language(InferenceClient(bus), count),
        }
    finally:
        for process in running:
            process.terminate()
            await process.wait()
        await bus.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10)
    count = parser.parse_args().turns
    with tempfile.TemporaryDirectory(prefix="b2t-bench-") as place, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        folder = Path(place)
        (folder / "config.toml").write_text(f"[bus]\nport = {port}\n")
        binary = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or "nats-server"
        server = subprocess.Popen([binary, "-a", "127.0.0.1", "-p", str(port)], stderr=subprocess.DEVNULL)
        try:
            print(json.dumps(asyncio.run(measure(folder, port, count)), indent=2))
        finally:
            server.terminate()
            server.wait(5)


if __name__ == "__main__":
    main()
