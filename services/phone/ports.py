"""The pairs of ports calls may use: RTP on the even one, RTCP on the next (RFC 3550 section 11)."""

from __future__ import annotations

from collections import deque

from appliance.adapters.udp import EXPEDITED, Receive, UdpSocket
from appliance.errors import Full, Invalid
from appliance.telephony.addresses import Address

TRIES = 64


class PortPairs:
    """Given out in turn, so that a port rests before its next call."""

    def __init__(self, host: str, first: int, last: int) -> None:
        """Raises Invalid where the range holds no pair."""
        self._host = host
        self._free = deque(range(first + first % 2, last, 2))
        if not self._free:
            raise Invalid("phone.rtp_first to phone.rtp_last holds no pair of ports")

    def open(self, on_rtp: Receive, on_rtcp: Receive) -> tuple[UdpSocket, UdpSocket]:
        """Both sockets of a free pair. A port somebody else uses is passed over. Raises Full."""
        for _ in range(min(TRIES, len(self._free))):
            port = self._free.popleft()
            try:
                rtp = UdpSocket(Address(self._host, port), on_rtp, tos=EXPEDITED)
            except OSError:
                self._free.append(port)
                continue
            try:
                return rtp, UdpSocket(Address(self._host, port + 1), on_rtcp)
            except OSError:
                rtp.close()
                self._free.append(port)
        raise Full("No pair of RTP ports is free.")

    def give_back(self, rtp: UdpSocket) -> None:
        self._free.append(rtp.address.port)
