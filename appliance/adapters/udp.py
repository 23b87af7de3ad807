"""One UDP socket on the event loop: for SIP and RTP, ours and the test caller's.

It knows nothing of what it carries. Nothing blocks: what cannot be sent now is dropped and counted, a name instead of
an IP address is never looked up, and one wake-up reads a bounded number of datagrams.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from appliance.telephony.addresses import Address

Receive = Callable[[bytes, Address, float], None]
"""Datagram, where it came from, and when: seconds on the loop's clock."""

READS_A_WAKE: Final = 8
MAX_DATAGRAM: Final = 65_535
EXPEDITED: Final = 0xB8
"""Type-of-service byte for voice (DSCP EF, RFC 3246)."""
SIGNALLING: Final = 0x60
"""Type-of-service byte for signalling (DSCP CS3, RFC 4594)."""
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_BUFFER: Final = bytearray(MAX_DATAGRAM)
"""One for all: a datagram is copied out of it at once. Reading into a new 64 KiB buffer each time left holes in the
heap wherever somebody kept a datagram: 15 MiB for a thousand of them."""
_VIEW: Final = memoryview(_BUFFER)


class UdpSocket:
    """Bound on construction (raises OSError where it cannot be); reads until closed."""

    def __init__(
        self, local: Address, receive: Receive, *, tos: int = 0, kernel_times: bool = False, buffer: int = 0
    ) -> None:
        """`kernel_times`: `receive` gets the kernel's time of arrival rather than the time of reading."""
        family = socket.AF_INET6 if ":" in local.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self.dropped = 0
        """Datagrams that could not be sent."""
        try:
            if buffer:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            if tos:
                level, option = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if ":" in local.host else (0, socket.IP_TOS)
                self._socket.setsockopt(level, option, tos)
            if kernel_times:
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._socket.bind(tuple(local))
        except OSError:
            self._socket.close()
            raise
        host, port = self._socket.getsockname()[:2]
        self.address = Address(host, port)
        self._loop.add_reader(self._socket.fileno(), self._read_with_times if kernel_times else self._read)

    @property
    def open(self) -> bool:
        return self._socket.fileno() >= 0

    def send(self, data: bytes, destination: Address) -> None:
        if not _is_address(destination.host):
            self.dropped += 1
            return
        try:
            self._socket.sendto(data, tuple(destination))
        except (OSError, OverflowError):
            self.dropped += 1

    def close(self) -> None:
        """Safe to call twice."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        now = self._loop.time()
        for _ in range(READS_A_WAKE):
            try:
                size, source = self._socket.recvfrom_into(_BUFFER)
            except OSError:
                return
            self._receive(bytes(_VIEW[:size]), Address(source[0], source[1]), now)

    def _read_with_times(self) -> None:
        for _ in range(READS_A_WAKE):
            try:
                size, ancillary, _, source = self._socket.recvmsg_into([_BUFFER], 64)
            except OSError:
                return
            now = self._loop.time()
            for level, kind, value in ancillary:
                if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack_from(value)
                    now -= time.time() - (seconds + nanoseconds / 1e9)
            self._receive(bytes(_VIEW[:size]), Address(source[0], source[1]), now)


@functools.lru_cache(1024)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
