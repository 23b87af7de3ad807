"""Is it alive, can it do its job, and its figures."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from pydantic import BaseModel, Field

from appliance.access.rights import Right
from services.gateway.gateway import Gateway


class Alive(BaseModel):
    status: str = Field("ok", examples=["ok"])


class PartShown(BaseModel):
    name: str = Field(examples=["dialogue"])
    ready: bool
    detail: str | None = Field(None, description="What is wrong.", examples=["It does not answer."])


class Readiness(BaseModel):
    ready: bool
    parts: list[PartShown]


@get("/healthz", opt={"public": True}, tags=["Operation"], summary="Whether this process is alive")
async def healthz() -> Alive:
    return Alive(status="ok")


@get("/readyz", opt={"public": True}, tags=["Operation"], summary="Whether everything it needs is ready, part by part")
async def readyz(request: Request[Any, Any, Any]) -> Response[Readiness]:
    gateway: Gateway = request.app.state.gateway
    parts = await gateway.health.parts()
    ready = all(part.ready for part in parts)
    shown = Readiness(
        ready=ready, parts=[PartShown(name=part.name, ready=part.ready, detail=part.detail) for part in parts]
    )
    return Response(shown, status_code=200 if ready else 503)


@get(
    "/metrics",
    opt={"right": Right.READ_METRICS},
    tags=["Operation"],
    summary="Figures of every unit, in Prometheus' text format",
    media_type="text/plain; version=0.0.4",
)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    gateway: Gateway = request.app.state.gateway
    return Response(await gateway.health.metrics(), media_type="text/plain; version=0.0.4")
