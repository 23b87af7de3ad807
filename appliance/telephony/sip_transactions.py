"""All transactions of a user agent: found by what a message says, bounded in number, forgotten when they end."""

from __future__ import annotations

from collections.abc import Hashable

from appliance.telephony.addresses import Address
from appliance.telephony.outbox import Outbox
from appliance.telephony.sip_client_transaction import ClientTransaction, InviteClientTransaction, Listener
from appliance.telephony.sip_message import Request, Response
from appliance.telephony.sip_server_transaction import InviteServerTransaction, ServerTransaction
from appliance.telephony.sip_settings import Settings
from appliance.telephony.sip_via import MAGIC_COOKIE


class Transactions:
    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        self.settings = settings
        self._outbox = outbox
        self._servers: dict[Hashable, ServerTransaction] = {}
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._merged: dict[Hashable, Hashable] = {}
        """Request as its sender numbered it → key of the transaction that is working on it."""
        self._count = 0

    @property
    def size(self) -> int:
        return len(self._servers) + len(self._clients)

    def has_room(self, within_call: bool) -> bool:
        """Calls that exist keep working when the table is full for new ones."""
        return self.size < self.settings.max_transactions * (2 if within_call else 1)

    def find_server(self, request: Request) -> ServerTransaction | None:
        return self._servers.get(_server_key(request, request.method))

    def find_invite(self, request: Request) -> InviteServerTransaction | None:
        """The INVITE that an ACK or CANCEL is about."""
        found = self._servers.get(_server_key(request, "INVITE"))
        return found if isinstance(found, InviteServerTransaction) else None

    def is_merged(self, request: Request) -> bool:
        """The same request has come another way and is being worked on (RFC 3261 section 8.2.2.2)."""
        return _merge_key(request) in self._merged

    def open_server(self, request: Request, reply_to: Address) -> ServerTransaction:
        key, merge = _server_key(request, request.method), _merge_key(request)

        def forget() -> None:
            self._servers.pop(key, None)
            if self._merged.get(merge) == key:
                del self._merged[merge]

        kind = InviteServerTransaction if request.method == "INVITE" else ServerTransaction
        opened = kind(self._name(), request, reply_to, self._outbox, self.settings.timers, forget)
        self._servers[key] = opened
        self._merged.setdefault(merge, key)
        return opened

    def find_client(self, response: Response) -> ClientTransaction | None:
        return self._clients.get((response.via[0].branch, response.method))

    def open_client(self, request: Request, destination: Address, listener: Listener, now: float) -> ClientTransaction:
        key = (request.via[0].branch, request.method)
        kind = InviteClientTransaction if request.method == "INVITE" else ClientTransaction
        opened = kind(self._name(), request, destination, self._outbox, self.settings.timers, listener)
        self._clients[key] = opened

        def forget() -> None:
            self._clients.pop(key, None)

        opened.ended = forget
        opened.start(now)
        return opened

    def _name(self) -> str:
        self._count += 1
        return str(self._count)


def _server_key(request: Request, method: str) -> Hashable:
    """RFC 3261 section 17.2.3; without the magic cookie, RFC 2543's rules (less the To tag, which only the ACK has)."""
    top = request.via[0]
    if top.branch.startswith(MAGIC_COOKIE):
        return top.branch, top.sent_by, method
    return str(request.uri), request.from_.tag, request.call_id, request.cseq, top.sent_by, top.branch, method


def _merge_key(request: Request) -> Hashable:
    return request.from_.tag, request.call_id, request.cseq, request.method
