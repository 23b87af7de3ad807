"""Client transactions over UDP: repeat a request until it is answered or given up (RFC 3261 section 17.1, RFC 6026)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.telephony.addresses import Address
from appliance.telephony.outbox import Outbox
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_server_transaction import State
from appliance.telephony.sip_settings import Timers


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of the responses. `timed_out` is called at most once, and never after a final response."""

    responded: Callable[[Response, float], None]
    timed_out: Callable[[float], None]


class ClientTransaction:
    """One request other than INVITE and ACK; also the ground on which an INVITE's is built."""

    _repeat_timer, _give_up_timer, _linger_timer = "E", "F", "K"

    def __init__(
        self, name: str, request: Request, destination: Address, outbox: Outbox, timers: Timers, listener: Listener
    ) -> None:
        self.request = request
        self.destination = destination
        self.state = State.PROCEEDING
        self.ended: Callable[[], None] = lambda: None
        self.provisional = False
        """A provisional response has come: only now may a CANCEL follow."""
        self._name = name
        self._outbox = outbox
        self._timers = timers
        self._listener = listener
        self._interval = timers.t1
        self._data = request.encode()

    def start(self, now: float) -> None:
        self._outbox.send(self._data, self.destination)
        self._set(self._repeat_timer, now + self._interval, self._repeat)
        self._set(self._give_up_timer, now + 64 * self._timers.t1, self._give_up)

    def receive(self, response: Response, now: float) -> None:
        if self.state is not State.PROCEEDING:
            return
        if response.status < 200:
            self._receive_provisional()
        else:
            self._stop()
            self.state = State.COMPLETED
            self._set(self._linger_timer, now + self._timers.t4, self._end)
        self._listener.responded(response, now)

    def _receive_provisional(self) -> None:
        self.provisional = True
        self._interval = self._timers.t2

    def _repeat(self, now: float) -> None:
        self._outbox.send(self._data, self.destination)
        self._interval = self._next_interval()
        self._set(self._repeat_timer, now + self._interval, self._repeat)

    def _next_interval(self) -> float:
        return min(2 * self._interval, self._timers.t2)

    def _give_up(self, now: float) -> None:
        self._stop()
        self._end(now)
        self._listener.timed_out(now)

    def _stop(self) -> None:
        self._outbox.cancel_timer(f"{self._repeat_timer}:{self._name}")
        self._outbox.cancel_timer(f"{self._give_up_timer}:{self._name}")

    def _set(self, timer: str, at: float, action: Callable[[float], None]) -> None:
        self._outbox.set_timer(f"{timer}:{self._name}", at, action)

    def _end(self, now: float) -> None:
        self.state = State.TERMINATED
        self.ended()


class InviteClientTransaction(ClientTransaction):
    """One INVITE. It acknowledges what is not a success itself; a 2xx is acknowledged by the session."""

    _repeat_timer, _give_up_timer, _linger_timer = "A", "B", "D"
    _ack = b""

    def receive(self, response: Response, now: float) -> None:
        if self.state is State.COMPLETED and response.status >= 300:
            self._outbox.send(self._ack, self.destination)
        elif self.state is State.ACCEPTED and 200 <= response.status < 300:
            self._listener.responded(response, now)
        elif self.state is State.PROCEEDING:
            self._receive_first(response, now)

    def _receive_first(self, response: Response, now: float) -> None:
        self._stop()
        if response.status < 200:
            self.provisional = True
        elif response.status < 300:
            self.state = State.ACCEPTED
            self._set("M", now + 64 * self._timers.t1, self._end)
        else:
            self.state = State.COMPLETED
            self._ack = self._make_ack(response).encode()
            self._outbox.send(self._ack, self.destination)
            self._set("D", now + max(32.0, 64 * self._timers.t1), self._end)
        self._listener.responded(response, now)

    def _make_ack(self, response: Response) -> Request:
        routes = tuple((name, value) for name, value in self.request.fields if name in ("Route", "Max-Forwards"))
        return replace(self.request, method="ACK", to=response.to, via=self.request.via[:1], fields=routes, body=b"")

    def make_cancel(self) -> Request:
        """RFC 3261 section 9.1: the same request, branch and all, under another method."""
        routes = tuple((name, value) for name, value in self.request.fields if name in ("Route", "Max-Forwards"))
        return replace(self.request, method="CANCEL", via=self.request.via[:1], fields=routes, body=b"")

    def give_up(self, now: float) -> None:
        """Nobody answered for too long, provisional responses or not."""
        if self.state is State.PROCEEDING:
            self._give_up(now)

    def _next_interval(self) -> float:
        return 2 * self._interval
