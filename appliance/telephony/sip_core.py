"""What all calls of a user agent share: settings, outbox, transactions, dialogs, and the making of names and fields."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Protocol

from appliance.telephony.addresses import Address
from appliance.telephony.outbox import Outbox
from appliance.telephony.sip_client_transaction import ClientTransaction, Listener
from appliance.telephony.sip_dialog import Dialog, DialogKey
from appliance.telephony.sip_grammar import Fields
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_server_transaction import ServerTransaction
from appliance.telephony.sip_settings import Settings, Trunk
from appliance.telephony.sip_transactions import Transactions
from appliance.telephony.sip_uri import NameAddr, sip_uri
from appliance.telephony.sip_via import MAGIC_COOKIE, Via

ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY")
ACCEPT = ("Accept", "application/sdp")
SUPPORTED = ("Supported", "timer")
SDP = ("Content-Type", "application/sdp")
EXTENSIONS = frozenset({"timer"})
"""Option tags that a Require may name."""


class InDialog(Protocol):
    """What a dialog's messages go to once the dialog is known."""

    def receive(self, request: Request, transaction: ServerTransaction, now: float) -> None: ...

    def receive_ack(self, request: Request, now: float) -> None: ...

    @property
    def peer_host(self) -> str: ...


class Core:
    def __init__(self, settings: Settings, random_bytes: Callable[[int], bytes]) -> None:
        self.settings = settings
        self.outbox = Outbox()
        self.transactions = Transactions(settings, self.outbox)
        self.dialogs: dict[DialogKey, InDialog] = {}
        self.random_bytes = random_bytes

    def configure(self, settings: Settings) -> None:
        self.settings = self.transactions.settings = settings

    def name(self) -> str:
        """A new tag, call name or Call-ID: 64 bits nobody can guess."""
        return self.random_bytes(8).hex()

    def number(self, bits: int) -> int:
        return int.from_bytes(self.random_bytes(8)) >> (64 - bits)

    def via(self) -> Via:
        address = self.settings.address
        host = f"[{address.host}]" if ":" in address.host else address.host
        return Via("UDP", host, address.port, (("branch", MAGIC_COOKIE + self.name()), ("rport", None)))

    def contact(self, user: str = "") -> tuple[str, str]:
        return "Contact", str(NameAddr(sip_uri(user, self.settings.address)))

    def trunk_of(self, source: Address) -> Trunk | None:
        try:
            address = ip_address(source.host)
        except ValueError:
            return None
        return next((trunk for trunk in self.settings.trunks if any(address in net for net in trunk.sources)), None)

    def trusts(self, host: str, peer: Address) -> bool:
        return host == peer.host or self.trunk_of(Address(host, 0)) is not None

    def send(
        self,
        dialog: Dialog,
        request: Request,
        responded: Callable[[Response, float], None],
        timed_out: Callable[[float], None],
        now: float,
    ) -> ClientTransaction:
        """Send a request of a dialog in a transaction of its own."""
        return self.transactions.open_client(request, dialog.destination, Listener(responded, timed_out), now)

    def send_ack(self, dialog: Dialog, cseq: int, fields: Fields = (), body: bytes = b"") -> Request:
        """Acknowledge a 2xx; it is answered by nothing, so it has no transaction."""
        request = dialog.request("ACK", self.via(), cseq, fields, body)
        self.outbox.send(request.encode(), dialog.destination)
        return request
