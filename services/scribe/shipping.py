"""Checkpoints that leave the box: into a mounted folder, to a syslog server, under a witness's second signature.

Whoever has the box and its key could write a new history; not one that agrees with what has left. Each is kept here
first, then shipped in order; what a destination did not take is tried again at the next interval.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from appliance.audit.verification import Note
from appliance.errors import Invalid, Tampered, Unavailable

SUFFIX: Final = ".checkpoint"
CONNECT_S: Final = 5.0
MAX_LINE: Final = 400
_PRIORITY: Final = 13 * 8 + 5
"""RFC 5424: facility 13 (log audit), severity 5 (notice)."""

Send = Callable[[int, str], None]
"""Ship the checkpoint of so many entries. Raises Unavailable, Tampered."""


@dataclass(slots=True)
class Destination:
    name: str
    send: Send
    taken: int = 0
    """The largest tree whose checkpoint it has taken since this process started."""
    trouble: str | None = field(default=None)


def destinations(ship_folder: str | None, syslog: str | None) -> list[Destination]:
    """Raises Invalid for an address that is none."""
    found = []
    if ship_folder is not None:
        folder = Path(ship_folder)
        found.append(Destination("folder", lambda size, note: put(folder, size, note)))
    if syslog is not None:
        scheme, host, port = syslog_address(syslog)
        found.append(Destination("syslog", lambda size, note: tell(scheme, host, port, size, note)))
    return found


def put(folder: Path, size: int, note: str) -> None:
    """A file of its own for each checkpoint, never written over. The folder must be there: a mount that is missing
    must not be taken for an empty one. Raises Unavailable; Tampered where it has another one of that size."""
    file = folder / f"{size:012d}{SUFFIX}"
    if not folder.is_dir():
        raise Unavailable("The folder for checkpoints is not there.")
    with contextlib.suppress(FileNotFoundError):
        if _text_of(file.read_text("utf-8", "replace")) == _text_of(note):
            return
        raise Tampered("The folder for checkpoints has another one of the same size.")
    fresh = folder / f".{file.name}.new"
    try:
        with fresh.open("w", encoding="utf-8") as opened:
            opened.write(note)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.rename(file)
    except OSError as error:
        raise Unavailable(f"The folder for checkpoints takes none now: {error.strerror}.") from None


def shipped_notes(ship_folder: str | None) -> list[Note]:
    """Every checkpoint in the folder. Raises Unavailable where it cannot be read."""
    if ship_folder is None:
        return []
    try:
        files = sorted(Path(ship_folder).glob(f"*{SUFFIX}"))
        return [Note(f"shipped {file.name}", file.read_text("utf-8", "replace")) for file in files]
    except OSError as error:
        raise Unavailable(f"The folder for checkpoints cannot be read: {error.strerror}.") from None


def tell(scheme: str, host: str, port: int, size: int, note: str) -> None:
    """One RFC 5424 message; over TCP with its length in front (RFC 6587, 3.4.1). Raises Unavailable."""
    message = syslog_message(size, note, datetime.now(UTC), socket.gethostname())
    try:
        if scheme == "udp":
            family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, proto) as line:
                line.sendto(message, address)
            return
        with socket.create_connection((host, port), timeout=CONNECT_S) as line:
            line.sendall(b"%d %s" % (len(message), message))
    except OSError as error:
        raise Unavailable(f"The syslog server does not take checkpoints: {error.strerror or 'no answer'}.") from None


def syslog_message(size: int, note: str, at: datetime, host: str) -> bytes:
    """The note's lines are parted by `|`, which stands in no part of one; signatures too long for syslog stay away."""
    name = "".join(letter for letter in host if "!" <= letter <= "~")[:255] or "-"
    when = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = "|".join(line for line in note.rstrip("\n").split("\n") if len(line) <= MAX_LINE)
    data = f'[checkpoint@32473 size="{size}"]'
    return f"<{_PRIORITY}>1 {when} {name} b2t-scribe - checkpoint {data} \ufeff{body}".encode()


def read_syslog(body: str) -> str:
    """The note out of what a syslog server kept of it."""
    return body.lstrip("\ufeff").replace("|", "\n") + "\n"


def syslog_address(address: str) -> tuple[str, str, int]:
    """`udp://host[:port]` or `tcp://host[:port]`. Raises Invalid."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise Invalid("audit.syslog is udp://host:port or tcp://host:port.") from None
    if parts.scheme not in ("udp", "tcp") or not parts.hostname or parts.path or parts.username is not None:
        raise Invalid("audit.syslog is udp://host:port or tcp://host:port.")
    return parts.scheme, parts.hostname, port or (514 if parts.scheme == "udp" else 601)


def _text_of(note: str) -> str:
    """What is signed; a witness's line has a time of its own."""
    return note.partition("\n\n")[0]
