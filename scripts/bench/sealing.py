#!/usr/bin/env python
"""What sealing costs: streams of audio and files, next to bare AES-256-GCM in the same run; one text; one lease.

    scripts/bench/sealing.py --rounds 5

Streams: processor seconds of one thread on one core for `--mib` MiB pushed in 64 KiB pieces, best and median of the
rounds; bare is `cryptography`'s AESGCM on the same chunks with nonces made beforehand. Leases: a real nats-server and a
real vault process, questions one after the other, wall time; `held` is a lease the asker still has.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402

from appliance.adapters.nats import Bus  # noqa: E402
from appliance.adapters.vault import KeyRing, manage  # noqa: E402
from appliance.privacy.managing import ManageAsked  # noqa: E402
from appliance.privacy.sealing import ConversationKeys  # noqa: E402
from appliance.privacy.streams import CHUNK_BYTES, StreamOpener, StreamSealer  # noqa: E402
from tests.conftest import NatsServer, free_port  # noqa: E402

PLACE = "audio/leg-1/0"
AIM_MB_S = 500


def rates(work: Callable[[], object], size: int, rounds: int) -> dict[str, float]:
    """MB (10^6 bytes) a second of processor time."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return {"best": size / min(took) / 1e6, "median": size / statistics.median(took) / 1e6}


def streams(mib: int, rounds: int) -> dict[str, dict[str, float]]:
    keys = ConversationKeys("c1", {"redacted": {1: os.urandom(32)}, "raw": {1: os.urandom(32)}})
    pieces = [os.urandom(CHUNK_BYTES) for _ in range(16)] * (mib * (1 << 20) // CHUNK_BYTES // 16)
    size = len(pieces) * CHUNK_BYTES
    sealed: list[bytes] = []
    bare = AESGCM(os.urandom(32))
    nonces = [number.to_bytes(12, "big") for number in range(len(pieces))]

    def seal() -> None:
        sealed.clear()
        sealer = StreamSealer(keys, PLACE)
        sealed.append(sealer.header)
        sealed.extend(map(sealer.push, pieces))
        sealed.append(sealer.finish())

    def unseal() -> None:
        opener = StreamOpener(keys, PLACE)
        for piece in sealed:
            opener.push(piece)
        opener.finish()

    bare_sealed: list[bytes] = []

    def bare_seal() -> None:
        bare_sealed.clear()
        for nonce, piece in zip(nonces, pieces, strict=True):
            bare_sealed.append(bare.encrypt(nonce, piece, None))

    def bare_unseal() -> None:
        for nonce, piece in zip(nonces, bare_sealed, strict=True):
            bare.decrypt(nonce, piece, None)

    work = {"stream, sealed": seal, "stream, opened": unseal, "bare, sealed": bare_seal, "bare, opened": bare_unseal}
    return {name: rates(one, size, rounds) for name, one in work.items()}


def texts(count: int = 20_000) -> dict[str, float]:
    """Microseconds of processor time for one sentence at its place."""
    keys = ConversationKeys("c1", {"redacted": {1: os.urandom(32)}})
    text = "my card number is <CARD_1> and I would like to know my balance"
    began = time.process_time()
    boxes = [keys.seal_text("turn/i1/text", text) for _ in range(count)]
    middle = time.process_time()
    for box in boxes:
        keys.unseal_text("turn/i1/text", box)
    return {"seal_us": (middle - began) / count * 1e6, "unseal_us": (time.process_time() - middle) / count * 1e6}


async def leases(count: int) -> dict[str, dict[str, float]]:
    folder = Path(tempfile.mkdtemp(prefix="b2t-sealing-"))
    server = NatsServer(folder / "nats", free_port())
    server.start()
    data = folder / "data"
    data.mkdir()
    (data / "config.toml").write_text(f"[bus]\nport = {server.port}\n")
    command = [sys.executable, "-m", "services.vault", "--data-dir", str(data)]
    vault = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        bus = await Bus.connect(server.url, "bench")
        await bus.ensure_streams()
        names = [f"c{number}" for number in range(count)]
        dialogue = KeyRing(bus, "dialogue")
        await dialogue.lease("warm", timeout_s=30)
        found = {"first lease, key made": await timed(dialogue, names)}
        found["lease of a known key"] = await timed(KeyRing(bus, "phone"), names)
        found["lease held"] = await timed(dialogue, names)
        rewrap = await rewrapping(bus)
        await bus.close()
        return found | {"rewrapping": rewrap}
    finally:
        vault.terminate()
        vault.wait(10)
        server.kill()
        shutil.rmtree(folder)


async def timed(ring: KeyRing, names: list[str]) -> dict[str, float]:
    took = []
    for name in names:
        began = time.perf_counter()
        await ring.lease(name)
        took.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(took, n=100)
    return {"p50_ms": statistics.median(took), "p95_ms": cuts[94], "p99_ms": cuts[98]}


async def rewrapping(bus: Bus) -> dict[str, float]:
    """From the question to rotate until every key is wrapped anew, by the vault that goes on lending."""
    began = time.perf_counter()
    await manage(bus, "operator", ManageAsked(operation="rotate"))
    while True:
        found = (await manage(bus, "operator", ManageAsked(operation="status"))).answer
        if not found["to_rewrap"]:
            took = time.perf_counter() - began
            return {"keys": sum(found["keys"].values()), "took_s": took, "keys_s": found["rewrapped"] / took}
        await asyncio.sleep(0.02)


def show(found: dict[str, Any]) -> None:
    print(f"load {found['load']:.1f} on {found['cores']} cores, {found['python']}")
    for name, rate in found["streams"].items():
        print(f"{name:24} {rate['best']:8.0f} MB/s best {rate['median']:8.0f} MB/s median")
    print(
        f"{'one sentence':24} {found['texts']['seal_us']:8.1f} µs sealed {found['texts']['unseal_us']:6.1f} µs opened"
    )
    for name, took in found["leases"].items():
        print(f"{name:24} " + "  ".join(f"{key} {value:.3f}" for key, value in took.items()))
    print(f"aim: {AIM_MB_S} MB/s a core: {'reached' if found['reached'] else 'MISSED'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mib", type=int, default=128)
    parser.add_argument("--leases", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "streams": streams(options.mib, options.rounds),
        "texts": texts(),
        "leases": asyncio.run(leases(options.leases)),
    }
    found["reached"] = all(
        found["streams"][name]["median"] >= AIM_MB_S for name in ("stream, sealed", "stream, opened")
    )
    print(json.dumps(found, indent=2)) if options.json else show(found)
    return 0 if found["reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
