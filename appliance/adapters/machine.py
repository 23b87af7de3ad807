"""What the machine itself says of ports, disks and processes, by way of the kernel's own files."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import socket
from pathlib import Path

_PROC = Path("/proc")
_TIME_ERROR = 5


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user may still write on the folder's disk; of the nearest parent where it does not exist."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def port_holder(protocol: str, host: str, port: int) -> str | None:
    """None where the port (`TCP` or `UDP`) can be had, else why not, as the end of a sentence."""
    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:  # as servers do: what only lingers from before does not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                who = _program_on(protocol, port)
                return f"is in use by {who}" if who else "is in use by another program"
            if error.errno in (errno.EACCES, errno.EPERM):
                return "may not be opened by this user (ports below 1024 need more rights)"
            if error.errno == errno.EADDRNOTAVAIL:
                return "cannot be opened because this machine does not have that address"
            return f"cannot be opened ({os.strerror(error.errno or 0)})"
    return None


def clock_is_synchronised() -> bool | None:
    """Whether the kernel says that something (NTP, PTP) keeps its clock right; None where it does not say.

    adjtimex(2): TIME_ERROR (5) is returned while STA_UNSYNC is set. The call reads and changes nothing.
    """
    asked = ctypes.create_string_buffer(256)  # struct timex with modes = 0 is at most 208 bytes
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(asked)
    except (AttributeError, OSError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def _program_on(protocol: str, port: int) -> str | None:
    """Name and number of the process that has the port open, where this user may know."""
    inodes = _inodes_on(protocol, port)
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            for descriptor in (folder / "fd").iterdir():
                link = os.readlink(descriptor)
                if link.startswith("socket:[") and link[8:-1] in inodes:
                    return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return None


def _inodes_on(protocol: str, port: int) -> set[str]:
    """Sockets bound to the port: proc(5), net/tcp and net/udp; state 0A is listening, 07 an open UDP socket."""
    state = "0A" if protocol == "TCP" else "07"
    found: set[str] = set()
    for name in (protocol.lower(), f"{protocol.lower()}6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "net" / name).read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rsplit(":", 1)[1], 16) == port and fields[3] == state:
                    found.add(fields[9])
    return found
