"""The real units around dialogue as child processes on one bus: vault, inference, connectors and dialogue itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from appliance.adapters.nats import Bus
from appliance.errors import Unavailable
from tests.conftest import ROOT, NatsServer

START_S = 60.0


@dataclass
class Units:
    folder: Path
    nats: NatsServer
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def write_config(self, text: str = "") -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config.toml").write_text(f'[bus]\nhost = "127.0.0.1"\nport = {self.nats.port}\n{text}')

    @property
    def fault_file(self) -> Path:
        return self.folder / "fault"

    def start(self, unit: str, instance: str = "1", *more: str, faults: bool = False) -> None:
        command = [
            sys.executable,
            "-m",
            f"services.{unit}",
            "--data-dir",
            str(self.folder),
            "--instance",
            instance,
            *more,
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        if faults:
            environment["B2T_FAULT_FILE"] = str(self.fault_file)
        with (self.folder / f"{unit}-{instance}.log").open("ab") as out:
            name = f"{unit}-{instance}"
            self.running[name] = subprocess.Popen(command, stdout=out, stderr=out, cwd=self.folder, env=environment)

    async def ready(self, bus: Bus, unit: str, instance: str = "1") -> None:
        deadline = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < deadline:
            try:
                if json.loads(await bus.request(f"b2t.status.{unit}.{instance}", b"", timeout_s=0.5))["ready"]:
                    return
            except Unavailable:
                pass
            if self.running[f"{unit}-{instance}"].poll() is not None:
                break
            await asyncio.sleep(0.05)
        raise AssertionError(
            f"{unit} did not get ready: {(self.folder / f'{unit}-{instance}.log').read_text()[-2000:]}"
        )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait(5)

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.running.clear()
