"""Starts nats-server and every unit on one machine, keeps them running and stops them all (`b2t up`).

In production systemd does this; here it is one process, so that one command makes a box and Ctrl-C leaves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TextIO, cast

import structlog

from appliance.adapters.nats import Bus
from appliance.adapters.nats_server import write_server_config
from appliance.config import Config, Paths, load_config
from appliance.errors import B2TError, Unavailable
from services.supervising.announcement import Progress, addresses
from services.supervising.child import Child, tied_to
from services.supervising.log_file import LogFile, LogText
from services.supervising.plan import CHANNELS, Program, bus_program, environment, programs
from services.supervising.preflight import NotStarted, check_folder, check_ports, check_python, take_lock
from services.unit import configure_log

log = structlog.get_logger(__name__)

START_WITHIN_S: Final = 120.0
REST_AFTER_S: Final = 4.0
BUS_WITHIN_S: Final = 10.0
ASK_EVERY_S: Final = 0.05
TRIES_AT_START: Final = 5
"""A program that ends as often before it was ever ready will not come up by itself."""

Plan = Callable[[Paths, Config], Sequence[Program]]


class Supervisor:
    """One box. `run` returns when `stop` was called; it raises NotStarted where the box does not come up."""

    def __init__(self, paths: Paths, config: Config, progress: Progress, plan: Plan = programs) -> None:
        self._paths, self._config, self._progress, self._plan = paths, config, progress, plan
        self._stop = asyncio.Event()
        self._bus: Bus | None = None
        self._server: Child | None = None
        self._units: list[Child] = []
        self._watching: set[asyncio.Task[None]] = set()
        self._began = time.time()
        self._clocks = time.time() - time.monotonic()
        self._ready = False
        self._stop_asked = 0.0

    def stop(self) -> None:
        """Stop everything; asked again a second or more later, without waiting for anything."""
        now = time.monotonic()
        if not self._stop.is_set():
            self._stop_asked = now  # the same Ctrl-C may come twice, by way of a program that passes it on
        elif now - self._stop_asked > 1:
            for child in self._everything():
                child.kill()
        for child in self._everything():
            child.start_no_more()
        self._stop.set()

    async def run(self) -> None:
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        starting = asyncio.create_task(self._start(), name="start")
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self._ready = True
                await stopping
        finally:
            starting.cancel()
            await asyncio.wait({starting})
            stopping.cancel()
            await self._stop_all()

    async def _start(self) -> None:
        await self._start_bus()
        self._units = [self._child(program) for program in self._plan(self._paths, self._config)]
        waiting: set[asyncio.Task[None]] = set()
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await self._start_in_turn(waiting)
        except TimeoutError:
            late = ", ".join(child.program.name for child in self._units if not child.ready)
            raise NotStarted(f"Not ready after {START_WITHIN_S:.0f} s: {late}. See {self._paths.logs}.") from None
        finally:
            for task in waiting:
                task.cancel()
        for child in self._everything():
            self._watch(child)
        link = await setup_link(self._paths)
        self._progress.announce(addresses(self._paths, self._config, link))

    async def _start_in_turn(self, waiting: set[asyncio.Task[None]]) -> None:
        """Start what a call needs; once that is ready, or late, the rest. Returns when every unit can do its work."""
        for can_wait in (False, True):
            for child in self._units:
                if child.program.can_wait is can_wait:
                    child.start()
                    waiting.add(asyncio.create_task(self._first_ready(child), name=child.program.name))
            limit = REST_AFTER_S if not can_wait else None
            done, _ = await asyncio.wait(waiting, timeout=limit, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()

    async def _start_bus(self) -> None:
        config = self._config.bus
        self._server = self._child(bus_program(write_server_config(self._paths, config)))
        self._server.start()
        url = f"nats://{config.host}:{config.port}"
        try:
            self._bus = await Bus.connect(url, "supervisor", self._paths.bus_seed("supervisor"), wait_s=BUS_WITHIN_S)
            await self._bus.ensure_streams(self._config.retention.event_log_days)
        except B2TError as error:
            raise NotStarted(
                f"The message bus did not start: {error.title} See {self._server.log_file.file}."
            ) from None
        self._server.ready = True
        await self._bus.serve("b2t.status.supervisor", self._status)
        self._progress.step("message bus")

    def _child(self, program: Program) -> Child:
        log_file = LogFile(self._paths.logs / f"{program.name}.log")
        return Child(program, log_file, environment(), on_death=self._died)

    def _died(self, child: Child) -> None:
        self._progress.note(f"{child.program.name} died (status {child.last_exit}) and is started again.")

    async def _first_ready(self, child: Child) -> None:
        while not await self._ask_ready(child):
            if child.exits >= TRIES_AT_START:
                said = child.complaint() or f"it ended with status {child.last_exit}."
                raise NotStarted(f"{child.program.name} does not start: {said} See {child.log_file.file}.")
            await asyncio.sleep(ASK_EVERY_S)
        self._progress.step(child.program.name)

    async def _ask_ready(self, child: Child) -> bool:
        """Whether the process that runs now (not one before it) says that it is ready."""
        assert self._bus is not None
        if child is self._server:
            child.ready = child.pid is not None and self._bus.connected
            return child.ready
        subject = f"b2t.status.{child.program.unit}.{child.program.instance}"
        try:
            status = json.loads(await self._bus.request(subject, b"", timeout_s=1.0))
        except (Unavailable, ValueError):
            return False
        child.ready = bool(status.get("ready")) and status.get("pid") == child.pid
        return child.ready

    def _watch(self, child: Child) -> None:
        """Note when a program that died is back."""

        async def watch() -> None:
            while True:
                await asyncio.sleep(ASK_EVERY_S * 4)
                if not child.ready and await self._ask_ready(child):
                    self._progress.note(f"{child.program.name} is back (start number {child.exits + 1}).")

        task = asyncio.create_task(watch(), name=f"watch {child.program.name}")
        self._watching.add(task)

    async def _status(self, _request: bytes) -> bytes:
        rows = [_row(child) for child in self._everything()]
        status = {"unit": "supervisor", "pid": os.getpid(), "ready": self._ready, "started": self._began}
        stepped = time.time() - time.monotonic() - self._clocks
        return json.dumps({**status, "clock_stepped_s": round(stepped, 3), "children": rows}).encode()

    def _everything(self) -> list[Child]:
        return [self._server, *self._units] if self._server else self._units

    async def _stop_all(self) -> None:
        """Channels first, then the units behind them, then the bus that carries what they still have to say."""
        for task in self._watching:
            task.cancel()
        self._progress.note("Stopping ...")
        channels = [child for child in self._units if child.program.unit in CHANNELS]
        others = [child for child in self._units if child.program.unit not in CHANNELS]
        for group in (channels, others):
            await asyncio.gather(*(child.stop() for child in group))
        if self._bus is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bus.close(), 2)
        if self._server is not None:
            await self._server.stop()
        self._progress.note("Stopped.")


def _row(child: Child) -> dict[str, Any]:
    return {
        "name": child.program.name,
        "unit": child.program.unit,
        "instance": child.program.instance,
        "pid": child.pid,
        "ready": child.ready,
        "started": child.started,
        "exits": child.exits,
        "last_exit": child.last_exit,
        "log": str(child.log_file.file),
    }


async def setup_link(paths: Paths) -> str | None:
    """The link for the first administrator, from the gateway's own program; None once there is one, or without it."""
    command = (sys.executable, "-m", "services.gateway.setup_link", "--data-dir", str(paths.root))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
        preexec_fn=tied_to(os.getpid()),
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return out.decode().strip() or None if process.returncode == 0 else None


def up(data_dir: str | Path | None, *, as_json: bool = False, plan: Plan = programs) -> int:
    """Run a box until Ctrl-C or SIGTERM; the exit status. What stops it from starting is one sentence on stderr."""
    os.umask(0o077)
    try:
        check_python()
        paths = Paths.of(data_dir)
        check_folder(paths)
        take_lock(paths)
        config = load_config(paths)
        check_ports(config)
        log_to(LogFile(paths.logs / "supervisor-1.log"))
        asyncio.run(_run(Supervisor(paths, config, Progress(as_json=as_json), plan)))
    except B2TError as error:
        sys.stderr.write(f"b2t: {error.title}\n")
        return 1
    return 0


def log_to(log_file: LogFile) -> None:
    """The supervisor's own log goes where the units' logs go: the terminal is for the person."""
    configure_log("supervisor", "1")
    text = LogText(log_file)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, text)))
    logging.basicConfig(level=logging.WARNING, stream=text, format="%(levelname)s %(name)s", force=True)


async def _run(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    await supervisor.run()
