"""One program kept running: started, watched, started again when it dies, stopped with everything it started."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from services.supervising.log_file import LogFile
from services.supervising.plan import ROOT, Program

log = structlog.get_logger(__name__)

FIRST_DELAY_S: Final = 0.1
LAST_DELAY_S: Final = 5.0
STEADY_S: Final = 2.0
"""A program that ran for as long starts again at once after it dies."""
STOP_S: Final = 6.0

_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None, use_errno=True)


def tied_to(parent: int) -> Callable[[], None]:
    """What a new process runs first, so that the kernel ends it when `parent` ends, however that comes about.

    It runs between fork and exec, and so must be started by a thread that no other can keep a lock from.
    """

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the tie held
            os._exit(1)

    return tie


class Child:
    """A program and the process that runs it now. All methods belong to the supervisor's loop and its main thread:
    the kernel ends the process when the *thread* that started it ends."""

    def __init__(
        self,
        program: Program,
        log_file: LogFile,
        environment: Mapping[str, str],
        on_death: Callable[[Child], None] = lambda _: None,
    ) -> None:
        self.program = program
        self.log_file = log_file
        self.exits = 0
        self.last_exit: int | None = None
        self.started = 0.0
        """Unix time of the latest start."""
        self.ready = False
        self._environment = dict(environment)
        self._on_death = on_death
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = asyncio.Event()
        self._stopping = False
        self._kept: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the program now and keep it running until `stop`."""
        self._spawn()
        self._kept = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    def start_no_more(self) -> None:
        """Whenever it ends from now on, it stays ended."""
        self._stopping = True

    async def stop(self) -> None:
        """End it: politely, after six seconds by force, and with it whatever it started."""
        self.start_no_more()
        if self._process is not None:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._gone.wait(), STOP_S)
            except TimeoutError:
                log.warning("child_killed", unit=self.program.name)
                self.kill()
                await asyncio.wait_for(self._gone.wait(), STOP_S)
        if self._kept is not None:
            self._kept.cancel()
            await asyncio.wait({self._kept})
        self.log_file.close()

    def kill(self) -> None:
        """End it and whatever it started at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def complaint(self) -> str | None:
        """The sentence with which the program itself said why it could not start."""
        for line in reversed(self.log_file.tail):
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("event") == "unit_failed":
                    return str(entry.get("title"))
        return None

    def _spawn(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - the plan's own programs
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=self._environment,
            process_group=0,
            preexec_fn=tied_to(os.getpid()),
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        loop = asyncio.get_running_loop()
        loop.add_reader(process.stdout.fileno(), self._read, process)
        ended = os.pidfd_open(process.pid)
        loop.add_reader(ended, self._ended, process, ended)
        self._process = process
        self._gone.clear()
        self.started = time.time()

    def _read(self, process: subprocess.Popen[bytes]) -> bool:
        """Move what it wrote into the log; True if there was something."""
        assert process.stdout is not None
        try:
            data = os.read(process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        if data:
            self.log_file.write(data)
        else:
            asyncio.get_running_loop().remove_reader(process.stdout.fileno())
        return bool(data)

    def _ended(self, process: subprocess.Popen[bytes], pidfd: int) -> None:
        asyncio.get_running_loop().remove_reader(pidfd)
        os.close(pidfd)
        self.kill()  # what it started; until it is waited for, its number cannot be anybody else's
        self.last_exit = process.wait()
        assert process.stdout is not None
        while self._read(process):
            pass
        asyncio.get_running_loop().remove_reader(process.stdout.fileno())
        process.stdout.close()
        self._process = None
        self.ready = False
        self.exits += 1
        self._gone.set()

    async def _keep(self) -> None:
        delay = FIRST_DELAY_S
        while True:
            await self._gone.wait()
            if self._stopping:
                return
            lived = time.time() - self.started
            delay = FIRST_DELAY_S if lived > STEADY_S else delay
            log.warning("child_died", unit=self.program.name, status=self.last_exit, again_in_s=delay)
            self._on_death(self)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_DELAY_S)
            self._spawn()

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
