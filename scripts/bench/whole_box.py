"""What the benches of a whole running box share: the machine in words, percentiles, and what its processes use."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from tests.box.conftest import Box

ROOT: Final = Path(__file__).resolve().parents[2]
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for JSON alone
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    """What the figures were taken on, and how busy that was with other things."""
    models = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    }
    return {
        "processor": ", ".join(sorted(models)) or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def summary(values: Iterable[float]) -> dict[str, float]:
    """Milliseconds, as a row of a table."""
    found = list(values)
    if not found:
        return {"n": 0}
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    return {
        **{name: round(percentile(found, share), 1) for name, share in shares.items()},
        "max": round(max(found), 1),
        "n": len(found),
    }


def fsync_ms(folder: Path, times: int = 100) -> dict[str, float]:
    """What one small durable write costs on that disk."""
    found = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(b"x" * 500)
            file.flush()
            os.fsync(file.fileno())
            found.append((time.perf_counter() - started) * 1000)
    return {name: round(value, 3) for name, value in summary(found).items()}


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used since it started."""

    name: str
    cpu_s: float
    rss_mib: float
    pss_mib: float
    """Its share of memory: pages used by several processes are counted once over all of them."""


def tree(root: int) -> dict[int, Used]:
    """The process `root` and all below it. The time of ended children is their parent's."""
    parents = {pid: int(fields[1]) for pid in _pids() if (fields := _stat(pid))}
    chosen = {root}
    while more := {pid for pid, parent in parents.items() if parent in chosen} - chosen:
        chosen |= more
    return {pid: used for pid in sorted(chosen) if (used := _used(pid)) is not None}


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _used(pid: int) -> Used | None:
    fields = _stat(pid)
    if not fields:
        return None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        rollup = dict(
            (key, int(rest.split()[0]))
            for key, _, rest in (
                line.partition(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
            )
        )
    except (OSError, ValueError):
        return None
    cpu = sum(int(fields[place]) for place in range(11, 15)) / _TICKS
    return Used(_name(command), round(cpu, 2), round(rollup["Rss"] / 1024, 1), round(rollup["Pss"] / 1024, 1))


def _name(command: Sequence[str]) -> str:
    module = next((part for part in command if part.startswith("services.")), None)
    if module is None:
        return "supervisor" if "up" in command else Path(command[0]).name
    copy = command[command.index("--instance") + 1] if "--instance" in command else "1"
    return f"{module.removeprefix('services.')}-{copy}"


def table(rows: Sequence[Mapping[str, Any]]) -> None:
    """On standard error, so that standard output is JSON alone."""
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([str(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    for line in cells:
        text = "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        sys.stderr.write(text.rstrip() + "\n")


def judged_on_a_box(measure: Callable[[Box], Coroutine[Any, Any, Mapping[str, object]]]) -> int:
    """Print what was measured on a whole box of its own; the exit status, 1 where that is not `passed`."""
    from tests.box.conftest import Box

    with tempfile.TemporaryDirectory() as folder:
        box = Box.make(Path(folder) / "data")
        box.start()
        try:
            found = asyncio.run(measure(box))
        finally:
            box.stop()
    report(found)
    return 0 if found["passed"] else 1


def report(found: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({"machine": machine(), **found}, indent=1) + "\n")
