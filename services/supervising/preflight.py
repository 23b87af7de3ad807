"""What is looked at before anything starts; each finding is one sentence that says what to do."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from pathlib import Path

from appliance.adapters.machine import free_bytes, port_holder
from appliance.config import Config, Paths
from appliance.errors import Unavailable

MIN_FREE_BYTES = 256 << 20
PYTHONS = ((3, 11), (3, 12))


class NotStarted(Unavailable):
    """The box cannot start; the title is the whole story, for a person to read."""

    code, retryable = "not-started", False


def check_python() -> None:
    if sys.version_info[:2] not in PYTHONS:
        have = ".".join(map(str, sys.version_info[:2]))
        raise NotStarted(f"B2T Voice runs on Python 3.11 or 3.12, and this is {have}.")


def check_folder(paths: Paths) -> None:
    """The data folder exists, is ours alone, can be written and has room."""
    root = paths.root
    probe = root / ".write-probe"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with probe.open("wb") as out:
            out.write(bytes(4096))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise NotStarted(_folder_complaint(root, error)) from None
    finally:
        _remove(probe)
    free = free_bytes(root)
    if free < MIN_FREE_BYTES:
        raise NotStarted(
            f"Only {free >> 20} MiB are free on the disk of {root}, and at least {MIN_FREE_BYTES >> 20} MiB are needed:"
            " make room, or name another folder with --data-dir."
        )


def _folder_complaint(root: Path, error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk of {root} is full: make room, or name another folder with --data-dir."
    if error.errno == errno.EROFS:
        return f"The disk of {root} is read-only: name a folder that can be written with --data-dir."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"The data folder {root} cannot be written by this user: name another with --data-dir."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{root} is not a folder: name one with --data-dir."
    return f"The data folder {root} cannot be used ({os.strerror(error.errno or 0)}): name another with --data-dir."


def _remove(file: Path) -> None:
    try:
        file.unlink()
    except OSError:
        return


def take_lock(paths: Paths) -> int:
    """Hold the data folder's lock for as long as this process lives; the open file's number."""
    lock = os.open(paths.root / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise NotStarted(
            f"B2T Voice is already running on {paths.root} (process {holder}): stop that one first."
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def check_ports(config: Config) -> None:
    wanted = (
        ("TCP", config.bus.host, config.bus.port, "the message bus", "bus.port"),
        ("TCP", config.gateway.host, config.gateway.port, "the web pages", "gateway.port"),
        ("UDP", config.phone.host, config.phone.port, "SIP", "phone.port"),
    )
    for protocol, host, port, purpose, setting in wanted:
        if port == 0:
            raise NotStarted(f"The setting {setting} is 0, and a box needs a port that others can know.")
        holder = port_holder(protocol, host, port)
        if holder is not None:
            raise NotStarted(
                f"{protocol} port {port} on {host}, for {purpose}, {holder}: "
                f"free it, or set {setting} in config.toml to another."
            )
