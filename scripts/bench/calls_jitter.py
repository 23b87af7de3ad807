#!/usr/bin/env python
"""How evenly the phone sends: N calls at once, engines and dialogue stubbed by recorded audio.

Runs nats-server, the real `services.phone` process, the stubs, and the callers, each a process of its own. Every caller
speaks recorded speech into its call all the time, so that voice activity and recognition sessions run as they would;
the phone speaks recorded audio to each. Arrival is the kernel's time (SO_TIMESTAMPNS) at the callers' sockets.

    scripts/bench/calls_jitter.py --calls 50 --seconds 60

`interval`: how far the time between two packets is from 20 ms. `schedule`: how late a packet is, against the earliest
of its call on the 20 ms raster. The aim is p99 <= 8 ms with no packet lost, on one core.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soxr
import uvloop

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance import events as e  # noqa: E402
from appliance.adapters.nats import Bus  # noqa: E402
from appliance.adapters.sip_caller import SipCaller  # noqa: E402
from appliance.errors import Unavailable  # noqa: E402
from appliance.telephony.addresses import Address  # noqa: E402
from models import registry  # noqa: E402
from tests.conftest import NatsServer, data_folder, free_port  # noqa: E402
from tests.fakes.phone_box import FakeVoice, PhoneBox, Reply, Step  # noqa: E402

RECORDED_S = 20


@functools.cache
def recording() -> bytes:
    """Twenty seconds of speech at 8 kHz: read sentences where the data sets are, else the starter voice."""
    pieces = []
    for path in sorted((data_folder() / "speech").glob("ljspeech-*.wav")):
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
            pieces.append(soxr.resample(pcm, file.getframerate(), 8000))
    if not pieces:
        engine = registry.load("text_to_speech", "espeak-ng")
        said = b"".join(engine.speak("I would like to know the balance of my savings account, please. " * 8, "", "en"))
        pieces = [soxr.resample(np.frombuffer(said, "<i2").astype(np.float32), engine.capabilities.sample_rate, 8000)]
    track = np.concatenate(pieces)
    track = np.resize(track, RECORDED_S * 8000)
    return np.rint(track).clip(-32768, 32767).astype("<i2").tobytes()


class RecordedVoice(FakeVoice):
    def speak(self, text: str, voice: str, language: str, speed: float = 1.0) -> Iterator[bytes]:
        pcm = recording()
        for start in range(0, len(pcm), 3200):
            yield pcm[start : start + 3200]


def talkative(given: e.ChannelInput) -> Sequence[Step]:
    """Always has something to say, and is not to be interrupted."""
    go_on = Reply("recorded", e.Expectation(interruptible=False, wait_ms=100))
    return [go_on, go_on, go_on] if isinstance(given, e.Start | e.Waited | e.Said) else []


async def box(url: str) -> None:
    fakes = PhoneBox(await Bus.connect(url, "box"), talkative)
    fakes.voice = RecordedVoice()
    await fakes.start()
    await asyncio.Event().wait()


async def callers(address: Address, count: int, seconds: float, ready: Path) -> dict[str, object]:
    """All calls up, then `seconds` of measuring."""
    pcm = recording()
    async with contextlib.AsyncExitStack() as stack:
        calls = []
        for number in range(count):
            caller = await stack.enter_async_context(SipCaller(address))
            await caller.dial("1000")
            offset = 16000 * (number % RECORDED_S)
            speech = (pcm[offset:] + pcm[:offset]) * (int(seconds / RECORDED_S) + 3)
            stack.callback(asyncio.create_task(caller.say(speech)).cancel)
            calls.append(caller)
        await asyncio.sleep(2)
        await asyncio.to_thread(ready.write_text, "ready")
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        ended = asyncio.get_running_loop().time()
        return figures([[(n, at) for n, at in caller.arrivals if began <= at <= ended] for caller in calls])


def figures(calls: list[list[tuple[int, float]]]) -> dict[str, object]:
    intervals, lateness, lost, packets = [], [], 0, 0
    for arrivals in calls:
        numbers = np.array([number for number, _ in arrivals])
        times = np.array([at for _, at in arrivals]) * 1000
        packets += len(numbers)
        lost += int(numbers.max() - numbers.min() + 1 - len(np.unique(numbers)))
        follows = np.diff(numbers) == 1
        intervals.append(np.abs(np.diff(times)[follows] - 20))
        raster = times - 20 * numbers
        lateness.append(raster - raster.min())
    return {
        "calls": len(calls),
        "packets": packets,
        "lost": lost,
        "interval_ms": percentiles(np.concatenate(intervals)),
        "schedule_ms": percentiles(np.concatenate(lateness)),
    }


def percentiles(values: np.ndarray) -> dict[str, float]:
    named = {"p50": 50, "p95": 95, "p99": 99, "p99.9": 99.9, "max": 100}
    return {name: round(float(np.percentile(values, rank)), 2) for name, rank in named.items()}


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(*arguments: str, core: int | None, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=out, stderr=out, preexec_fn=pin, env=os.environ | environment
        )


async def phone_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    bus = await Bus.connect(url, "bench")
    async with asyncio.timeout(60):
        while True:
            if process.poll() is not None:
                raise SystemExit(await asyncio.to_thread(log.read_text))
            with contextlib.suppress(Unavailable):
                status = json.loads(await bus.request("b2t.status.phone", b"", 1))
                if status["ready"] and status["parts"].get("speech") == "ok":
                    break
            await asyncio.sleep(0.2)
    await bus.close()


def run(count: int, seconds: float) -> dict[str, object]:
    cores = sorted(os.sched_getaffinity(0))
    ours, others = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    with tempfile.TemporaryDirectory() as folder_name, contextlib.ExitStack() as stack:
        folder = Path(folder_name)
        nats = NatsServer(folder / "nats", free_port())
        nats.start()
        stack.callback(nats.kill)

        async def streams() -> None:
            bus = await Bus.connect(nats.url, "bench")
            await bus.ensure_streams()
            await bus.close()

        uvloop.run(streams())
        address = Address("127.0.0.1", free_port(socket.SOCK_DGRAM))
        (folder / "config.toml").write_text(
            f"[bus]\nport = {nats.port}\n[phone]\nport = {address.port}\nmax_calls = {count}\n"
            "rtp_first = 34000\nrtp_last = 34999\n"
        )
        me = str(Path(__file__).resolve())
        stubs = start(me, "--role", "box", "--url", nats.url, core=others, log=folder / "box.log")
        stack.callback(stubs.kill)
        phone = start("-m", "services.phone", "--data-dir", str(folder), core=ours, log=folder / "phone.log")
        stack.callback(phone.kill)
        uvloop.run(phone_ready(nats.url, phone, folder / "phone.log"))
        ready, result = folder / "ready", folder / "result.json"
        arguments = ["--role", "callers", "--port", str(address.port), "--calls", str(count)]
        arguments += ["--seconds", str(seconds), "--ready", str(ready), "--result", str(result)]
        load = start(me, *arguments, core=others, log=folder / "callers.log")
        stack.callback(load.kill)
        while not ready.exists():
            if load.poll() is not None:
                raise SystemExit((folder / "callers.log").read_text() + (folder / "phone.log").read_text()[-3000:])
            time.sleep(0.1)
        before, began = cpu_seconds(phone.pid), time.monotonic()
        time.sleep(seconds)
        used = (cpu_seconds(phone.pid) - before) / (time.monotonic() - began)
        load.wait(60)
        if not result.exists():
            raise SystemExit((folder / "callers.log").read_text())
        found: dict[str, object] = json.loads(result.read_text())
    return {**found, "phone_core_percent": round(100 * used, 1), "machine": machine()}


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}, load {load:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--role", choices=["run", "box", "callers"], default="run", help=argparse.SUPPRESS)
    for hidden in ("--url", "--port", "--ready", "--result"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    given = parser.parse_args()
    match given.role:
        case "box":
            uvloop.run(box(given.url))
        case "callers":
            address = Address("127.0.0.1", int(given.port))
            found = uvloop.run(callers(address, given.calls, given.seconds, Path(given.ready)))
            Path(given.result).write_text(json.dumps(found))
        case _:
            print(json.dumps(run(given.calls, given.seconds), indent=2))


if __name__ == "__main__":
    main()
