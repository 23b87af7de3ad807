"""The SIP user agent: datagrams, timers and the owner's wishes in, commands and notices out. No socket, no clock.

agent = UserAgent(Settings(address=Address("192.0.2.1", 5060), trunks=(...)), os.urandom)
for output in agent.handle(DatagramReceived(data, source), loop.time()): carry_out(output)
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.addresses import Address
from appliance.telephony.incoming_call import IncomingCall
from appliance.telephony.outgoing_call import OutgoingCall
from appliance.telephony.signalling import (
    AnswerCall,
    ChangeMedia,
    DatagramReceived,
    EndCall,
    Input,
    MessageRejected,
    Output,
    PlaceCall,
    RefuseCall,
    RingCall,
    TimerExpired,
    TransferCall,
)
from appliance.telephony.sip_core import Core
from appliance.telephony.sip_grammar import SipError
from appliance.telephony.sip_message import Response, parse_message, refuse_malformed
from appliance.telephony.sip_reception import Reception
from appliance.telephony.sip_settings import Settings, Timers, Trunk
from appliance.telephony.sip_uri import read_uri

__all__ = ["Settings", "Timers", "Trunk", "UserAgent"]


class UserAgent:
    def __init__(self, settings: Settings, random_bytes: Callable[[int], bytes]) -> None:
        """`random_bytes(n)` makes tags, branches, call names and nonces: os.urandom, or a seeded generator in tests."""
        self._core = Core(settings, random_bytes)
        self._calls: dict[str, IncomingCall | OutgoingCall] = {}
        self._reception = Reception(self._core, self._calls, self._forget)

    @property
    def settings(self) -> Settings:
        return self._core.settings

    def configure(self, settings: Settings) -> None:
        """Other trunks, numbers or limits from now on; calls and transactions go on. The realm stays as it was."""
        self._core.configure(settings)

    @property
    def calls(self) -> int:
        """Calls that are offered, placed or established now."""
        return len(self._calls)

    @property
    def load(self) -> dict[str, int]:
        """Sizes of the inner tables: all are bounded, and empty again when every timer has run out."""
        core = self._core
        return {
            "calls": len(self._calls),
            "dialogs": len(core.dialogs),
            "transactions": core.transactions.size,
            "timers": core.outbox.timers,
        }

    def handle(self, event: Input, now: float) -> list[Output]:
        """Take one event. Never raises for anything that a datagram may hold.

        Raises SipError for a target of PlaceCall or TransferCall that is no URI.
        """
        match event:
            case DatagramReceived(data, source):
                self._receive(data, source, now)
            case TimerExpired(name):
                self._core.outbox.expire(name, now)
            case PlaceCall():
                self._place(event, now)
            case _:
                self._obey(event, now)
        return self._core.outbox.drain()

    def _receive(self, data: bytes, source: Address, now: float) -> None:
        if not data.strip(b"\r\n\0"):
            return  # keep-alive (RFC 5626 section 3.5.1)
        try:
            message = parse_message(data)
        except SipError as error:
            self._refuse(error, source)
            return
        if isinstance(message, Response):
            self._receive_response(message, source, now)
        else:
            self._reception.receive(message, source, now)

    def _refuse(self, error: SipError, source: Address) -> None:
        """A malformed request is answered without keeping anything; strangers get no answer at all."""
        known = self._core.trunk_of(source) is not None
        answer = refuse_malformed(error, self._core.name()) if known else None
        if answer:
            self._core.outbox.send(answer, source)
        self._core.outbox.tell(MessageRejected(error.title, source, error.sip_status if answer else None))

    def _receive_response(self, response: Response, source: Address, now: float) -> None:
        transaction = self._core.transactions.find_client(response) if len(response.via) == 1 else None
        if transaction is None:
            self._core.outbox.tell(MessageRejected("A response to no request of ours", source))
        else:
            transaction.receive(response, now)

    def _place(self, wish: PlaceCall, now: float) -> None:
        if wish.call in self._calls:
            return
        call = OutgoingCall(self._core, wish, self._forget)
        self._calls[wish.call] = call
        call.start(now)

    def _forget(self, call: str) -> None:
        self._calls.pop(call, None)

    def _obey(
        self, wish: RingCall | AnswerCall | RefuseCall | EndCall | ChangeMedia | TransferCall, now: float
    ) -> None:
        call = self._calls.get(wish.call)
        match wish, call:
            case RingCall(), IncomingCall():
                call.ring(now)
            case AnswerCall(local=local), IncomingCall():
                call.answer(local, now)
            case RefuseCall(status=status, retry_after=retry_after), IncomingCall():
                call.refuse(status, retry_after, now)
            case EndCall(), IncomingCall() | OutgoingCall():
                call.hang_up(now)
            case ChangeMedia(direction=direction), IncomingCall() | OutgoingCall():
                if call.session:
                    call.session.change(direction, now)
            case TransferCall(target=target), IncomingCall() | OutgoingCall():
                if call.session:
                    call.session.transfer(str(read_uri(target)), now)
