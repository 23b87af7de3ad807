"""Real inference processes on a real bus."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus
from appliance.errors import Unavailable

ROOT = Path(__file__).resolve().parents[3]
StartWorker = Callable[..., Awaitable[subprocess.Popen[bytes]]]


@pytest.fixture
async def start_worker(bus: Bus, nats_server, tmp_path: Path) -> AsyncIterator[StartWorker]:
    """`await start_worker("speech")` starts one and waits until it is ready."""
    running: list[subprocess.Popen[bytes]] = []
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "config.toml").write_text(f"[bus]\nport = {nats_server.port}\n")

    async def start(role: str, instance: str = "1", **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "services.inference", role, "--instance", instance, "--data-dir", str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})
        running.append(process)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(Unavailable):
                status = json.loads(await bus.request(f"b2t.status.inference.{instance}", b"", 0.5))
                if status["ready"] and status["pid"] == process.pid:
                    return process
            await asyncio.sleep(0.02)
        raise TimeoutError(f"inference {role} is not ready")

    yield start
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
