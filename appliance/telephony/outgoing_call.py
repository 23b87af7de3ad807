"""A call we place, from INVITE to its answer or failure (RFC 3261 sections 13.2 and 9.1)."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.sdp import Media
from appliance.telephony.sdp_negotiation import Negotiation
from appliance.telephony.signalling import CallAnswered, CallEnded, CallRang, EndReason, PlaceCall
from appliance.telephony.sip_body import session_description
from appliance.telephony.sip_client_transaction import InviteClientTransaction, Listener
from appliance.telephony.sip_core import ALLOW, SDP, Core
from appliance.telephony.sip_dialog import Dialog, dialog_of_response
from appliance.telephony.sip_digest import answer_challenge
from appliance.telephony.sip_grammar import Fields, SipError
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_session import Session
from appliance.telephony.sip_uri import NameAddr, read_uri, sip_uri

MAX_CHALLENGES = 2
"""One for the password, one for a nonce that has grown stale."""


class OutgoingCall:
    def __init__(self, core: Core, wish: PlaceCall, closed: Callable[[str], None]) -> None:
        """Raises SipError where the target is no SIP URI. `closed` hears the call's name at its end."""
        self.name = wish.call
        self.session: Session | None = None
        self._core = core
        self._wish = wish
        self._closed = closed
        self._target = read_uri(wish.target)
        if not self._target.is_sip or self._target.headers:
            raise SipError("Only SIP URIs can be called")
        self._from = NameAddr(sip_uri(wish.caller, core.settings.address)).tagged(core.name())
        self._call_id = core.name()
        self._negotiation = Negotiation(core.number(48), core.settings.codecs)
        self._negotiation.local = wish.local
        self._body = self._negotiation.offer()
        self._transaction: InviteClientTransaction | None = None
        self._challenges = 0
        self._cseq = 0
        self._giving_up: EndReason | None = None
        self._ended = False

    @property
    def peer_host(self) -> str:
        return self._wish.next_hop.host

    def start(self, now: float, proof: Fields = ()) -> None:
        self._cseq += 1
        fields = (("Max-Forwards", "70"), self._core.contact(self._wish.caller), ALLOW, SDP, *proof)
        request = Request(
            method="INVITE",
            uri=self._target,
            via=(self._core.via(),),
            from_=self._from,
            to=NameAddr(self._target),
            call_id=self._call_id,
            cseq=self._cseq,
            fields=fields,
            body=self._body,
        )
        listener = Listener(self._receive, self._time_out)
        opened = self._core.transactions.open_client(request, self._wish.next_hop, listener, now)
        assert isinstance(opened, InviteClientTransaction)
        self._transaction = opened
        if self._cseq == 1:
            at = now + self._core.settings.timers.answer
            self._core.outbox.set_timer(f"answer:{self.name}", at, self._expire)

    # What the owner wants

    def hang_up(self, now: float, reason: EndReason = EndReason.CANCELLED) -> None:
        """CANCEL, as soon as it may be sent; BYE once answered."""
        if self.session:
            self.session.hang_up(EndReason.LOCAL_HANGUP, now)
        elif self._giving_up is None:
            self._giving_up = reason
            self._core.outbox.set_timer(f"answer:{self.name}", now + 64 * self._core.settings.timers.t1, self._abandon)
            if self._transaction and self._transaction.provisional:
                self._send_cancel(now)

    def _send_cancel(self, now: float) -> None:
        if self._transaction:
            listener = Listener(lambda response, at: None, lambda at: None)
            cancel = self._transaction.make_cancel()
            self._core.transactions.open_client(cancel, self._wish.next_hop, listener, now)

    def _expire(self, now: float) -> None:
        """Rang for too long."""
        self.hang_up(now, EndReason.TIMED_OUT)

    def _abandon(self, now: float) -> None:
        """Not even the CANCEL was answered."""
        if self._transaction:
            self._transaction.give_up(now)

    # Responses

    def _receive(self, response: Response, now: float) -> None:
        if response.status < 200:
            self._receive_provisional(response, now)
        elif response.status < 300:
            self._receive_success(response, now)
        elif response.status in (401, 407) and self._giving_up is None and self._try_again(response, now):
            return
        elif self._giving_up and response.status == 487:
            self._end(self._giving_up, response.status)
        else:
            self._end(EndReason.REFUSED, response.status)

    def _receive_provisional(self, response: Response, now: float) -> None:
        if self._giving_up:
            self._send_cancel(now)
        elif response.status > 100:
            self._core.outbox.tell(CallRang(self.name, response.status, self._early_media(response)))

    def _early_media(self, response: Response) -> Media | None:
        """Only looked at: the answer that counts is the 2xx's, as provisional responses are not reliable."""
        if not response.body:
            return None
        try:
            preview = Negotiation(0, self._core.settings.codecs)
            preview.local = self._wish.local
            preview.offer()
            return preview.take_answer(session_description(response) or b"")
        except SipError:
            return None

    def _receive_success(self, response: Response, now: float) -> None:
        peer = self._wish.next_hop
        request = self._transaction.request if self._transaction else None
        if request is None:
            return
        dialog = dialog_of_response(request, response, peer, lambda host: self._core.trusts(host, peer))
        if self.session and self.session.dialog.key == dialog.key:
            self.session.acknowledge(response)
        elif self.session or self._giving_up or self._ended:
            self._decline(dialog, response, now)
        else:
            self._establish(dialog, response, now)

    def _establish(self, dialog: Dialog, response: Response, now: float) -> None:
        self._core.outbox.cancel_timer(f"answer:{self.name}")
        self.session = Session(self._core, self.name, dialog, self._negotiation, self._end)
        self.session.credentials = self._wish.credentials
        self.session.acknowledge(response)
        try:
            media = self._negotiation.take_answer(session_description(response) or b"")
        except SipError:
            self.session.hang_up(EndReason.NO_COMMON_MEDIA, now)
            return
        self._core.outbox.tell(CallAnswered(self.name, media))

    def _decline(self, dialog: Dialog, response: Response, now: float) -> None:
        """Answered after we gave up, or by a second fork: acknowledge, then BYE (sections 9.1 and 13.2.2.4)."""
        if dialog.key in self._core.dialogs:
            return
        stray = Session(self._core, f"{self.name}.{dialog.remote.tag[:16]}", dialog, self._negotiation, lambda *_: None)
        stray.credentials = self._wish.credentials
        stray.acknowledge(response)
        stray.hang_up(EndReason.LOCAL_HANGUP, now)
        if self._giving_up and not self.session:
            self._end(self._giving_up, response.status)

    def _try_again(self, response: Response, now: float) -> bool:
        wish, transaction = self._wish, self._transaction
        if wish.credentials is None or transaction is None or self._challenges >= MAX_CHALLENGES:
            return False
        user, password = wish.credentials.username, wish.credentials.password
        field = answer_challenge(response, transaction.request, user, password, self._core.name())
        if field is None:
            return False
        self._challenges += 1
        self.start(now, (field,))
        return True

    def _time_out(self, now: float) -> None:
        self._end(self._giving_up or EndReason.TIMED_OUT, 408)

    def _end(self, reason: EndReason, status: int | None) -> None:
        if not self._ended:
            self._ended = True
            self._core.outbox.cancel_timer(f"answer:{self.name}")
            self._core.outbox.tell(CallEnded(self.name, reason, status))
            self._closed(self.name)
