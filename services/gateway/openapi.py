"""The OpenAPI 3.1 document: what the routes say of themselves, with the errors that any of them may answer."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from services.gateway.problems import MEDIA_TYPE, Problem

VERSION: Final = "1"

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


@lru_cache(maxsize=1)
def document(routes: tuple[Any, ...]) -> bytes:
    """Blocks for some tenths of a second the first time."""
    shown = [route for route in routes if isinstance(route, HTTPRouteHandler) and route.include_in_schema is not False]
    for route in shown:
        route.responses = {**PROBLEMS, **(route.responses or {})}
    app = Litestar(route_handlers=shown, openapi_config=_config(), logging_config=None)
    made = app.openapi_schema.to_schema()
    paths: dict[str, Any] = made["paths"]
    for route in shown:
        if route.opt.get("public"):
            for path in route.paths:
                for method in route.http_methods:
                    paths[path.replace(":str}", "}")][str(method).lower()]["security"] = []
    return json.dumps(made, ensure_ascii=False).encode()


def _config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="B2T Voice",
        version=VERSION,
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
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
            Tag("Unredaction", description="Seeing the values behind references: two people, each with a signature."),
            Tag("Agents"),
            Tag("Insights"),
            Tag("Chat", description="What the widget asks before it opens the WebSocket `/v1/chat`."),
            Tag("Session"),
            Tag("Accounts", description="People and their roles. Who changes an account has every right that it has."),
            Tag("API keys"),
            Tag("Operation"),
        ],
    )
