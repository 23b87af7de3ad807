"""A file for somebody is whole under its name, or not there: killed half-way, on a full disk, where one is already."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.cli import rights
from appliance.cli.new_file import new_file
from appliance.cli.person_key import make_key
from appliance.cli.rights_finding import Found
from appliance.cli.transcript import Line
from appliance.errors import Invalid, Unavailable

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import os, signal, sys
from pathlib import Path
from appliance.cli.new_file import new_file
with new_file(Path(sys.argv[1])) as file:
    file.write(b"half of it")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)), capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(("umount", "--lazy", str(place)), check=True)


@pytest.fixture(params=["unnamed", "under another name"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As file systems that have no unnamed files answer."""
    if request.param != "unnamed":
        monkeypatch.setattr(os, "O_TMPFILE", os.O_DIRECTORY)


@pytest.mark.usefixtures("_way")
def test_it_is_there_once_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "theirs"
    with new_file(file) as opened:
        opened.write(b"all of it")
        assert not file.exists()
    assert file.read_bytes() == b"all of it"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("_way")
def test_what_is_there_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "theirs", tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")

    def write() -> None:
        with new_file(file) as opened:
            opened.write(b"mine")
            file.write_bytes(b"of somebody else, meanwhile")

    with pytest.raises(Invalid, match="cannot be written: File exists"):
        write()
    assert file.read_bytes().startswith(b"of somebody")
    for taken in (file, link):
        with pytest.raises(Invalid, match="cannot be made: File exists"), new_file(taken):
            pass
    with pytest.raises(Invalid, match="cannot be made"), new_file(tmp_path / "none" / "file"):
        pass
    assert sorted(tmp_path.iterdir()) == [link, file]


@pytest.mark.usefixtures("_way")
def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with new_file(tmp_path / "theirs") as opened:
            opened.write(b"half of it")
            raise Unavailable("The box does not answer.")

    with pytest.raises(Unavailable):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_way")
def test_a_full_disk_leaves_nothing(disk: Path) -> None:
    with pytest.raises(Invalid, match="No space left on device"), new_file(disk / "theirs") as opened:
        opened.write(bytes(1 << 20))
    assert list(disk.iterdir()) == []


def test_no_key_is_left_half_on_a_full_disk(disk: Path) -> None:
    (disk / "else").write_bytes(bytes(60 << 10))
    with pytest.raises(OSError, match="No space"), (disk / "more").open("wb") as filling:
        filling.write(bytes(8 << 10))
    with pytest.raises(Invalid, match="No space left on device"):
        make_key(disk / "mine.pem", "a passphrase of some length")
    assert sorted(file.name for file in disk.iterdir()) == ["else", "more"]


@pytest.mark.process
def test_killed_it_leaves_nothing(tmp_path: Path) -> None:
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_RDWR))
    except OSError:
        pytest.skip("this file system has no unnamed files")
    command = (sys.executable, "-c", PROGRAM, str(tmp_path / "theirs"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person with two conversations, of which the second is long."""

    async def sought(*_: Any) -> Found:
        where = {"by": "phone", "where": ["event log"]}
        return Found(("a" * 32,), {"c1": where, "c2": where}, 2)

    async def read(_box: Any, name: str, _reading: str) -> list[Line]:
        return [Line(1, "now", "party", "hello" if name == "c1" else os.urandom(256 << 10).hex())]

    async def recorded(*_: Any) -> int:
        return 1

    monkeypatch.setattr(rights, "sought", sought)
    monkeypatch.setattr(rights, "read_transcript", read)
    monkeypatch.setattr(rights, "put_on_record", recorded)


@pytest.mark.usefixtures("_found")
async def test_an_export_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box: Any = SimpleNamespace()
    await rights.exported(box, (), "T-1", tmp_path / "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as pack:
        assert pack.testzip() is None
        assert sorted(pack.namelist()) == ["conversations/c1.json", "conversations/c2.json", "index.json"]

    async def lost(_box: Any, name: str, _reading: str) -> list[Line]:
        raise Unavailable("The box does not answer.")

    monkeypatch.setattr(rights, "read_transcript", lost)
    with pytest.raises(Unavailable):
        await rights.exported(box, (), "T-1", tmp_path / "other.zip")
    assert os.listdir(tmp_path) == ["whole.zip"]


@pytest.mark.usefixtures("_found")
async def test_an_export_onto_a_full_disk_is_not_there(disk: Path) -> None:
    box: Any = SimpleNamespace()
    with pytest.raises(Invalid, match="No space left on device"):
        await rights.exported(box, (), "T-1", disk / "theirs.zip")
    assert os.listdir(disk) == []
