"""Our 2xx to an INVITE, repeated until its ACK comes or 64·T1 have passed (RFC 3261 section 13.3.1.4)."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.addresses import Address
from appliance.telephony.sip_core import Core
from appliance.telephony.sip_message import Response


class Acceptance:
    def __init__(
        self, core: Core, call: str, response: Response, destination: Address, missed: Callable[[float], None]
    ) -> None:
        """`missed` is called at most once, when no ACK has come in time."""
        self.cseq = response.cseq
        self._core = core
        self._call = call
        self._data = response.encode()
        self._destination = destination
        self._interval = core.settings.timers.t1
        self._missed = missed

    def start(self, now: float) -> None:
        """The first copy has been sent just now."""
        self._core.outbox.set_timer(f"2xx:{self._call}", now + self._interval, self._repeat)
        self._core.outbox.set_timer(f"ack:{self._call}", now + 64 * self._interval, self._miss)

    def stop(self) -> None:
        self._core.outbox.cancel_timer(f"2xx:{self._call}")
        self._core.outbox.cancel_timer(f"ack:{self._call}")

    def _repeat(self, now: float) -> None:
        self._core.outbox.send(self._data, self._destination)
        self._interval = min(2 * self._interval, self._core.settings.timers.t2)
        self._core.outbox.set_timer(f"2xx:{self._call}", now + self._interval, self._repeat)

    def _miss(self, now: float) -> None:
        self.stop()
        self._missed(now)
