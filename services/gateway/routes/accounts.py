"""People's accounts: who manages them invites, changes, locks, resets and removes; who is invited sets a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from pydantic import BaseModel, ConfigDict, Field

from appliance.access.accounts import Asker, State
from appliance.access.rights import ROLES, Right, Role
from appliance.errors import Denied
from services.gateway import invitations
from services.gateway.authentication import address
from services.gateway.gateway import Gateway
from services.gateway.managing import AccountRecord, FormerRecord, Invitation
from services.gateway.routes.sessions import AccountName, Password, own_page
from services.gateway.setup_link import base_url

TAGS = ["Accounts"]
RIGHT = {"right": Right.MANAGE_ACCOUNTS}
ON_RECORD = "On record first; where that cannot be written, nothing is changed (503)."
AccountId = Annotated[str, PathParameter(pattern=r"^[a-z2-7]{26}$", description="Id of the account.")]
Removed = Annotated[bool, QueryParameter(description="Those who were removed, too.")]
Token = Annotated[str, Field(min_length=1, max_length=64, description="What stands in the link's fragment.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Invite(_Body):
    name: AccountName
    role: Role


class RoleGiven(_Body):
    role: Role


class TokenGiven(_Body):
    token: Token


class Acceptance(_Body):
    token: Token
    password: Password


class AccountShown(BaseModel):
    id: str = Field(examples=["dz37sugnve26xca6geuxpazcc7"])
    name: str = Field(examples=["jordan"])
    role: str = Field(examples=["supervisor"])
    state: State = Field(description="`lapsed`: the invitation is too old. `locked`: somebody locked it.")
    yours: bool
    created_at: str = Field(examples=["2026-11-02T09:00:00+00:00"])
    signed_in_at: str | None = Field(description="When it last signed in.")
    invited_until: str | None = Field(description="How long its invitation is good.")
    tries_until: str | None = Field(description="Too many wrong passwords keep it shut until then.")


class AccountRemoved(BaseModel):
    """Whose an id in the audit log was; kept for thirteen months."""

    id: str
    name: str
    role: str
    created_at: str
    removed_at: str


class RoleShown(BaseModel):
    role: Role
    rights: list[Right]


class AccountsShown(BaseModel):
    accounts: list[AccountShown]
    removed: list[AccountRemoved]
    roles: list[RoleShown] = Field(description="Every role there is, with what it may.")


class AccountInvited(BaseModel):
    account: AccountShown
    link: str = Field(
        description="Good once; nobody can see it again. Pass it on by a way that only they can read.",
        examples=["https://b2t.example/invitation#…"],
    )
    expires_at: str


class InvitedShown(BaseModel):
    name: str
    role: str


@get("/v1/accounts", opt=RIGHT, tags=TAGS, summary="List the accounts")
async def all_accounts(request: Request[Any, Any, Any], removed: Removed = False) -> AccountsShown:
    gateway: Gateway = request.app.state.gateway
    asker = Asker.of(request.user)
    former = await gateway.managing.former() if removed else []
    accounts = [shown(one, asker) for one in await gateway.managing.all()]
    roles = [RoleShown(role=role, rights=sorted(rights)) for role, rights in ROLES.items()]
    return AccountsShown(accounts=accounts, removed=[shown_former(one) for one in former], roles=roles)


@post(
    "/v1/accounts",
    opt=RIGHT,
    tags=TAGS,
    summary="Invite somebody",
    description=f"Makes an account and a link with which they set their own password within three days. {ON_RECORD}",
)
async def invite(request: Request[Any, Any, Any], data: JSONBody[Invite]) -> AccountInvited:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        made = await gateway.managing.invite(asker, data.name, data.role, source)
    return shown_invitation(made, asker, base_url(gateway.config))


@post(
    "/v1/accounts/{id:str}/role",
    opt=RIGHT,
    tags=TAGS,
    summary="Give another role",
    description=f"It holds from their next request on. {ON_RECORD}",
    status_code=200,
)
async def change_role(request: Request[Any, Any, Any], id: AccountId, data: JSONBody[RoleGiven]) -> AccountShown:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        return shown(await gateway.managing.change_role(asker, id, data.role, source), asker)


@post(
    "/v1/accounts/{id:str}/lock",
    opt=RIGHT,
    tags=TAGS,
    summary="Lock an account",
    description=f"Its sessions end, its invitation and its API keys are refused, until it is unlocked. {ON_RECORD}",
    status_code=200,
)
async def lock(request: Request[Any, Any, Any], id: AccountId) -> AccountShown:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        return shown(await gateway.managing.lock(asker, id, source), asker)


@post(
    "/v1/accounts/{id:str}/unlock",
    opt=RIGHT,
    tags=TAGS,
    summary="Unlock an account",
    description=f"Whether somebody locked it or wrong passwords did. {ON_RECORD}",
    status_code=200,
)
async def unlock(request: Request[Any, Any, Any], id: AccountId) -> AccountShown:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        return shown(await gateway.managing.unlock(asker, id, source), asker)


@post(
    "/v1/accounts/{id:str}/reset",
    opt=RIGHT,
    tags=TAGS,
    summary="Invite somebody again",
    description=f"Their password and sessions are gone; they set a new one with the new link. {ON_RECORD}",
    status_code=200,
)
async def reset(request: Request[Any, Any, Any], id: AccountId) -> AccountInvited:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        made = await gateway.managing.reset(asker, id, source)
    return shown_invitation(made, asker, base_url(gateway.config))


@delete(
    "/v1/accounts/{id:str}",
    opt=RIGHT,
    tags=TAGS,
    summary="Remove an account",
    description=f"Its sessions end and its API keys are revoked at once. {ON_RECORD}",
)
async def remove(request: Request[Any, Any, Any], id: AccountId) -> None:
    gateway, asker, source = _asked(request)
    with _refusals_told(request):
        await gateway.managing.remove(asker, id, source)


@post(
    "/v1/invitation",
    opt={"public": True},
    tags=TAGS,
    summary="Look whom an invitation is for",
    status_code=200,
)
async def look(request: Request[Any, Any, Any], data: JSONBody[TokenGiven]) -> InvitedShown:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.sign_in, address(request))
    own_page(gateway, request)
    found = await gateway.invitations.look(data.token)
    return InvitedShown(name=found.name, role=found.role)


@post(
    "/v1/invitation/password",
    opt={"public": True},
    tags=TAGS,
    summary="Accept an invitation: set your password",
    description="A password has at least twelve characters, among them a letter and a digit. The link is spent then. "
    + ON_RECORD,
    status_code=200,
)
async def accept(request: Request[Any, Any, Any], data: JSONBody[Acceptance]) -> InvitedShown:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.sign_in, address(request))
    own_page(gateway, request)
    source = gateway.unit.place(address(request))
    try:
        found = await gateway.invitations.accept(data.token, data.password, source)
    except Denied:
        gateway.tell_refused("setup_refused", address(request))
        raise
    return InvitedShown(name=found.name, role=found.role)


def shown(record: AccountRecord, asker: Asker) -> AccountShown:
    return AccountShown(
        id=record.id,
        name=record.name,
        role=record.role,
        state=record.state,
        yours=record.id == asker.account,
        created_at=iso(record.created_at),
        signed_in_at=_iso(record.signed_in_at),
        invited_until=_iso(record.invited_until),
        tries_until=_iso(record.tries_until),
    )


def shown_former(record: FormerRecord) -> AccountRemoved:
    return AccountRemoved(
        id=record.id,
        name=record.name,
        role=record.role,
        created_at=iso(record.created_at),
        removed_at=iso(record.removed_at),
    )


def shown_invitation(made: Invitation, asker: Asker, base: str) -> AccountInvited:
    link = f"{base}{invitations.PATH}#{made.token}"
    return AccountInvited(
        account=shown(made.account, asker), link=link, expires_at=iso(made.account.invited_until or 0)
    )


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _asked(request: Request[Any, Any, Any]) -> tuple[Gateway, Asker, str]:
    gateway: Gateway = request.app.state.gateway
    return gateway, Asker.of(request.user), gateway.unit.place(address(request))


@contextmanager
def _refusals_told(request: Request[Any, Any, Any]) -> Iterator[None]:
    """Who reaches for more than they may is in the audit log, as where a route refuses them."""
    try:
        yield
    except Denied:
        gateway: Gateway = request.app.state.gateway
        gateway.tell_refused("access_denied", address(request), account=request.user.actor, right=RIGHT["right"])
        raise
