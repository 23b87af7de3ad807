"""What the widget asks before its WebSocket: its ticket, and what is known of its agent. The only routes with CORS."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter
from pydantic import BaseModel, ConfigDict, Field

from appliance.errors import Denied, Unknown
from appliance.events import LOCALE
from services.gateway import tickets
from services.gateway.authentication import address
from services.gateway.gateway import Gateway
from services.gateway.resumes import Resume
from services.gateway.tickets import Ticket

WidgetKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["demo"])]


class TicketAsked(BaseModel):
    """`resume` is the token of the last welcome, for going on after a dropped connection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    widget: WidgetKey
    resume: Annotated[str, Field(max_length=64)] | None = None
    locale: Annotated[str, Field(pattern=LOCALE, examples=["en-US"])] = "en-US"


class TicketGiven(BaseModel):
    ticket: str = Field(description="Shown in the WebSocket's first frame; good once.")
    expires_in: int = Field(description="Seconds.", examples=[60])


class AgentShown(BaseModel):
    name: str = Field(examples=["Banking"])


class WidgetConfiguration(BaseModel):
    widget: str = Field(examples=["demo"])
    agent: AgentShown
    phone_number: str | None = Field(examples=["1000"])


class ResumeRefused(Denied):
    code = "resume-refused"


@post(
    "/v1/widget/tickets",
    opt={"public": True},
    tags=["Chat"],
    summary="Get a ticket for the chat WebSocket",
    description="For pages of this gateway and of the widget's `allowed_origins`. With a session's cookie, the chat is "
    "the signed-in person's.",
)
async def make_ticket(request: Request[Any, Any, Any], data: JSONBody[TicketAsked]) -> Response[TicketGiven]:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.tickets, address(request))
    origin = _origin(gateway, request, data.widget)
    if data.widget not in gateway.config.channels.widgets:
        raise Unknown("There is no such widget.")
    # A cookie that comes from another site's page is that site's asking, not the person's.
    account = request.user.id if request.user is not None and gateway.gate.is_own(request) else None
    resume = await _resume(gateway, data, account)
    token = gateway.tickets.issue(
        Ticket(
            widget=data.widget,
            origin=origin,
            locale=data.locale,
            account=account,
            session=gateway.gate.session(request) if account is not None else None,
            conversation=resume.conversation if resume else None,
            leg=resume.leg if resume else None,
        )
    )
    given = TicketGiven(ticket=token, expires_in=tickets.VALID_S)
    return Response(given, status_code=201, headers=_cors(gateway, request, origin))


@get(
    "/v1/widget/config/{key:str}",
    opt={"public": True},
    tags=["Chat"],
    summary="What a widget shows before a chat begins",
)
async def configuration(
    request: Request[Any, Any, Any],
    key: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The widget's key.")],
) -> Response[WidgetConfiguration]:
    gateway: Gateway = request.app.state.gateway
    widget = gateway.config.channels.widgets.get(key)
    if widget is None:
        raise Unknown("There is no such widget.")
    origin = request.headers.get("origin", "")
    headers = _cors(gateway, request, origin) if gateway.origins.may_embed(key, origin) else {}
    met = await gateway.opening.met_at(key, widget.agent)
    shown = WidgetConfiguration(widget=key, agent=AgentShown(name=met.title), phone_number=met.phone_number)
    return Response(shown, headers=headers)


def _origin(gateway: Gateway, request: Request[Any, Any, Any], widget: str) -> str:
    origin = request.headers.get("origin", "")
    if not (gateway.gate.is_own(request) or gateway.origins.may_embed(widget, origin)):
        raise Denied("This page may not carry this widget.")
    return origin


def _cors(gateway: Gateway, request: Request[Any, Any, Any], origin: str) -> dict[str, str]:
    if gateway.gate.is_own(request):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Vary": "Origin",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


async def _resume(gateway: Gateway, data: TicketAsked, account: str | None) -> Resume | None:
    """A chat of somebody signed in goes on only for that very account: the next person at the desk may have the tab."""
    if data.resume is None:
        return None
    found = await gateway.resumes.find(data.resume)
    if found is None or found.widget != data.widget or (found.account is not None and found.account != account):
        raise ResumeRefused("This conversation cannot be gone on with; start a new one.")
    return found
