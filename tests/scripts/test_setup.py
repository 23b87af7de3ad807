"""`scripts/setup` where it cannot do its work: one sentence and exit status 1."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port

pytestmark = pytest.mark.process


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as setup needs before it has anything installed."""
    place = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", place / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "requirements", place / "requirements")
    return place


def setup(
    checkout: Path, *arguments: str, script: str = "setup", **environment: str
) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "VIRTUAL_ENV"))}
    return subprocess.run(
        (str(checkout / "scripts" / script), *arguments),
        env=plain | environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("setup: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return lines[0].removeprefix("setup: ")


def only(folder: Path, *programs: str) -> str:
    """A PATH with these programs of the machine alone."""
    folder.mkdir()
    for program in programs:
        found = shutil.which(program)
        assert found, program
        (folder / program).symlink_to(found)
    return str(folder)


TOOLS = (
    "sh",
    "dirname",
    "date",
    "mkdir",
    "cat",
    "sha256sum",
    "cut",
    "flock",
    "grep",
    "tail",
    "sleep",
    "rm",
    "id",
    "df",
)


def test_no_python_at_all(checkout: Path, tmp_path: Path) -> None:
    said = complaint(setup(checkout, PATH=only(tmp_path / "bin", *TOOLS)))
    assert said.startswith("B2T Voice runs on Python 3.11 or 3.12, and this machine has none:")


def test_an_unsupported_python(checkout: Path, tmp_path: Path) -> None:
    path = only(tmp_path / "bin", *TOOLS)
    old = Path(path) / "python3"
    old.write_text("#!/bin/sh\necho 3.9\n")
    old.chmod(0o755)
    assert "this machine has 3.9:" in complaint(setup(checkout, PATH=path))


def test_what_the_setting_names_is_not_a_python_for_it(checkout: Path, tmp_path: Path) -> None:
    """Although the machine has one that is: what somebody named is not passed over in silence."""
    new = tmp_path / "python3"
    new.write_text("#!/bin/sh\necho 3.13\n")
    new.chmod(0o755)
    assert f"B2T_PYTHON names {new}, which is 3.13." in complaint(setup(checkout, B2T_PYTHON=str(new)))
    assert "which is no Python that runs." in complaint(setup(checkout, B2T_PYTHON="no-such-python"))


def test_no_network(checkout: Path) -> None:
    """The index is a port of this machine that nobody listens on."""
    done = setup(
        checkout,
        PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple",
        PIP_RETRIES="0",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert complaint(done).startswith("The packages cannot be fetched, because no package index can be reached")
    assert "making an environment" in done.stdout, "it says what it is doing"


def test_neither_venv_nor_pip_for_an_ordinary_user(checkout: Path, tmp_path: Path) -> None:
    path = only(tmp_path / "bin", *TOOLS)
    bare = Path(path) / "python3.11"
    bare.write_text(
        '#!/bin/sh\ncase "$*" in\n*version_info*1\\]*) echo 11 ;;\n*version_info*) echo 3.11 ;;\n'
        '*_base_executable*) echo "$0" ;;\n*) exit 1 ;;\nesac\n'
    )
    bare.chmod(0o755)
    said = complaint(setup(checkout, PATH=path))  # no apt-get there, so it is the same for root
    assert said.startswith("This Python has neither venv nor pip")
    assert "apt-get install python3.11-venv" in said


def test_a_read_only_checkout(checkout: Path) -> None:
    done = subprocess.run(("mount", "--bind", str(checkout), str(checkout)), capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this user may not mount")
    try:
        subprocess.run(("mount", "-o", "remount,ro,bind", str(checkout)), check=True)
        assert "cannot be written by this user" in complaint(setup(checkout))
    finally:
        subprocess.run(("umount", str(checkout)), check=True)


def test_a_full_disk(checkout: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)), capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    try:
        shutil.copytree(checkout, disk / "checkout")
        assert "is full: " in complaint(setup(disk / "checkout"))
        (disk / "checkout" / ".venv").mkdir()  # as if it had filled up half-way
        assert "is full: make room" in complaint(setup(disk / "checkout"))
    finally:
        subprocess.run(("umount", str(disk)), check=True)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--nonsense", "there is no option --nonsense."),
        ("--data-dir", "--data-dir wants a folder."),
        ("x", "option x."),
    ],
)
def test_run_looks_at_its_options_before_it_installs(checkout: Path, argument: str, said: str) -> None:
    done = setup(checkout, argument, script="run")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert not (checkout / ".tools").exists()


def test_run_helps_at_once(checkout: Path) -> None:
    done = setup(checkout, "--help", script="run")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: scripts/run [--data-dir DIR] [--json]")
    assert not (checkout / ".tools").exists()


@pytest.mark.parametrize("script", ["setup", "check", "pages"])
def test_a_wrong_argument_is_a_usage_error(checkout: Path, script: str) -> None:
    done = setup(checkout, "--nonsense", script=script)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
