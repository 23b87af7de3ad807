"""Real-time scheduling is taken where it may be, and given back by a process that spins."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SPIN = """
import os, time
from services.phone.priority import prefer_sound
print(prefer_sound(), os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)
until = time.monotonic() + 10
while os.sched_getscheduler(0) != os.SCHED_OTHER and time.monotonic() < until:
    pass
print(os.sched_getscheduler(0))
"""


def test_a_spinning_process_gives_it_back() -> None:
    out = subprocess.run([sys.executable, "-c", SPIN], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    lines = [line for line in out.stdout.splitlines() if not line.startswith(("{", "20"))]
    first, last = lines[0].split(), lines[-1]
    if first[0] != "real-time":
        pytest.skip("this machine does not allow real-time scheduling")
    assert int(first[1]) == os.SCHED_RR
    assert int(last) == os.SCHED_OTHER
