"""Agents and figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import PathParameter, QueryParameter
from pydantic import BaseModel, Field

from appliance.access.rights import Right
from appliance.adapters.vault import unredact
from appliance.errors import B2TError, Unavailable
from appliance.insights.queries import AskSummary, Summary
from appliance.privacy.unredaction_asking import UnredactionAsked
from services.gateway.agents import Agent
from services.gateway.dialogue_client import ask_insights
from services.gateway.gateway import Gateway


class Agents(BaseModel):
    agents: list[Agent]


class IntentShown(BaseModel):
    intent: str = Field(examples=["balance"])
    turns: int


class LatencyShown(BaseModel):
    stage: str = Field(examples=["understood"])
    count: int
    p50_ms: float
    p95_ms: float


class PeriodShown(BaseModel):
    """Figures of one span of days, UTC."""

    first_day: str = Field(examples=["2026-11-02"])
    last_day: str = Field(examples=["2026-11-08"])
    conversations: int
    channels: dict[str, int] = Field(examples=[{"phone": 12, "chat": 30}])
    outcomes: dict[str, int] = Field(examples=[{"contained": 40, "transferred": 2}])
    containment: float | None = Field(description="Share of ended conversations that needed no person.")
    turns: int
    top_intents: list[IntentShown]
    latency: list[LatencyShown]


class BreakGlassShown(BaseModel):
    """Emergency accesses to values: under way, and those that no second person has looked at."""

    open: int
    unreviewed: int


class SummaryShown(BaseModel):
    today: PeriodShown
    total: PeriodShown
    days: list[PeriodShown]
    break_glass: BreakGlassShown | None = Field(description="Nothing where the vault does not answer.")


@get(
    "/v1/agents",
    opt={"right": Right.READ_AGENTS},
    tags=["Agents"],
    summary="List the agents of this box",
    description="Also those that are published and answer nowhere yet.",
)
async def all_agents(request: Request[Any, Any, Any]) -> Agents:
    gateway: Gateway = request.app.state.gateway
    return Agents(agents=list(await gateway.desk.dialogue.agents()))


@get("/v1/agents/{name:str}", opt={"right": Right.READ_AGENTS}, tags=["Agents"], summary="One agent")
async def one_agent(
    request: Request[Any, Any, Any],
    name: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The agent's name.")],
) -> Agent:
    gateway: Gateway = request.app.state.gateway
    return await gateway.desk.dialogue.agent(name)


@get(
    "/v1/insights/summary",
    opt={"right": Right.READ_INSIGHTS},
    tags=["Insights"],
    summary="Figures of today and of the last days",
)
async def summary(
    request: Request[Any, Any, Any],
    days: Annotated[int, QueryParameter(ge=1, le=366, description="How many days, today among them.")] = 7,
) -> SummaryShown:
    gateway: Gateway = request.app.state.gateway
    answer = await ask_insights(gateway.unit.bus, AskSummary(days=days))
    if not isinstance(answer, Summary):
        raise Unavailable("The insights are not understood.")
    return SummaryShown.model_validate(asdict(answer) | {"break_glass": await _break_glass(gateway)})


async def _break_glass(gateway: Gateway) -> BreakGlassShown | None:
    try:
        found = (await unredact(gateway.unit.bus, "gateway", UnredactionAsked(operation="overview"))).answer
        return BreakGlassShown(open=found["break_glass_open"], unreviewed=found["break_glass_unreviewed"])
    except (B2TError, KeyError):
        return None
