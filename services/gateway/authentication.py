"""Who a request comes from, and the guard that denies whatever a route does not allow by name.

A route says `opt={"right": Right.X}` for those who have that right (of several, any), `opt={"signed_in": True}` for
all who have shown who they are, or `opt={"public": True}` for everybody. One that says nothing is denied. A cookie
counts only together with an Origin of our own where something is changed, so that another site can make a visitor's
browser change nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.exceptions import WebSocketException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from appliance.access.limits import Rate, RateLimit
from appliance.access.origins import Origins
from appliance.access.rights import Principal, Right
from appliance.access.tokens import digest
from appliance.errors import B2TError, Denied
from services.gateway.accounts import Accounts
from services.gateway.api_keys import ApiKeys

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
Caller = ASGIConnection[Any, Any, Any, Any]


class NotSignedIn(B2TError):
    code, status = "not-signed-in", 401


class TooMany(B2TError):
    code, status, retryable = "too-many", 429, True

    def __init__(self, retry_after: int) -> None:
        super().__init__("There were too many tries; wait a little.")
        self.retry_after = retry_after


class Gate:
    """What authentication needs; one for the whole application."""

    def __init__(self, accounts: Accounts, keys: ApiKeys, origins: Origins) -> None:
        self._accounts = accounts
        self._keys = keys
        self.origins = origins
        self._wrong_keys = RateLimit(Rate(burst=20, per_second=0.5))

    @property
    def cookie(self) -> str:
        """The `__Host-` prefix binds it to this very host; browsers want it Secure for that."""
        return "__Host-b2t" if self.origins.is_https else "b2t_session"

    async def principal(self, caller: Caller, now: float) -> Principal | None:
        """Raises NotSignedIn for a wrong API key, TooMany for many of them, Denied for another site's page."""
        header = caller.headers.get("authorization")
        if header is not None:
            return await self._by_key(header, address(caller), now)
        token = caller.cookies.get(self.cookie)
        if token is None:
            return None
        principal = await self._accounts.find(token)
        if principal is not None:
            self._check_origin(caller)
        return principal

    async def still(self, caller: Caller) -> Principal | None:
        """Whom a connection opened earlier stands for now; looking counts as no use of a session."""
        header = caller.headers.get("authorization")
        if header is not None:
            return await self._keys.find(header.partition(" ")[2].strip())
        session = self.session(caller)
        return None if session is None else await self._accounts.look(session, used=False)

    def session(self, caller: Caller) -> str | None:
        """Digest of the session token that came along."""
        token = caller.cookies.get(self.cookie)
        return None if token is None else digest(token)

    def is_own(self, caller: Caller) -> bool:
        """Whether a page of ours asks. A browser leaves the Origin out only where it reads from its own site."""
        origin = caller.headers.get("origin")
        return origin is not None and self.origins.is_own(origin, caller.headers.get("host", ""))

    async def _by_key(self, header: str, address: str, now: float) -> Principal:
        scheme, _, key = header.partition(" ")
        found = await self._keys.find(key.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            wait = self._wrong_keys.take(address, now)
            if wait:
                raise TooMany(wait)
            raise NotSignedIn("This API key is not known, or not valid any more.")
        return found

    def _check_origin(self, caller: Caller) -> None:
        if caller.scope.get("method") in SAFE_METHODS:  # a WebSocket has none
            return
        if not self.is_own(caller):
            raise Denied("This may only be asked for by a page of this gateway.")


def address(caller: Caller) -> str:
    """The peer's. A proxy in front is one peer: it limits its own clients."""
    return caller.client.host if caller.client else "-"


class Authenticate(AbstractAuthenticationMiddleware):
    async def authenticate_request(self, connection: Caller) -> AuthenticationResult:
        gate: Gate = connection.app.state.gate
        try:
            principal = await gate.principal(connection, asyncio.get_running_loop().time())
        except B2TError as error:
            if isinstance(error, NotSignedIn):
                connection.app.state.gateway.tell_refused("sign_in_failed", address(connection), reason="api-key")
            connection.scope["state"]["refused"] = error
            principal = None
        return AuthenticationResult(user=principal, auth=None)


async def deny_by_default(connection: Caller, handler: BaseRouteHandler) -> None:
    """The application's guard."""
    try:
        _deny(connection, handler)
    except B2TError as error:
        _tell(connection, handler, error)
        raise refusal(connection, error) from None


async def check_again(connection: Caller, handler: BaseRouteHandler) -> None:
    """Once a body has come, for which there is time: whoever may not send it any more has sent it for nothing.

    Handlers judge by whom the records have now. Raises NotSignedIn, Denied, Unavailable.
    """
    if connection.scope.get("user") is None:
        return
    gate: Gate = connection.app.state.gate
    connection.scope["user"] = await gate.still(connection)
    await deny_by_default(connection, handler)


def _tell(connection: Caller, handler: BaseRouteHandler, error: B2TError) -> None:
    """Somebody known who asks for more than they may is in the audit log."""
    principal: Principal | None = connection.scope.get("user")
    if principal is None or not isinstance(error, Denied):
        return
    wanted = handler.opt.get("right")
    names = "/".join(sorted(map(str, wanted if isinstance(wanted, tuple) else (wanted,)))) or "none"
    gateway = connection.app.state.gateway
    gateway.tell_refused("access_denied", address(connection), account=principal.actor, right=names)


def refusal(connection: Caller, error: B2TError) -> Exception:
    """What to raise so that a WebSocket not accepted yet is refused with the error's status, as a request would be."""
    if str(connection.scope["type"]) == "websocket":
        return WebSocketException(code=4000 + error.status, detail=error.title)
    return error


def _deny(connection: Caller, handler: BaseRouteHandler) -> None:
    if handler.opt.get("public") is True:
        return
    refused = connection.scope["state"].get("refused")
    if refused is not None:
        raise refused
    principal: Principal | None = connection.scope.get("user")
    if principal is None:
        raise NotSignedIn("Sign in or send an API key first.")
    if handler.opt.get("signed_in") is True:
        return
    wanted = handler.opt.get("right")
    rights = wanted if isinstance(wanted, tuple) else (wanted,)
    if not any(isinstance(right, Right) and principal.may(right) for right in rights):
        raise Denied("You may not do this.")
