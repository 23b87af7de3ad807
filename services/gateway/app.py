"""The application: routes, guard, limits and errors put together."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.types import ASGIApp
from pydantic import BaseModel

from services.gateway import openapi
from services.gateway.authentication import Authenticate, deny_by_default
from services.gateway.bodies import CheckedRequest
from services.gateway.edge import Edge
from services.gateway.gateway import Gateway
from services.gateway.problems import FIELDS, handle
from services.gateway.routes import (
    accounts,
    api_keys,
    chat,
    conversations,
    deployments,
    events,
    health,
    insights,
    pages,
    recordings,
    sessions,
    unredactions,
    widget,
)

MAX_BODY: Final = 64 * 1024

ROUTES: Final[tuple[Any, ...]] = (
    chat.chat,
    conversations.start,
    conversations.all_conversations,
    conversations.read,
    conversations.why,
    recordings.of_conversation,
    recordings.listen,
    conversations.send,
    conversations.end,
    unredactions.ask,
    unredactions.break_glass,
    unredactions.all_unredactions,
    unredactions.listed_unredactions,
    unredactions.one_unredaction,
    unredactions.approve,
    unredactions.deny,
    unredactions.acknowledge,
    unredactions.read,
    events.follow,
    events.stream,
    insights.all_agents,
    insights.one_agent,
    insights.summary,
    deployments.versions,
    deployments.publish,
    deployments.publish_bundle,
    deployments.deployments,
    deployments.deploy,
    deployments.roll_back,
    sessions.sign_in,
    sessions.who,
    sessions.sign_out,
    sessions.set_up,
    sessions.change_password,
    accounts.all_accounts,
    accounts.invite,
    accounts.change_role,
    accounts.lock,
    accounts.unlock,
    accounts.reset,
    accounts.remove,
    accounts.look,
    accounts.accept,
    api_keys.all_keys,
    api_keys.make_key,
    api_keys.revoke_key,
    widget.make_ticket,
    widget.configuration,
    health.healthz,
    health.readyz,
    health.metrics,
    pages.console,
    pages.demo,
    pages.widget,
    pages.asset,
)
BODIES: Final[tuple[type[BaseModel], ...]] = (
    conversations.StartAsked,
    conversations.MessageSent,
    sessions.SignIn,
    sessions.SetUp,
    sessions.PasswordChange,
    accounts.Invite,
    accounts.RoleGiven,
    accounts.TokenGiven,
    accounts.Acceptance,
    api_keys.KeyAsked,
    deployments.PublishGiven,
    deployments.DeployGiven,
    deployments.RollBackGiven,
    unredactions.UnredactionGiven,
    unredactions.DecisionGiven,
    unredactions.ReadingGiven,
    widget.TicketAsked,
)
PARAMETERS: Final = frozenset(
    {"id", "request_id", "name", "key", "limit", "before", "after", "days", "removed", "reason"}
)


@get(
    ["/schema", "/schema/openapi.json"],
    opt={"signed_in": True},
    include_in_schema=False,
    media_type="application/vnd.oai.openapi+json",
)
async def schema() -> Response[bytes]:
    """The OpenAPI document, made when somebody first asks for it."""
    content = await asyncio.to_thread(openapi.document, ROUTES)
    return Response(content, media_type="application/vnd.oai.openapi+json")


def make_app(gateway: Gateway) -> ASGIApp:
    return Edge(litestar(gateway), gateway.origins)


def litestar(gateway: Gateway) -> Litestar:
    for body in BODIES:
        FIELDS.update(body.model_fields)
    FIELDS.update(PARAMETERS)
    return Litestar(
        route_handlers=[*ROUTES, schema],
        guards=[deny_by_default],
        middleware=[Authenticate],
        exception_handlers={Exception: handle},
        request_class=CheckedRequest,
        request_max_body_size=MAX_BODY,
        state=State({"gateway": gateway, "gate": gateway.gate}),
        openapi_config=None,
        logging_config=None,
    )
