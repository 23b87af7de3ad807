"""What many tests need: the real bus as a child process, and the real data where it is."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts processes is marked so: scripts/check leaves it out."""
    for item in items:
        where = item.path.relative_to(ROOT / "tests").parts[0]
        if where in ("box", "services") or "nats_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.process)


def data_folder() -> Path:
    """The real data sets: `$B2T_DATA`, else `../shared/data` beside the checkout."""
    return Path(os.environ.get("B2T_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture
def real_data() -> Path:
    folder = data_folder()
    if not folder.is_dir():
        pytest.skip(f"the data sets are not at {folder} (set B2T_DATA)")
    return folder


@dataclass
class NatsServer:
    """A nats-server with JetStream that syncs every write, on a free port; may be killed and started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "server.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f'jetstream {{ store_dir: "{self.folder / "store"}", sync_interval: always }}\n'
        )
        binary = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or "nats-server"
        with (self.folder / "server.log").open("ab") as out:
            self.process = subprocess.Popen([binary, "-c", str(config)], stdout=out, stderr=out)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=0.2):
                return
            time.sleep(0.02)
        raise TimeoutError("nats-server did not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(5)
            self.process = None


PORTS = range(10_000, 19_968)
"""Below those that the kernel hands out, which somebody's outgoing connection may take before they are listened on."""
PORT_STEP = 32
"""So many belong to who asked for one: a range for RTP may begin there."""


def _port_bases() -> Iterator[int]:
    """From anywhere on, round and round; two workers take different ones."""
    digits = "".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "")))
    worker = int(digits or 0) % 2
    bases = list(PORTS[::PORT_STEP])[worker::2]
    start = os.getpid() * 7919 % len(bases)
    return itertools.cycle(bases[start:] + bases[:start])


_PORT_BASES = _port_bases()


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    for base in itertools.islice(_PORT_BASES, 100):
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", base))
            return base
    raise OSError("There is no free port.")


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats", free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    connection = await Bus.connect(nats_server.url, "test")
    await connection.ensure_streams()
    yield connection
    await connection.close()
