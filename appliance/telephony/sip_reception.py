"""Requests as they arrive: who may ask, what is asked, and whom it concerns, in the order of RFC 3261 section 8.2."""

from __future__ import annotations

from collections.abc import Callable

from appliance.telephony.addresses import Address
from appliance.telephony.incoming_call import IncomingCall
from appliance.telephony.outgoing_call import OutgoingCall
from appliance.telephony.signalling import MessageRejected
from appliance.telephony.sip_core import ACCEPT, ALLOW, EXTENSIONS, SUPPORTED, Core, InDialog
from appliance.telephony.sip_digest import Challenger, Verdict
from appliance.telephony.sip_grammar import Fields, SipError
from appliance.telephony.sip_message import Request, respond
from appliance.telephony.sip_names import KNOWN_METHODS
from appliance.telephony.sip_server_transaction import InviteServerTransaction, ServerTransaction
from appliance.telephony.sip_session import refusal_fields
from appliance.telephony.sip_settings import Trunk

RETRY_SECONDS = 5
_OUTSIDE = frozenset({"INVITE", "OPTIONS"})
"""Methods that mean something outside a dialog."""
_INSIDE = frozenset({"BYE", "INFO", "UPDATE", "NOTIFY"})


class _Refusal(Exception):
    def __init__(self, status: int, fields: Fields = ()) -> None:
        super().__init__(status)
        self.status = status
        self.fields = fields or refusal_fields(status)


class Reception:
    def __init__(
        self, core: Core, calls: dict[str, IncomingCall | OutgoingCall], closed: Callable[[str], None]
    ) -> None:
        self._core = core
        self._calls = calls
        self._closed = closed
        self._challenger = Challenger(core.settings.realm, core.random_bytes)

    def receive(self, request: Request, source: Address, now: float) -> None:
        if request.method == "ACK":
            self._receive_ack(request, source, now)
            return
        known = self._core.transactions.find_server(request)
        if known:
            known.receive_again()
            return
        dialog = self._dialog_of(request, source)
        trunk = self._core.trunk_of(source)
        if trunk is None and dialog is None:
            self._core.outbox.tell(MessageRejected("From no trunk", source))
            return
        reply_to = request.via[0].reply_address(source)
        request = request.arrived_from(source)
        if not self._core.transactions.has_room(dialog is not None):
            later = (("Retry-After", str(RETRY_SECONDS)),)
            self._core.outbox.send(respond(request, 503, self._core.name(), later).encode(), reply_to)
            self._core.outbox.tell(MessageRejected("Too many transactions", source, 503))
            return
        merged = self._core.transactions.is_merged(request)
        transaction = self._core.transactions.open_server(request, reply_to)
        try:
            if request.method == "CANCEL":
                self._cancel(transaction, now)
            elif dialog:
                _check_extensions(request)
                dialog.receive(request, transaction, now)
            elif trunk:
                self._check(request, trunk, merged, now)
                self._serve(transaction, source, trunk, now)
        except SipError as error:
            status = error.sip_status or 400
            transaction.respond(respond(request, status, self._core.name(), refusal_fields(status)), now)
            self._core.outbox.tell(MessageRejected(error.title, source, status))
        except _Refusal as refusal:
            transaction.respond(respond(request, refusal.status, self._core.name(), refusal.fields), now)
            self._core.outbox.tell(MessageRejected("Request refused", source, refusal.status))

    def _dialog_of(self, request: Request, source: Address) -> InDialog | None:
        """A dialog's name cannot be guessed, but it can be overheard: its messages come from its peer or a trunk."""
        found = self._core.dialogs.get((request.call_id, request.to.tag, request.from_.tag))
        if found and (found.peer_host == source.host or self._core.trunk_of(source)):
            return found
        return None

    def _receive_ack(self, request: Request, source: Address, now: float) -> None:
        invite = self._core.transactions.find_invite(request)
        if invite:
            invite.receive_ack(now)
        dialog = self._dialog_of(request, source)
        if dialog:
            dialog.receive_ack(request, now)

    def _cancel(self, transaction: ServerTransaction, now: float) -> None:
        invite = self._core.transactions.find_invite(transaction.request)
        status = 200 if invite else 481
        transaction.respond(respond(transaction.request, status, self._core.name()), now)
        if invite and not invite.answered:
            invite.cancelled(now)

    def _check(self, request: Request, trunk: Trunk, merged: bool, now: float) -> None:
        """Raises _Refusal for what must not be served outside a dialog."""
        if trunk.credentials and request.method != "OPTIONS":
            passwords = {each.username: each.password for each in trunk.credentials}
            verdict = self._challenger.check(request, passwords, now)
            if verdict is not Verdict.ACCEPTED:
                raise _Refusal(401, self._challenger.ask(now, verdict is Verdict.STALE))
        if request.method not in _OUTSIDE | _INSIDE:
            raise _Refusal(405 if request.method in KNOWN_METHODS else 501)
        if request.to.tag or request.method in _INSIDE:
            raise _Refusal(481)
        if not (request.uri.is_sip or request.uri.scheme == "tel"):
            raise _Refusal(416)
        numbers, number = self._core.settings.numbers, request.uri.number
        if numbers is not None and number not in numbers and (number or request.method == "INVITE"):
            raise _Refusal(404)
        if merged:
            raise _Refusal(482)
        _check_extensions(request)

    def _serve(self, transaction: ServerTransaction, source: Address, trunk: Trunk, now: float) -> None:
        request = transaction.request
        if not isinstance(transaction, InviteServerTransaction):
            fields = (ALLOW, ACCEPT, SUPPORTED, self._core.contact(request.uri.user))
            transaction.respond(respond(request, 200, self._core.name(), fields), now)
            return
        if len(self._calls) >= self._core.settings.max_calls:
            raise _Refusal(486)
        if not _accepts_description(request):
            raise _Refusal(406, (ACCEPT, ("Warning", '399 b2t "An answer needs application/sdp"')))
        call = IncomingCall(self._core, transaction, source, trunk.name, self._closed)
        self._calls[call.name] = call
        call.start(now)


def _check_extensions(request: Request) -> None:
    unknown = [name for name in request.tokens("Require") if name.lower() not in EXTENSIONS]
    if unknown:
        raise _Refusal(420, (("Unsupported", ", ".join(unknown)), SUPPORTED))


def _accepts_description(request: Request) -> bool:
    """No Accept at all means application/sdp (RFC 3261 section 20.1)."""
    if request.field("Accept") is None:
        return True
    kinds = {piece.split(";")[0].strip().lower() for piece in request.tokens("Accept")}
    return bool(kinds & {"application/sdp", "application/*", "*/*"})
