"""API keys for programs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter
from pydantic import BaseModel, ConfigDict, Field

from appliance.access.rights import Right
from services.gateway.api_keys import KeyRecord
from services.gateway.gateway import Gateway

KeyId = Annotated[str, PathParameter(pattern=r"^[a-z2-7]{16}$", description="Id of the key.")]


class KeyAsked(BaseModel):
    """`rights` are at most those of whoever asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S", examples=["crm"])]
    rights: Annotated[list[Right], Field(min_length=1, max_length=len(Right))]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class KeyShown(BaseModel):
    id: str = Field(examples=["mfzwizltoqxgg33o"])
    name: str = Field(examples=["crm"])
    rights: list[Right]
    created_at: str = Field(examples=["2026-11-02T09:00:00+00:00"])
    expires_at: str | None
    used_at: str | None = Field(description="About when it was last used.")


class KeyMade(KeyShown):
    key: str = Field(description="The key itself. Nobody can see it again.")


class Keys(BaseModel):
    keys: list[KeyShown]


@get("/v1/api-keys", opt={"right": Right.MANAGE_KEYS}, tags=["API keys"], summary="List the API keys in use")
async def all_keys(request: Request[Any, Any, Any]) -> Keys:
    gateway: Gateway = request.app.state.gateway
    return Keys(keys=[KeyShown(**_fields(record)) for record in await gateway.keys.all()])


@post(
    "/v1/api-keys",
    opt={"right": Right.MANAGE_KEYS},
    tags=["API keys"],
    summary="Make an API key",
    description="It is sent as `Authorization: Bearer <key>`.",
)
async def make_key(request: Request[Any, Any, Any], data: JSONBody[KeyAsked]) -> KeyMade:
    gateway: Gateway = request.app.state.gateway
    expires = None if data.expires_in_days is None else int(time.time()) + data.expires_in_days * 86_400
    record, key = await gateway.keys.make(request.user, data.name, frozenset(data.rights), expires)
    try:
        await gateway.unit.audit("api_key_created", key=record.id, account=request.user.actor)
    except Exception:
        await gateway.keys.revoke(record.id)
        raise
    return KeyMade(key=key, **_fields(record))


@delete("/v1/api-keys/{id:str}", opt={"right": Right.MANAGE_KEYS}, tags=["API keys"], summary="Revoke an API key")
async def revoke_key(request: Request[Any, Any, Any], id: KeyId) -> None:
    gateway: Gateway = request.app.state.gateway
    await gateway.keys.revoke(id, request.user)
    await gateway.unit.audit("api_key_revoked", key=id, account=request.user.actor)


def _fields(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "rights": sorted(record.rights),
        "created_at": _iso(record.created_at),
        "expires_at": _iso(record.expires_at),
        "used_at": _iso(record.used_at),
    }


def _iso(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
