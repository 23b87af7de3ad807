"""The vault as a process of its own, killed between making a key and lending it."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.adapters.vault import KeyRing, manage
from appliance.errors import Unavailable
from appliance.privacy.managing import ManageAsked

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


async def status(bus) -> dict:
    """Of a vault that may be starting."""
    async with asyncio.timeout(30):
        while True:
            try:
                return (await manage(bus, "operator", ManageAsked(operation="status"))).answer
            except Unavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("point", ["vault.rotated 1", "vault.rewrapped 1", "vault.rewrapped 2"])
async def test_killed_while_it_rotates_it_goes_on_where_it_was_and_every_key_stays(bus, nats_server, tmp_path, point):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "config.toml").write_text(f"[bus]\nport = {nats_server.port}\n")
    vault = start(folder)
    try:
        ring = KeyRing(bus, "dialogue")
        names = [f"c{n}" for n in range(130)]
        boxes = dict(zip(names, [(await ring.lease(name, 20)).seal("p", b"x") for name in names], strict=True))
        (folder / "fault").write_text(point)
        asking = asyncio.create_task(manage(bus, "operator", ManageAsked(operation="rotate")))
        async with asyncio.timeout(20):
            while vault.poll() is None:
                await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        vault = start(folder)
        async with asyncio.timeout(30):
            while (await status(bus))["to_rewrap"]:
                await asyncio.sleep(0.05)
        found = await status(bus)
        assert (found["current"], found["keys"]) == (2, {"2": 260})
        after = KeyRing(bus, "dialogue")
        assert all([(await after.lease(name)).unseal("p", box) == b"x" for name, box in boxes.items()])
    finally:
        vault.terminate()
        vault.wait(10)
    assert vault.returncode == 0
