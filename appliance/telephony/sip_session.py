"""A call from its answer on: BYE, hold and resume, keys, transfer, session timer.

Incoming and outgoing calls become the same thing here.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.sdp import Direction
from appliance.telephony.sdp_negotiation import Negotiation
from appliance.telephony.signalling import (
    CallConfirmed,
    Credentials,
    DigitReceived,
    EndReason,
    MediaChanged,
    TransferProgressed,
)
from appliance.telephony.sip_acceptance import Acceptance
from appliance.telephony.sip_body import fragment_status, key_pressed, session_description
from appliance.telephony.sip_core import ACCEPT, ALLOW, SDP, SUPPORTED, Core
from appliance.telephony.sip_dialog import Dialog
from appliance.telephony.sip_digest import answer_challenge
from appliance.telephony.sip_grammar import Fields, SipError
from appliance.telephony.sip_message import Request, Response, respond
from appliance.telephony.sip_names import KNOWN_METHODS
from appliance.telephony.sip_server_transaction import ServerTransaction
from appliance.telephony.sip_session_timer import MIN_SECONDS, SessionTimer, timer_of_request

Ended = Callable[[EndReason, int | None], None]
Responded = Callable[[Response, float], None]


def refusal_fields(status: int) -> Fields:
    """What a refusal must tell beside its status."""
    if status in (405, 501):
        return (ALLOW,)
    if status in (406, 415):
        return (ACCEPT,)
    if status == 422:
        return (("Min-SE", str(MIN_SECONDS)),)
    return ()


class Session:
    def __init__(self, core: Core, call: str, dialog: Dialog, negotiation: Negotiation, ended: Ended) -> None:
        """`ended` is called once, when the call is over for its owner; the wire may take a little longer."""
        self.dialog = dialog
        self.negotiation = negotiation
        self.credentials: Credentials | None = None
        self._core = core
        self._call = call
        self._ended = ended
        self._over = False
        self._unacknowledged: Acceptance | None = None
        self._offered = False
        """Our last 2xx held an offer, so its ACK must hold the answer."""
        self._confirmed = False
        self._inviting = False
        self._last_ack: tuple[int, Request] | None = None
        self._referring = False
        self._timer: SessionTimer | None = None
        core.dialogs[dialog.key] = self

    @property
    def peer_host(self) -> str:
        return self.dialog.peer.host

    # What comes in

    def receive(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        if request.cseq <= self.dialog.remote_cseq:
            transaction.respond(respond(request, 500), now)
            return
        self.dialog.remote_cseq = request.cseq
        handlers = {
            "BYE": self._receive_bye,
            "INVITE": self._receive_offer,
            "UPDATE": self._receive_offer,
            "INFO": self._receive_info,
            "NOTIFY": self._receive_notify,
            "OPTIONS": self._receive_options,
        }
        handler = handlers.get(request.method)
        if handler is None or (self._over and request.method != "BYE"):
            status = 481 if handler else 405 if request.method in KNOWN_METHODS else 501
            transaction.respond(respond(request, status, fields=refusal_fields(status)), now)
            return
        try:
            handler(request, transaction, now)
        except SipError as error:
            status = error.sip_status or 400
            transaction.respond(respond(request, status, fields=refusal_fields(status)), now)

    def _receive_bye(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        transaction.respond(respond(request, 200), now)
        self._close()
        self._finish(EndReason.REMOTE_HANGUP)

    def _receive_options(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        transaction.respond(respond(request, 200, fields=(ALLOW, ACCEPT, SUPPORTED)), now)

    def _receive_info(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        pressed = key_pressed(request)
        transaction.respond(respond(request, 200), now)
        if pressed:
            self._core.outbox.tell(DigitReceived(self._call, *pressed))

    def _receive_notify(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        event = (request.field("Event") or "").split(";")[0].strip().lower()
        if event != "refer" or not self._referring:
            transaction.respond(respond(request, 481 if event == "refer" else 489), now)
            return
        transaction.respond(respond(request, 200), now)
        status = fragment_status(request)
        if status:
            self._referring = status < 200
            self._core.outbox.tell(TransferProgressed(self._call, status))
            if 200 <= status < 300:
                self.hang_up(EndReason.TRANSFERRED, now)

    def _receive_offer(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """re-INVITE and UPDATE: hold, resume, another address, or only a sign of life."""
        if self._unacknowledged:
            later = (("Retry-After", str(self._core.number(3))),)
            transaction.respond(respond(request, 500, fields=later), now)
            return
        if self._inviting:
            transaction.respond(respond(request, 491), now)
            return
        body = session_description(request)
        timer = timer_of_request(request)
        before = self.negotiation.media
        answer = b""
        if body is not None:
            answer = self.negotiation.answer(self.negotiation.take_offer(body))
        elif request.method == "INVITE":
            answer = self.negotiation.offer()
        self.dialog.retarget(request)
        self.accept(request, transaction, answer, now, timer)
        if body is not None and self.negotiation.media and self.negotiation.media != before:
            self._core.outbox.tell(MediaChanged(self._call, self.negotiation.media))

    def accept(
        self, request: Request, transaction: ServerTransaction, body: bytes, now: float, timer: SessionTimer | None
    ) -> None:
        """Give a 200 with our description; an INVITE's is repeated until it is acknowledged."""
        fields: Fields = (self._core.contact(request.uri.user), ALLOW, SUPPORTED)
        fields += tuple(("Record-Route", value) for value in request.tokens("Record-Route"))
        if timer:
            fields += (*timer.fields(by_caller=False), ("Require", "timer"))
            self._keep_alive(timer, now)
        elif self._timer:
            self._timer = None
            self._core.outbox.cancel_timer(f"session:{self._call}")
        if body:
            fields += (SDP,)
        response = respond(request, 200, self.dialog.local.tag, fields, body)
        transaction.respond(response, now)
        if request.method == "INVITE":
            self._offered = session_description(request) is None
            self._unacknowledged = Acceptance(self._core, self._call, response, transaction.reply_to, self._miss_ack)
            self._unacknowledged.start(now)

    def _miss_ack(self, now: float) -> None:
        self._unacknowledged = None
        self._finish(EndReason.NOT_ACKNOWLEDGED)
        self._say_goodbye(now)

    def receive_ack(self, request: Request, now: float) -> None:
        pending = self._unacknowledged
        if pending is None or pending.cseq != request.cseq:
            return
        pending.stop()
        self._unacknowledged = None
        if self._over:
            self._say_goodbye(now)
            return
        if not self._confirmed:
            self._confirmed = True
            self._core.outbox.tell(CallConfirmed(self._call))
        if self._offered:
            self._settle(request, now)

    def _settle(self, message: Request | Response, now: float) -> None:
        """Take the answer to an offer of ours; a call without one cannot go on."""
        before = self.negotiation.media
        try:
            media = self.negotiation.take_answer(session_description(message) or b"")
        except SipError:
            if before is None or isinstance(message, Request):
                self.hang_up(EndReason.NO_COMMON_MEDIA, now)
            return
        if media != before:
            self._core.outbox.tell(MediaChanged(self._call, media))

    # What the owner wants

    def hang_up(self, reason: EndReason, now: float) -> None:
        """End the call now; the BYE waits for the ACK to our 2xx where that is still due (section 15)."""
        if self._over:
            return
        self._finish(reason)
        if self._unacknowledged is None:
            self._say_goodbye(now)

    def change(self, direction: Direction, now: float) -> None:
        """re-INVITE. Dropped while another one is under way."""
        if self._over or self._inviting or self._unacknowledged:
            return
        self._inviting = True
        fields: Fields = (self._core.contact(self.dialog.local.uri.user), ALLOW, SUPPORTED, SDP)
        if self._timer:
            fields += self._timer.fields(by_caller=True)

        def responded(response: Response, at: float) -> None:
            self._receive_change(response, direction, at)

        self._request("INVITE", responded, now, fields, self.negotiation.offer(direction))

    def _receive_change(self, response: Response, direction: Direction, now: float) -> None:
        if response.status < 200:
            return
        if response.status < 300:
            self.acknowledge(response)
            if not self._inviting:
                return
            self._inviting = False
            if self._over:
                return
            self.dialog.retarget(response)
            if self._timer:
                self._keep_alive(self._timer, now)
            self._settle(response, now)
            return
        self._inviting = False
        if response.status in (408, 481):
            self.hang_up(EndReason.TIMED_OUT, now)
        elif response.status == 491 and not self._over:
            # Glare: who made the Call-ID waits longer (section 14.1).
            delay = self._core.number(11) / 1024 + (2.1 if self.dialog.placed else 0.01)
            self._core.outbox.set_timer(f"glare:{self._call}", now + delay, lambda at: self.change(direction, at))

    def transfer(self, target: str, now: float) -> None:
        if self._over or self._referring:
            return
        self._referring = True

        def responded(response: Response, at: float) -> None:
            self._referring = self._referring and response.status < 300
            if response.status >= 200 and not self._over:
                self._core.outbox.tell(TransferProgressed(self._call, response.status))

        refer_to = ("Refer-To", f"<{target}>")
        self._request("REFER", responded, now, (refer_to, self._core.contact(self.dialog.local.uri.user)))

    # Requests of ours

    def acknowledge(self, response: Response) -> None:
        """ACK a 2xx; the same ACK again for the same 2xx again."""
        if self._last_ack and self._last_ack[0] == response.cseq:
            self._core.outbox.send(self._last_ack[1].encode(), self.dialog.destination)
        else:
            self._last_ack = response.cseq, self._core.send_ack(self.dialog, response.cseq)

    def _request(
        self, method: str, responded: Responded, now: float, fields: Fields = (), body: bytes = b"", again: bool = False
    ) -> None:
        request = self.dialog.request(method, self._core.via(), self.dialog.next_cseq(), fields, body)

        def judged(response: Response, at: float) -> None:
            if response.status in (401, 407) and self.credentials and not again:
                user, password = self.credentials.username, self.credentials.password
                field = answer_challenge(response, request, user, password, self._core.name())
                if field:
                    self._request(method, responded, at, (*fields, field), body, again=True)
                    return
            responded(response, at)

        def timed_out(at: float) -> None:
            self.hang_up(EndReason.TIMED_OUT, at)

        self._core.send(self.dialog, request, judged, timed_out, now)

    def _say_goodbye(self, now: float) -> None:
        self._close()
        self._request("BYE", lambda response, at: None, now)

    # Ends and timers

    def _keep_alive(self, timer: SessionTimer, now: float) -> None:
        self._timer = timer
        self._core.outbox.set_timer(f"session:{self._call}", now + timer.delay, self._session_due)

    def _session_due(self, now: float) -> None:
        if self._timer and self._timer.refreshed_by_us:
            media = self.negotiation.media
            self.change(media.direction if media else Direction.SENDRECV, now)
            self._core.outbox.set_timer(f"session:{self._call}", now + self._timer.delay, self._session_due)
        else:
            self.hang_up(EndReason.SESSION_EXPIRED, now)

    def _finish(self, reason: EndReason) -> None:
        if not self._over:
            self._over = True
            self._core.outbox.cancel_timer(f"session:{self._call}")
            self._core.outbox.cancel_timer(f"glare:{self._call}")
            self._ended(reason, None)

    def _close(self) -> None:
        """Forget the dialog: whatever still comes for it gets 481."""
        if self._unacknowledged:
            self._unacknowledged.stop()
            self._unacknowledged = None
        self._core.dialogs.pop(self.dialog.key, None)
