"""What every unit does around its work: configuration, log, bus, status, signals.

A unit's `__main__` calls `main("name", run)`; `run(unit)` works until it is cancelled (SIGTERM, SIGINT) and calls
`unit.ready()` once it can do its job. Several copies of a unit differ in `instance`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvloop
from prometheus_client import generate_latest

from appliance.adapters.audit_room import check_room
from appliance.adapters.nats import Bus
from appliance.adapters.places import Places
from appliance.audit.events import SENSITIVE_READS
from appliance.audit.telling import audit_subject
from appliance.config import Config, Paths, load_config
from appliance.errors import B2TError

log = structlog.get_logger(__name__)

STOP_S = 5.0
TELL_S = 1.0


@dataclass(slots=True)
class Unit:
    """One running process of a kind, with what it was given at start."""

    name: str
    instance: str
    paths: Paths
    config: Config
    bus: Bus
    arguments: list[str]
    started: float = field(default_factory=time.time)
    parts: dict[str, str] = field(default_factory=dict)
    """What the unit depends on and how it is: `ok`, or one fixed sentence on what is wrong."""
    is_ready: bool = False
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.paths.secrets / "places.key")

    def ready(self) -> None:
        self.is_ready = True
        log.info("unit_ready", took_s=round(time.time() - self.started, 3))

    async def audit(self, action: str, *, message_id: str | None = None, **fields: str | int | bool | None) -> None:
        """Tell scribe of something done; see `appliance.audit` for the actions. Never free text or personal data. What
        is told again with its `message_id`, within minutes, is in the log once.

        Raises Unavailable where it cannot be put on record; a sensitive read is refused earlier, at the reserve.
        """
        if action in SENSITIVE_READS:
            check_room(self.paths.root, self.config.audit.reserve_mib)
        told = {name: value for name, value in fields.items() if value is not None}
        entry = {"actor": self.name, "action": action, "at": time.time_ns(), **told}
        told_as = json.dumps(entry, separators=(",", ":")).encode()
        await self.bus.append(audit_subject(self.name), told_as, message_id=message_id)

    async def audit_soon(self, action: str, **fields: str | int | bool | None) -> None:
        """The same for what is over already: what cannot be told in a second is in this unit's log alone."""
        try:
            await asyncio.wait_for(self.audit(action, message_id=None, **fields), TELL_S)
        except (B2TError, TimeoutError):
            log.warning("audit_not_taken", action=action)

    def place(self, address: str) -> str:
        """From where, as the audit log may have it: the address's keyed hash. Raises Unavailable."""
        return self.places.name(address)

    async def status(self, request: bytes) -> bytes:
        if request == b"metrics":
            return generate_latest()
        return json.dumps(
            {
                "unit": self.name,
                "instance": self.instance,
                "pid": os.getpid(),
                "ready": self.is_ready,
                "started": self.started,
                "parts": self.parts,
            }
        ).encode()


Run = Callable[[Unit], Awaitable[None]]


def main(name: str, run: Run) -> None:
    """Run one unit until it is told to stop. Exit status 1 where it cannot start, with one sentence on why."""
    parser = argparse.ArgumentParser(prog=f"services.{name}")
    parser.add_argument("--data-dir")
    parser.add_argument("--instance", default="1")
    options, rest = parser.parse_known_args()
    configure_log(name, options.instance)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold what people said
    gc.freeze()  # what was imported stays: no collection looks through it again
    try:
        uvloop.run(_run(name, options.instance, Paths.of(options.data_dir), rest, run))
    except B2TError as error:
        log.error("unit_failed", code=error.code, title=error.title)
        sys.exit(1)
    except Exception:
        log.exception("unit_broke")  # the interpreter itself would print what the exception says
        sys.exit(1)


async def _run(name: str, instance: str, paths: Paths, arguments: list[str], run: Run) -> None:
    asyncio.get_running_loop().set_exception_handler(_unhandled)
    config = load_config(paths)
    seed = paths.bus_seed(name)
    bus = await Bus.connect(
        f"nats://{config.bus.host}:{config.bus.port}", name, seed if seed.exists() else None, wait_s=30
    )
    unit = Unit(name, instance, paths, config, bus, arguments)
    stop_status = await bus.serve(f"b2t.status.{name}.{instance}", unit.status)
    stop_group = await bus.serve(f"b2t.status.{name}", unit.status, queue=name)
    telling = asyncio.create_task(unit.audit_soon("unit_started", unit=name, instance=instance), name="audit start")
    work = asyncio.ensure_future(run(unit))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        log.info("unit_stopping")
    finally:
        await stop_status()
        await stop_group()
        await telling
        await unit.audit_soon("unit_stopped", unit=name, instance=instance)
        await asyncio.wait_for(bus.close(), STOP_S)


def configure_log(unit: str, instance: str) -> None:
    """JSON lines on standard error. Messages are fixed; a field named in `PERSONAL_FIELDS` is dropped, always."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _drop_personal,
            _plain_exception,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(unit=unit, instance=instance)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlacesOnly("%(levelname)s %(name)s %(filename)s:%(lineno)d"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    threading.excepthook = lambda args: log.error("thread_failed", exc_info=args.exc_value)
    sys.unraisablehook = lambda args: log.error("not_raised", exc_info=args.exc_value)


class PlacesOnly(logging.Formatter):
    """Of a library's log line: where it comes from, not its words, which may quote what somebody said."""

    def formatException(self, ei: Any) -> str:
        return "\n".join((type(ei[1]).__name__, *_places(ei[1])))


def _unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What nobody waited for. asyncio's own handler prints the exception's message and the callback's arguments."""
    error = context.get("exception")
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else None
    log.error("nobody_waited", task=name, exc_info=error)


PERSONAL_FIELDS = frozenset({"text", "caller", "account", "digits", "value", "transcript", "password", "token", "data"})


def _drop_personal(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if key not in PERSONAL_FIELDS}


def _plain_exception(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where an exception happened, but not its message, which may hold what somebody said."""
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        event["error"] = type(error).__name__
        event["at"] = _places(error)
    return event


def _places(error: BaseException | None) -> list[str]:
    places: list[str] = []
    trace = error.__traceback__ if error else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{os.path.relpath(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
