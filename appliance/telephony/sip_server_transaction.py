"""Server transactions over UDP: answer a request, and its retransmissions again (RFC 3261 section 17.2, RFC 6026)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from appliance.telephony.addresses import Address
from appliance.telephony.outbox import Outbox
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_settings import Timers


class State(StrEnum):
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class ServerTransaction:
    """One request other than INVITE and ACK; also the ground on which an INVITE's is built.

    `name` is short and unique among transactions: timers are called after it. `ended` is called once, when the
    transaction may be forgotten.
    """

    def __init__(
        self, name: str, request: Request, reply_to: Address, outbox: Outbox, timers: Timers, ended: Callable[[], None]
    ) -> None:
        self.request = request
        self.reply_to = reply_to
        self.state = State.PROCEEDING
        self._name = name
        self._outbox = outbox
        self._timers = timers
        self._ended = ended
        self._last = b""

    @property
    def answered(self) -> bool:
        """A final response has been given."""
        return self.state is not State.PROCEEDING

    def respond(self, response: Response, now: float) -> None:
        """Send a response; one after the final response is dropped."""
        if self.answered:
            return
        self._last = response.encode()
        self._send()
        if response.status >= 200:
            self._finish(response.status, now)

    def receive_again(self) -> None:
        """The request has been retransmitted."""
        if self._last and self.state in (State.PROCEEDING, State.COMPLETED):
            self._send()

    def _finish(self, status: int, now: float) -> None:
        self.state = State.COMPLETED
        self._outbox.set_timer(f"J:{self._name}", now + 64 * self._timers.t1, self._end)

    def _send(self) -> None:
        self._outbox.send(self._last, self.reply_to)

    def _end(self, now: float) -> None:
        self.state = State.TERMINATED
        self._ended()


class InviteServerTransaction(ServerTransaction):
    """One INVITE. Its 2xx is repeated by the session, which knows of the ACK; other final responses by timer G."""

    _interval = 0.0

    cancelled: Callable[[float], None] = staticmethod(lambda now: None)
    """Called when a CANCEL comes while no final response has been given."""

    def receive_ack(self, now: float) -> None:
        if self.state is not State.COMPLETED:
            return
        self.state = State.CONFIRMED
        self._outbox.cancel_timer(f"G:{self._name}")
        self._outbox.cancel_timer(f"H:{self._name}")
        self._outbox.set_timer(f"I:{self._name}", now + self._timers.t4, self._end)

    def _finish(self, status: int, now: float) -> None:
        if status < 300:
            self.state = State.ACCEPTED
            self._outbox.set_timer(f"L:{self._name}", now + 64 * self._timers.t1, self._end)
            return
        self.state = State.COMPLETED
        self._interval = self._timers.t1
        self._outbox.set_timer(f"G:{self._name}", now + self._interval, self._repeat)
        self._outbox.set_timer(f"H:{self._name}", now + 64 * self._timers.t1, self._end)

    def _repeat(self, now: float) -> None:
        self._send()
        self._interval = min(2 * self._interval, self._timers.t2)
        self._outbox.set_timer(f"G:{self._name}", now + self._interval, self._repeat)

    def _end(self, now: float) -> None:
        self._outbox.cancel_timer(f"G:{self._name}")
        super()._end(now)
