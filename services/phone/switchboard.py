"""The SIP socket and every call behind it: the owner of the user agent, its timers and its notices."""

from __future__ import annotations

import asyncio
import os
from ipaddress import ip_network
from typing import Final

import structlog

from appliance.adapters.udp import SIGNALLING, UdpSocket
from appliance.errors import Unavailable
from appliance.telephony.addresses import Address
from appliance.telephony.signalling import (
    CallAnswered,
    CallEnded,
    CallOffered,
    CancelTimer,
    DatagramReceived,
    DigitReceived,
    Input,
    MediaChanged,
    MessageRejected,
    Output,
    RefuseCall,
    SendDatagram,
    SetTimer,
    TimerExpired,
    TransferProgressed,
)
from appliance.telephony.sip_grammar import SipError
from appliance.telephony.user_agent import Settings, Trunk, UserAgent
from services.phone.call import Call, try_call
from services.phone.desk import Desk
from services.phone.metrics import CALLS, CALLS_NOW, REJECTED

log = structlog.get_logger(__name__)

STOP_S: Final = 5.0
SOCKET_BUFFER: Final = 1 << 20
MIN_TRANSACTIONS, TRANSACTIONS_A_CALL = 512, 8
"""A transaction is kept for 32 s, and a call has two or three: with 64 calls at once that allows for six new ones a
second, day and night, and bounds what a flood of damaged requests can make us keep to 3 MiB."""


class Switchboard:
    def __init__(self, desk: Desk) -> None:
        """Binds the SIP socket. Raises Unavailable where the port is taken."""
        self._desk = desk
        self._loop = asyncio.get_running_loop()
        config = desk.config
        try:
            self._socket = UdpSocket(
                Address(config.host, config.port), self._on_datagram, tos=SIGNALLING, buffer=SOCKET_BUFFER
            )
        except OSError:
            raise Unavailable(f"UDP port {config.port} on {config.host} cannot be used for SIP.") from None
        trunk = Trunk("default", tuple(ip_network(source, strict=False) for source in config.allowed_sources))
        settings = Settings(
            desk.reachable(self._socket.address),
            (trunk,),
            max_calls=config.max_calls,
            max_transactions=max(MIN_TRANSACTIONS, TRANSACTIONS_A_CALL * config.max_calls),
        )
        self._agent = UserAgent(settings, os.urandom)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def address(self) -> Address:
        """Where the SIP socket listens."""
        return self._socket.address

    @property
    def calls(self) -> int:
        return len(self._calls)

    async def close(self) -> None:
        """No new calls; those that run are told and ended, within five seconds."""
        self._closing = True
        for call in list(self._calls.values()):
            call.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        for task in self._tasks:
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._socket.close()

    # -- the user agent ---------------------------------------------------------------------------------------------

    def wish(self, event: Input) -> None:
        """Hand an event to the user agent and carry out what follows. Raises SipError for a target that is no URI."""
        for output in self._agent.handle(event, self._loop.time()):
            self._carry_out(output)

    def _on_datagram(self, data: bytes, source: Address, _now: float) -> None:
        try:
            self.wish(DatagramReceived(data, source))
        except Exception:  # whatever it was, the other calls go on
            REJECTED.labels("failed").inc()
            log.exception("sip_datagram_failed", size=len(data))

    def _expire(self, name: str) -> None:
        self._timers.pop(name, None)
        try:
            self.wish(TimerExpired(name))
        except Exception:
            log.exception("sip_timer_failed")

    def _carry_out(self, output: Output) -> None:
        match output:
            case SendDatagram(data, destination):
                self._socket.send(data, destination)
            case SetTimer(name, at):
                self._cancel(name)
                self._timers[name] = self._loop.call_at(at, self._expire, name)
            case CancelTimer(name):
                self._cancel(name)
            case CallOffered():
                self._offered(output)
            case MessageRejected(status=status):
                REJECTED.labels(str(status or "silent")).inc()
            case CallEnded(call, reason):
                log.info("call_ended", reason=reason.value, status=output.status)
                if call in self._calls:
                    self._calls[call].ended(reason)
                else:
                    CALLS.labels(reason.value).inc()
            case _:
                self._tell(output)

    def _tell(self, output: Output) -> None:
        """What concerns one call."""
        call = self._calls.get(getattr(output, "call", ""))
        if call is None:
            return
        match output:
            case CallAnswered(_, media):
                call.answered(media)
            case MediaChanged(_, media):
                call.media_changed(media)
            case DigitReceived(_, digit):
                call.pressed(digit)
            case TransferProgressed(_, status):
                call.transfer_progressed(status)
            case _:
                pass

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    # -- calls ------------------------------------------------------------------------------------------------------

    def _offered(self, offered: CallOffered) -> None:
        if self._closing:
            self.wish(RefuseCall(offered.call, 503, retry_after=10))
            return
        call = try_call(offered, self._desk, self._wish_safely)
        if call is None:
            return
        log.info("call_offered", trunk=offered.trunk)
        self._calls[offered.call] = call
        CALLS_NOW.set(len(self._calls))
        task = asyncio.create_task(call.run(), name="call")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._over(offered.call, done))

    def _wish_safely(self, event: Input) -> None:
        """A call's wish; only a malformed target is its own fault."""
        try:
            self.wish(event)
        except SipError:
            raise
        except Exception:
            log.exception("sip_wish_failed", wish=type(event).__name__)

    def _over(self, call: str, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        self._calls.pop(call, None)
        CALLS_NOW.set(len(self._calls))
        if not done.cancelled() and done.exception() is not None:
            log.error("call_failed", exc_info=done.exception())
