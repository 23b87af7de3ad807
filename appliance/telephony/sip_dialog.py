"""A dialog: what two user agents remember of each other for as long as a call lasts (RFC 3261 section 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from appliance.telephony.addresses import Address
from appliance.telephony.sip_grammar import Fields
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_uri import NameAddr, Uri
from appliance.telephony.sip_via import Via

DialogKey = tuple[str, str, str]
"""Call-ID, our tag, their tag."""


@dataclass(slots=True)
class Dialog:
    call_id: str
    local: NameAddr
    remote: NameAddr
    target: Uri
    """Where requests are for: the other side's Contact."""
    peer: Address
    """Where the other side's messages come from."""
    placed: bool = False
    """We began it, so the Call-ID is ours."""
    routes: tuple[NameAddr, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1
    trusted: Callable[[str], bool] = field(default=lambda host: False)
    """Whether an address that the other side names may be sent to; if not, `peer` is."""

    @property
    def key(self) -> DialogKey:
        return self.call_id, self.local.tag, self.remote.tag

    def next_cseq(self) -> int:
        self.local_cseq += 1
        return self.local_cseq

    def request(self, method: str, via: Via, cseq: int, fields: Fields = (), body: bytes = b"") -> Request:
        """A request within the dialog (section 12.2.1.1). A first route without `lr` is a strict router's."""
        uri, routes = self.target, self.routes
        if routes and routes[0].uri.parameter("lr") is None:
            uri, routes = routes[0].uri, (*routes[1:], NameAddr(self.target))
        return Request(
            uri=uri,
            via=(via,),
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=cseq,
            method=method,
            fields=(*(("Route", str(route)) for route in routes), ("Max-Forwards", "70"), *fields),
            body=body,
        )

    @property
    def destination(self) -> Address:
        """The first route's or the target's address if it is a trusted one, else where the other side really is."""
        address = (self.routes[0].uri if self.routes else self.target).address
        try:
            ip_address(address.host)
        except ValueError:
            return self.peer
        return address if self.trusted(address.host) else self.peer

    def retarget(self, message: Request | Response) -> None:
        """INVITE, UPDATE and their 2xx refresh the target (section 12.2.2)."""
        contact = message.contact
        if contact is not None and contact.is_sip:
            self.target = contact


def dialog_of_request(request: Request, tag: str, source: Address, trusted: Callable[[str], bool]) -> Dialog:
    """Ours as the called (section 12.1.1). Without a Contact, as in RFC 2543, the caller's From is the target."""
    return Dialog(
        call_id=request.call_id,
        local=request.to.tagged(tag),
        remote=request.from_,
        target=request.contact or request.from_.uri,
        peer=source,
        routes=request.addresses("Record-Route"),
        remote_cseq=request.cseq,
        trusted=trusted,
    )


def dialog_of_response(request: Request, response: Response, source: Address, trusted: Callable[[str], bool]) -> Dialog:
    """Ours as the caller (section 12.1.2)."""
    return Dialog(
        call_id=request.call_id,
        local=request.from_,
        remote=response.to,
        target=response.contact or request.uri,
        peer=source,
        placed=True,
        routes=tuple(reversed(response.addresses("Record-Route"))),
        local_cseq=request.cseq,
        trusted=trusted,
    )
