"""A network address as sockets and SDP use it."""

from __future__ import annotations

from typing import NamedTuple


class Address(NamedTuple):
    """IP address as text (no brackets) and port; a plain tuple for the socket calls."""

    host: str
    port: int
