"""However a unit fails, its log says where and not what: an exception's message may hold what somebody said."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SAID = "my card is 4111111111111111"
PROGRAM = """
import asyncio, logging, sys, threading
from services import unit
SAID = sys.argv[1]

async def fails():
    raise ValueError(SAID)

async def in_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails())

def breaks(said=None):
    raise ValueError(SAID)

async def forgotten():
    asyncio.get_running_loop().set_exception_handler(unit._unhandled)
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    del task
    asyncio.get_running_loop().call_soon(breaks, SAID)
    thread = threading.Thread(target=breaks)
    thread.start()
    thread.join()
    try:
        breaks()
    except ValueError:
        logging.getLogger("library").exception("it was told %s", SAID)
    await asyncio.sleep(0.01)

async def run(*_):
    await {"fails": fails, "in_a_group": in_a_group, "forgotten": forgotten}[sys.argv[2]]()

unit._run = run
unit.main("phone", None)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("how", "status", "events"),
    [
        ("fails", 1, ["unit_broke"]),
        ("in_a_group", 1, ["unit_broke"]),
        ("forgotten", 0, ["nobody_waited", "nobody_waited", "thread_failed"]),
    ],
)
def test_a_failure_is_told_without_its_words(how: str, status: int, events: list[str]) -> None:
    command = [sys.executable, "-c", PROGRAM, SAID, how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == status, done.stderr
    assert "4111" not in done.stdout + done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert sorted(entry["event"] for entry in told) == events
    assert {entry["error"] for entry in told} == {"ValueError"}
    assert all(any(place.endswith(("fails", "breaks")) for place in entry["at"]) for entry in told)
    assert ("ERROR library" in done.stderr) is (how == "forgotten")
