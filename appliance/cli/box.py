"""A connection to the box on this machine, with the operator's own credentials."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import structlog
import typer

from appliance.adapters.nats import Bus
from appliance.cli.output import NotRunning, Output
from appliance.config import Config, Paths, load_config
from appliance.errors import B2TError, Unavailable

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="B2T_DATA_DIR", help="The box's data folder.", show_default="./data"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class Box:
    """A running box, and where its files are."""

    paths: Paths
    config: Config
    bus: Bus


@asynccontextmanager
async def connected(paths: Paths) -> AsyncIterator[Box]:
    """Connect as `operator`. Raises NotRunning where nothing answers or this user may not."""
    config = load_config(paths)
    seed = paths.bus_seed("operator")
    try:
        readable = os.access(seed, os.R_OK) if seed.exists() else None
    except PermissionError:
        readable = False
    if readable is None:
        raise NotRunning(f"There is no box on {paths.root}: `b2t up` makes and starts one.")
    if not readable:
        raise NotRunning(f"This user may not read the operator's key {seed}.")
    url = f"nats://{config.bus.host}:{config.bus.port}"
    try:
        bus = await Bus.connect(url, "operator", seed, wait_s=CONNECT_S)
    except Unavailable:
        raise NotRunning(f"The box on {paths.root} is not running: `b2t up` starts it.") from None
    try:
        yield Box(paths, config, bus)
    finally:
        await bus.close()


def run(out: Output, data_dir: Path | None, work: Callable[[Box], Awaitable[T]]) -> T:
    """Do `work` on the running box; what goes wrong ends the command with its sentence and exit status."""

    async def go() -> T:
        async with connected(Paths.of(data_dir)) as box:
            return await work(box)

    quiet()
    try:
        return asyncio.run(go())
    except B2TError as error:
        out.fail(error)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def reachable(host: str) -> str:
    """Where this machine itself reaches a unit that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def quiet() -> None:
    """A command's answer is its output; what libraries log would only stand in its way."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.disable(logging.ERROR)
