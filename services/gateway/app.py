"""The application: routes, guard, limits, errors and the OpenAPI document put together."""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.types import ASGIApp
from pydantic import BaseModel

from services.gateway.authentication import Authenticate, deny_by_default
from services.gateway.edge import Edge
from services.gateway.gateway import Gateway
from services.gateway.problems import FIELDS, MEDIA_TYPE, Problem, handle
from services.gateway.routes import api_keys, chat, conversations, events, health, insights, pages, sessions, widget

MAX_BODY: Final = 64 * 1024
VERSION: Final = "1"

ROUTES: Final[tuple[Any, ...]] = (
    chat.chat,
    conversations.start,
    conversations.all_conversations,
    conversations.read,
    conversations.send,
    conversations.end,
    events.follow,
    events.stream,
    insights.all_agents,
    insights.one_agent,
    insights.summary,
    sessions.sign_in,
    sessions.who,
    sessions.sign_out,
    sessions.set_up,
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
    api_keys.KeyAsked,
    widget.TicketAsked,
)
PARAMETERS: Final = frozenset({"id", "name", "key", "limit", "before", "after", "days"})

ERRORS: Final = {
    400: "The request is not understood.",
    401: "Neither a session nor a good API key came with it.",
    403: "Not allowed.",
    404: "There is no such thing, or it is not yours.",
    405: "This cannot be done here.",
    409: "It cannot be done as things are now.",
    413: "The body is too large.",
    429: "Too many tries; `Retry-After` says how many seconds to wait.",
    503: "A part that is needed does not answer now; trying again may help.",
}

PROBLEMS: Final = {
    status: ResponseSpec(data_container=Problem, description=text, media_type=MEDIA_TYPE, generate_examples=False)
    for status, text in ERRORS.items()
}

DESCRIPTION: Final = """\
Talk to the agents of this box, read its conversations and figures.

Every request needs an API key (`Authorization: Bearer b2t_…`) or a session's cookie, but for those that say otherwise.
Errors are problem details (RFC 9457): `code` is stable, `retryable` says whether trying again may help.
"""


def make_app(gateway: Gateway) -> ASGIApp:
    return Edge(litestar(gateway), gateway.origins)


def litestar(gateway: Gateway) -> Litestar:
    for body in BODIES:
        FIELDS.update(body.model_fields)
    FIELDS.update(PARAMETERS)
    for route in ROUTES:
        if isinstance(route, HTTPRouteHandler):
            route.responses = PROBLEMS
    return Litestar(
        route_handlers=list(ROUTES),
        guards=[deny_by_default],
        middleware=[Authenticate],
        exception_handlers={Exception: handle},
        request_max_body_size=MAX_BODY,
        state=State({"gateway": gateway, "gate": gateway.gate}),
        openapi_config=_openapi(),
        logging_config=None,
    )


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="B2T Voice",
        version=VERSION,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        openapi_router=Router("/schema", route_handlers=[], opt={"signed_in": True}),
        render_plugins=[JsonRenderPlugin()],
        components=Components(
            security_schemes={
                "api_key": SecurityScheme(type="http", scheme="bearer", description="An API key: `b2t_…`"),
                "session": SecurityScheme(
                    type="apiKey", name="b2t_session", security_scheme_in="cookie", description="After signing in."
                ),
            }
        ),
        security=[{"api_key": []}, {"session": []}],
        tags=[
            Tag("Conversations"),
            Tag("Agents"),
            Tag("Insights"),
            Tag("Chat", description="What the widget asks before it opens the WebSocket `/v1/chat`."),
            Tag("Session"),
            Tag("API keys"),
            Tag("Operation"),
        ],
    )
