"""The application: routes, guard, limits and errors put together."""

from __future__ import annotations

from typing import Final

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import ASGIApp

from services.gateway.authentication import Authenticate, deny_by_default
from services.gateway.edge import Edge
from services.gateway.gateway import Gateway
from services.gateway.problems import handle
from services.gateway.routes import chat, health, widget

MAX_BODY: Final = 64 * 1024


def make_app(gateway: Gateway) -> ASGIApp:
    app = litestar(gateway)
    return Edge(app, gateway.origins)


def litestar(gateway: Gateway) -> Litestar:
    return Litestar(
        route_handlers=[
            chat.chat,
            widget.make_ticket,
            widget.configuration,
            health.healthz,
            health.readyz,
            health.metrics,
        ],
        guards=[deny_by_default],
        middleware=[Authenticate],
        exception_handlers={Exception: handle},
        request_max_body_size=MAX_BODY,
        state=State({"gateway": gateway, "gate": gateway.gate}),
        openapi_config=None,
        logging_config=None,
    )
