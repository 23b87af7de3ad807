"""A call that comes in, from INVITE to the owner's answer or refusal (RFC 3261 section 13.3)."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.addresses import Address
from appliance.telephony.sdp_negotiation import Negotiation, Offer
from appliance.telephony.signalling import CallAnswered, CallEnded, CallOffered, EndReason
from appliance.telephony.sip_body import session_description
from appliance.telephony.sip_core import Core
from appliance.telephony.sip_dialog import Dialog, dialog_of_request
from appliance.telephony.sip_grammar import Fields
from appliance.telephony.sip_message import Request, respond
from appliance.telephony.sip_server_transaction import InviteServerTransaction, ServerTransaction
from appliance.telephony.sip_session import Session
from appliance.telephony.sip_session_timer import timer_of_request


class IncomingCall:
    def __init__(
        self,
        core: Core,
        transaction: InviteServerTransaction,
        source: Address,
        trunk: str,
        closed: Callable[[str], None],
    ) -> None:
        """Raises SipError where the INVITE's description cannot be taken. `closed` hears the call's name at its end."""
        request = transaction.request
        self.name = core.name()
        self.session: Session | None = None
        self._core = core
        self._transaction = transaction
        self._source = source
        self._trunk = trunk
        self._closed = closed
        self._timer = timer_of_request(request)
        self._negotiation = Negotiation(core.number(48), core.settings.codecs)
        body = session_description(request)
        self._offer: Offer | None = None if body is None else self._negotiation.take_offer(body)
        self._dialog: Dialog = dialog_of_request(request, core.name(), source, lambda host: core.trusts(host, source))

    @property
    def peer_host(self) -> str:
        return self._source.host

    @property
    def _request(self) -> Request:
        return self._transaction.request

    def start(self, now: float) -> None:
        self._core.dialogs[self._dialog.key] = self
        self._transaction.cancelled = self._cancel
        self._transaction.respond(respond(self._request, 100), now)
        self._core.outbox.set_timer(f"offer:{self.name}", now + self._core.settings.timers.offer, self._expire)
        self._core.outbox.tell(
            CallOffered(
                call=self.name,
                called=clean(self._request.uri.number),
                caller=clean(self._request.from_.uri.number),
                trunk=self._trunk,
                source=self._source,
                media=self._offer.media if self._offer else None,
            )
        )

    # What the owner wants

    def ring(self, now: float) -> None:
        fields: Fields = (self._core.contact(self._request.uri.user),)
        fields += tuple(("Record-Route", value) for value in self._request.tokens("Record-Route"))
        self._transaction.respond(respond(self._request, 180, self._dialog.local.tag, fields), now)

    def answer(self, local: Address, now: float) -> None:
        if self.session:
            return
        self._negotiation.local = local
        body = self._negotiation.answer(self._offer) if self._offer else self._negotiation.offer()
        self._core.outbox.cancel_timer(f"offer:{self.name}")
        self.session = Session(self._core, self.name, self._dialog, self._negotiation, self._end)
        self.session.accept(self._request, self._transaction, body, now, self._timer)
        self._core.outbox.tell(CallAnswered(self.name, self._negotiation.media))

    def refuse(self, status: int, retry_after: int | None, now: float) -> None:
        if not self.session:
            fields: Fields = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
            self._reject(status, EndReason.REFUSED, now, fields)

    def hang_up(self, now: float) -> None:
        if self.session:
            self.session.hang_up(EndReason.LOCAL_HANGUP, now)
        else:
            self._reject(603, EndReason.LOCAL_HANGUP, now)

    # What comes in before the answer

    def receive(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        if request.cseq <= self._dialog.remote_cseq:
            transaction.respond(respond(request, 500), now)
            return
        self._dialog.remote_cseq = request.cseq
        if request.method == "BYE":
            transaction.respond(respond(request, 200), now)
            self._reject(487, EndReason.CANCELLED, now)
        else:
            transaction.respond(respond(request, 491 if request.method in ("INVITE", "UPDATE") else 481), now)

    def receive_ack(self, request: Request, now: float) -> None:
        """Nothing has been accepted yet, so this acknowledges nothing."""

    def _cancel(self, now: float) -> None:
        self._reject(487, EndReason.CANCELLED, now)

    def _expire(self, now: float) -> None:
        self._reject(480, EndReason.TIMED_OUT, now)

    def _reject(self, status: int, reason: EndReason, now: float, fields: Fields = ()) -> None:
        self._transaction.respond(respond(self._request, status, self._dialog.local.tag, fields), now)
        self._core.outbox.cancel_timer(f"offer:{self.name}")
        self._core.dialogs.pop(self._dialog.key, None)
        self._end(reason, status)

    def _end(self, reason: EndReason, status: int | None) -> None:
        self._core.outbox.tell(CallEnded(self.name, reason, status))
        self._closed(self.name)


def clean(text: str) -> str:
    """What a stranger wrote, fit to be shown: at most 128 characters, all of them printable."""
    return "".join(mark for mark in text if mark.isprintable())[:128]
