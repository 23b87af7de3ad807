"""Signing in and out, one's own password, and the first administrator's."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict, Field

from appliance.access.accounts import NAME
from appliance.access.passwords import MAX_CHARACTERS
from appliance.access.rights import Principal
from appliance.errors import B2TError, Denied
from services.gateway.accounts import Session, SignInFailed
from services.gateway.authentication import address
from services.gateway.gateway import Gateway
from services.gateway.setup_link import setup_token_file

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["admin"])]
AccountName = Annotated[str, Field(pattern=rf"^{NAME}$", examples=["admin"])]
Password = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS, examples=["a long password 1"])]


class SignIn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    password: Password


class SetUp(BaseModel):
    """`token` stands in the fragment of the one-time link that the start prints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=64)]
    name: AccountName = "admin"
    password: Password


class PasswordChange(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    current: Password
    new: Password


class SessionShown(BaseModel):
    name: str = Field(examples=["admin"])
    role: str = Field(examples=["administrator"])
    rights: list[str] = Field(description="What this session or key may do.", examples=[["agents.read"]])


@post(
    "/v1/session",
    opt={"public": True},
    tags=["Session"],
    summary="Sign in",
    description="Sets the session's cookie. After ten wrong passwords the account is locked for half an hour; a "
    "session ends after 15 minutes without use, or as configured.",
    status_code=200,
)
async def sign_in(request: Request[Any, Any, Any], data: JSONBody[SignIn]) -> Response[SessionShown]:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.sign_in, address(request))
    own_page(gateway, request)
    try:
        session = await gateway.accounts.sign_in(data.name, data.password)
    except SignInFailed as error:
        await _tell_failed(gateway, error, _source(gateway, request))
        raise
    await _audit_or_undo(gateway, session, _source(gateway, request))
    shown = _shown(session.principal, session.role)
    return Response(shown, cookies=[_cookie(gateway, session.token)])


@get("/v1/session", opt={"signed_in": True}, tags=["Session"], summary="Who is signed in")
async def who(request: Request[Any, Any, Any]) -> SessionShown:
    gateway: Gateway = request.app.state.gateway
    if request.user.kind == "api_key":
        return _shown(request.user, "api_key")
    return _shown(request.user, await gateway.accounts.role(request.user.id) or "")


@delete(
    "/v1/session",
    opt={"signed_in": True},
    tags=["Session"],
    summary="Sign out",
    responses={204: ResponseSpec(None, description="Signed out.")},
)
async def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
    gateway: Gateway = request.app.state.gateway
    token = request.cookies.get(gateway.gate.cookie)
    if token is not None and request.user.kind == "account":
        await gateway.accounts.sign_out(token)
        await _audit_quietly(gateway, "signed_out", account=request.user.actor)
    return Response(None, status_code=204, cookies=[_cookie(gateway, "", max_age=0)])


@post(
    "/v1/session/password",
    opt={"signed_in": True},
    tags=["Session"],
    summary="Change your own password",
    description="Your other sessions end. Wrong tries of the current one count as they do at signing in. On record "
    "first; where that cannot be written, nothing is changed (503).",
    status_code=204,
)
async def change_password(request: Request[Any, Any, Any], data: JSONBody[PasswordChange]) -> None:
    gateway: Gateway = request.app.state.gateway
    token = request.cookies.get(gateway.gate.cookie)
    if request.user.kind != "account" or token is None:
        raise Denied("Only somebody who is signed in has a password.")
    gateway.limits.take(gateway.limits.sign_in, address(request))
    source = _source(gateway, request)
    try:
        await gateway.accounts.change_password(request.user.id, token, data.current, data.new, source)
    except SignInFailed as error:
        await _tell_failed(gateway, error, source)
        raise WrongPassword("The current password is wrong, or the account is locked for a while.") from None


class WrongPassword(Denied):
    """Not 401: the session is good, and a page would take that for its end."""

    code = "wrong-password"


@post(
    "/v1/setup",
    opt={"public": True},
    tags=["Session"],
    summary="Set the first administrator's password",
    description="A password has at least twelve characters, among them a letter and a digit. On record first; where "
    "that cannot be written, there is no administrator yet and the link stays good (503).",
    status_code=204,
)
async def set_up(request: Request[Any, Any, Any], data: JSONBody[SetUp]) -> None:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.setup, address(request))
    own_page(gateway, request)
    source = _source(gateway, request)
    try:
        await gateway.accounts.set_up(data.token, data.name, data.password, source)
    except Denied:
        await _audit_quietly(gateway, "setup_refused", source=source)
        raise
    await gateway.records.run(lambda: setup_token_file(gateway.unit.paths).unlink(missing_ok=True))


async def _tell_failed(gateway: Gateway, error: SignInFailed, source: str) -> None:
    account = None if error.account is None else f"account:{error.account}"
    await _audit_quietly(gateway, "sign_in_failed", account=account, source=source)
    if account is not None and error.locked:
        await _audit_quietly(gateway, "account_locked", account=account, source=source)


def own_page(gateway: Gateway, request: Request[Any, Any, Any]) -> None:
    """Another site's page may sign nobody in. Programs send no Origin."""
    if "origin" in request.headers and not gateway.gate.is_own(request):
        raise Denied("This may only be asked for by a page of this gateway.")


def _cookie(gateway: Gateway, token: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=gateway.gate.cookie,
        value=token,
        path="/",
        max_age=max_age,
        httponly=True,
        secure=gateway.origins.is_https,
        samesite="strict",
    )


def _source(gateway: Gateway, request: Request[Any, Any, Any]) -> str:
    return gateway.unit.place(address(request))


async def _audit_or_undo(gateway: Gateway, session: Session, source: str) -> None:
    """Nobody is let in unseen."""
    try:
        await gateway.unit.audit("signed_in", account=session.principal.actor, source=source)
    except B2TError:
        await gateway.accounts.sign_out(session.token)
        raise


async def _audit_quietly(gateway: Gateway, action: str, **fields: str | None) -> None:
    """What is over already is told as soon as it can be."""

    async def tell() -> None:
        await gateway.unit.audit(action, **{key: value for key, value in fields.items() if value is not None})

    gateway.desk.background.spawn(tell(), f"audit {action}")


def _shown(principal: Principal, role: str) -> SessionShown:
    return SessionShown(name=principal.name, role=role, rights=sorted(principal.rights))
