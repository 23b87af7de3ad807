"""What a command makes on its way is gone when the command is: done, failed, killed, or out of room."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.cli.scratch import scratch
from appliance.errors import Invalid, Unavailable

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys, tempfile, time
from pathlib import Path
from appliance.cli.scratch import scratch
with scratch("b2t-tried-") as folder:
    (folder / "said").write_text("something")
    sys.stdout.write(f"{folder}\\n")
    sys.stdout.flush()
    time.sleep(120)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)), capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(("umount", "--lazy", str(place)), check=True)


def test_it_is_there_for_the_command_and_its_children_and_then_gone(tmp_path: Path) -> None:
    before = os.environ.get("TMPDIR")
    with scratch("b2t-tried-", str(tmp_path)) as folder:
        (folder / "file").write_text("x")
        child = subprocess.run(
            (sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"), capture_output=True, text=True
        )
        assert child.stdout.strip() == str(folder)
    assert list(tmp_path.iterdir()) == []
    assert os.environ.get("TMPDIR") == before
    with pytest.raises(Unavailable), scratch("b2t-tried-", str(tmp_path)):
        raise Unavailable("The engines ended before their time.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killed_it_leaves_nothing(tmp_path: Path, number: int) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-c", PROGRAM)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert (folder / "said").read_text() == "something"
        process.send_signal(number)
    deadline = time.monotonic() + 60
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence(disk: Path) -> None:
    def fill(error: Exception) -> None:
        with scratch("b2t-tried-", str(disk)) as folder:
            try:
                (folder / "file").write_bytes(bytes(1 << 20))
            except OSError:
                raise error from None

    for error in (OSError(28, "No space left on device"), Unavailable("The engines ended before their time.")):
        with pytest.raises(Invalid, match="no room left"):
            fill(error)
        assert list(disk.iterdir()) == []
    with pytest.raises(Invalid, match="No temporary folder"), scratch("b2t-tried-", str(disk / "none")):
        pass


def test_another_failure_stays_what_it_is(tmp_path: Path) -> None:
    assert tempfile.gettempdir()
    with pytest.raises(Unavailable, match="before their time"), scratch("b2t-tried-", str(tmp_path)):
        raise Unavailable("The engines ended before their time.")
