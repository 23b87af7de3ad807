"""The vault as a process of its own, killed between making a key and lending it."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

from appliance.adapters.vault import KeyRing

ROOT = Path(__file__).resolve().parents[3]


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.vault", "--data-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"B2T_FAULT_FILE": str(folder / "fault")},
        stderr=(folder / "log").open("ab"),
    )


async def test_killed_between_making_and_lending_the_key_made_is_the_key_lent(bus, nats_server, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "config.toml").write_text(f"[bus]\nport = {nats_server.port}\n")
    (folder / "fault").write_text("vault.created 2")
    vault = start(folder)
    try:
        first = await KeyRing(bus, "dialogue").lease("c1", timeout_s=15)
        assert resource.prlimit(vault.pid, resource.RLIMIT_CORE) == (0, 0)
        waiting = asyncio.create_task(KeyRing(bus, "dialogue").lease("c2", timeout_s=20))
        async with asyncio.timeout(10):
            while vault.poll() is None:
                await asyncio.sleep(0.02)
        vault = start(folder)
        second = await waiting
        ring = KeyRing(bus, "phone")
        for conversation, keys in (("c1", first), ("c2", second)):
            assert (await ring.lease(conversation)).unseal("p", keys.seal("p", b"x", "raw")) == b"x"
    finally:
        vault.terminate()
        vault.wait(10)
    assert vault.returncode == 0
    assert (folder / "secrets" / "root.key").stat().st_mode & 0o777 == 0o600
    root = (folder / "secrets" / "root.key").read_text().split()[1]
    assert root not in (folder / "log").read_text()
