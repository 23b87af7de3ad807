"""The supervisor with a real bus and stub units: starts, mends, stops, and says why it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus
from appliance.config import Paths, load_config
from appliance.errors import Unavailable
from services.supervising import preflight
from tests.conftest import ROOT, free_port
from tests.fakes.stub_box import UNITS

pytestmark = pytest.mark.box
NAMES = {"bus-1", *(f"{unit}-{instance}" for unit, instance in UNITS)}


@dataclass
class StubBox:
    """One stub box on free ports."""

    folder: Path
    process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and read what it prints until it is ready or ends."""
        self.process = subprocess.Popen(
            (sys.executable, "-m", "tests.fakes.stub_box", str(self.folder)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        return said

    def refuse(self) -> str:
        """Start it where it must not come up: the one sentence it says, having left nothing behind."""
        assert "ready" not in self.start()
        assert self.process is not None
        _, complaint = self.process.communicate(timeout=20)
        assert self.process.returncode == 1
        assert complaint.startswith("b2t: ")
        assert complaint.count("\n") == 1, complaint
        assert "Traceback" not in complaint
        return complaint.removeprefix("b2t: ").strip()

    def status(self) -> dict[str, dict[str, object]]:
        """What the supervisor says of its programs; nothing while the bus does not answer."""
        with contextlib.suppress(Unavailable):
            return asyncio.run(self._ask())
        return {}

    async def _ask(self) -> dict[str, dict[str, object]]:
        paths = Paths(self.folder)
        port = load_config(paths).bus.port
        bus = await Bus.connect(f"nats://127.0.0.1:{port}", "operator", paths.bus_seed("operator"), wait_s=1)
        try:
            rows = json.loads(await bus.request("b2t.status.supervisor", b"", timeout_s=1))["children"]
        finally:
            await bus.close()
        return {f"{row['unit']}-{row['instance']}": row for row in rows}

    def pids(self) -> dict[str, int]:
        return {name: int(str(row["pid"])) for name, row in self.status().items() if row["pid"]}

    def end(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def box(tmp_path: Path) -> Iterator[StubBox]:
    folder = tmp_path / "data"
    folder.mkdir()
    write_config(folder)
    made = StubBox(folder)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGKILL)


def write_config(folder: Path) -> None:
    (folder / "config.toml").write_text(
        f"[bus]\nport = {free_port()}\n[gateway]\nport = {free_port()}\n"
        f"[phone]\nport = {free_port(socket.SOCK_DGRAM)}\n"
    )


def belonging(folder: Path) -> list[int]:
    """Every living process that was given this data folder, or a parent's process group, by its command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if str(folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def eventually(true: Callable[[], bool], within_s: float = 40) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.05)


def came_back(box: StubBox, name: str, old: int) -> bool:
    row = box.status().get(name)
    return row is not None and bool(row["ready"]) and row["pid"] != old


def test_starts_says_where_it_answers_and_ctrl_c_leaves_nothing(box: StubBox) -> None:
    said = box.start()
    for words in ("/sign-in", "/demo", "sip:1000@127.0.0.1:", str(box.folder), "Ctrl-C"):
        assert words in said
    pids = box.pids()
    assert set(pids) == NAMES
    assert box.end(signal.SIGINT) == 0
    assert not [pid for pid in pids.values() if alive(pid)]
    assert belonging(box.folder) == []


def test_kill_9_of_the_supervisor_leaves_nothing(box: StubBox) -> None:
    box.start()
    pids = box.pids()
    box.end(signal.SIGKILL)
    eventually(lambda: not any(map(alive, pids.values())), 5)
    assert belonging(box.folder) == []


def test_whatever_is_killed_comes_back_and_the_others_stay(box: StubBox) -> None:
    box.start()
    before = box.pids()
    for name in sorted(NAMES):
        os.kill(before[name], signal.SIGKILL)
        eventually(lambda name=name, old=before[name]: came_back(box, name, old))  # type: ignore[misc]
        after = box.pids()
        assert {one: pid for one, pid in after.items() if one != name} == {
            one: pid for one, pid in before.items() if one != name
        }
        before = after
    assert all(row["exits"] == 1 for row in box.status().values())
    assert box.end() == 0


def waits(folder: Path) -> list[float]:
    """Seconds the supervisor let pass before each new start, by its log."""
    lines = (folder / "logs" / "supervisor-1.log").read_text().splitlines()
    died = [json.loads(line) for line in lines if '"child_died"' in line]
    return [entry["again_in_s"] for entry in died]


def test_a_unit_that_keeps_dying_is_started_ever_more_slowly(box: StubBox) -> None:
    box.start()
    (box.folder / "behave-vault").write_text("fail")
    os.kill(box.pids()["vault-1"], signal.SIGKILL)
    eventually(lambda: len(waits(box.folder)) >= 5, 40)
    assert waits(box.folder)[:5] == [0.1, 0.2, 0.4, 0.8, 1.6]
    (box.folder / "behave-vault").unlink()
    eventually(lambda: bool(box.status()["vault-1"]["ready"]))
    assert box.end() == 0


def test_what_a_unit_started_ends_with_it(box: StubBox) -> None:
    (box.folder / "behave-vault").write_text("parent")
    box.start()
    vault = box.pids()["vault-1"]
    grandchild = int(Path(f"/proc/{vault}/task/{vault}/children").read_text().split()[0])
    os.kill(vault, signal.SIGKILL)
    eventually(lambda: not alive(grandchild))
    eventually(lambda: bool(box.status()["vault-1"]["ready"]))
    vault = box.pids()["vault-1"]
    grandchild = int(Path(f"/proc/{vault}/task/{vault}/children").read_text().split()[0])
    assert box.end() == 0
    assert not alive(grandchild)


def test_a_unit_that_will_not_stop_is_ended(box: StubBox) -> None:
    (box.folder / "behave-phone").write_text("deaf")
    box.start()
    pids = box.pids()
    assert box.end() == 0
    assert not any(map(alive, pids.values()))


def test_an_interrupt_that_comes_twice_at_once_still_stops_in_order(box: StubBox) -> None:
    box.start()
    assert box.process is not None
    box.process.send_signal(signal.SIGINT)
    assert box.end(signal.SIGINT) == 0
    assert waits(box.folder) == []
    assert "child_killed" not in (box.folder / "logs" / "supervisor-1.log").read_text()
    for unit, instance in UNITS:
        assert "unit_stopping" in (box.folder / "logs" / f"{unit}-{instance}.log").read_text()


def test_a_unit_that_cannot_start_is_named_with_its_own_words(box: StubBox) -> None:
    (box.folder / "behave-phone").write_text("fail")
    complaint = box.refuse()
    assert complaint.startswith("phone-1 does not start: The stub was told to fail.")
    assert belonging(box.folder) == []


def test_a_second_copy_on_the_same_folder(box: StubBox) -> None:
    box.start()
    assert box.process is not None
    second = StubBox(box.folder)
    assert f"already running on {box.folder} (process {box.process.pid})" in second.refuse()
    assert set(box.pids()) == NAMES
    assert box.end() == 0


@pytest.mark.parametrize(
    ("kind", "setting", "named"),
    [
        (socket.SOCK_STREAM, "bus.port", "TCP port"),
        (socket.SOCK_STREAM, "gateway.port", "TCP port"),
        (socket.SOCK_DGRAM, "phone.port", "UDP port"),
    ],
)
def test_a_port_in_use_is_named_with_its_holder(box: StubBox, kind: int, setting: str, named: str) -> None:
    section, key = setting.split(".")
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        (box.folder / "config.toml").write_text(
            f"[bus]\nport = {free_port()}\n[gateway]\nport = {free_port()}\n[phone]\nport = {free_port(2)}\n".replace(
                f"[{section}]\nport = ", f"[{section}]\n{key} = {port} # "
            )
        )
        complaint = box.refuse()
    assert complaint.startswith(f"{named} {port} on 127.0.0.1, for ")
    assert f"(process {os.getpid()})" in complaint
    assert setting in complaint


def test_a_mistake_in_the_configuration_names_the_setting(box: StubBox) -> None:
    (box.folder / "config.toml").write_text("[phone]\nport = 70000\n")
    assert "phone.port: Input should be less than or equal to 65535" in box.refuse()
    (box.folder / "config.toml").write_text("[phone]\nprot = 5060\n")
    assert "phone.prot: Extra inputs are not permitted" in box.refuse()
    (box.folder / "config.toml").write_text("[phone\n")
    assert "config.toml: Expected" in box.refuse()


def test_the_data_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "is not a folder" in StubBox(tmp_path / "data").refuse()


@contextlib.contextmanager
def mounted(place: Path, options: str) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    done = subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)), capture_output=True)
    if done.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    try:
        yield
    finally:
        subprocess.run(("umount", str(place)), check=True)


def test_a_read_only_disk(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "ro,size=1m"):
        for folder in (tmp_path / "disk", tmp_path / "disk" / "data"):
            assert "is read-only: name a folder that can be written" in StubBox(folder).refuse()


def test_a_full_disk_and_one_with_too_little_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "size=1m"):
        assert "MiB are free on the disk" in StubBox(disk / "data").refuse()
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        assert "is full: make room" in StubBox(disk / "data").refuse()


def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    assert "cannot be written by this user" in StubBox(tmp_path / "data").refuse()


def test_an_unsupported_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(preflight.NotStarted, match=r"Python 3\.11 or 3\.12, and this is 3\.10"):
        preflight.check_python()


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    lock = preflight.take_lock(Paths(tmp_path))
    with pytest.raises(preflight.NotStarted):
        preflight.take_lock(Paths(tmp_path))
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
    os.close(preflight.take_lock(Paths(tmp_path)))


def test_everything_written_is_for_its_owner_alone(box: StubBox) -> None:
    box.start()
    box.end()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in box.folder.rglob("*") if path.name != "config.toml"}
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
