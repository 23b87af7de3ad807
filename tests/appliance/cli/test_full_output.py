"""An answer that cannot be written is one sentence and exit status 1, for every command alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.process
@pytest.mark.parametrize("arguments", [("agents", "schema"), ("vault", "root-line", "1", "--json")])
def test_on_a_full_disk(arguments: tuple[str, ...]) -> None:
    command = (sys.executable, "-m", "appliance.cli", *arguments)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=ROOT, timeout=60)
    assert done.stderr.decode() == "b2t: A file cannot be used: No space left on device.\n"
    assert done.returncode == 1
