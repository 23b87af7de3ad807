"""Seeing the values behind a conversation's references: what people signed goes to the vault, envelopes come back.

The gateway checks who may send what; that two people agreed is for the vault to check, which believes their signatures
and not the gateway. Values pass here in envelopes that only the reader opens.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from appliance.access.rights import Right
from appliance.adapters.vault import REDACTED, unredact
from appliance.errors import Unavailable, Unknown
from appliance.privacy.unredaction import FRESH_S, MOST_MINUTES, Group, Signed, Statement, Step
from appliance.privacy.unredaction_asking import (
    MOST_LISTED,
    MOST_VALUES,
    Operation,
    UnredactionAnswered,
    UnredactionAsked,
    values_of,
)
from services.gateway import readings
from services.gateway.authentication import address
from services.gateway.gateway import Gateway
from services.gateway.readings import Reading
from services.gateway.routes.conversations import ConversationId

UNIT: Final = "gateway"
TAGS: Final = ["Unredaction"]
SEES: Final = (Right.UNREDACT, Right.APPROVE_UNREDACTION, Right.BREAK_GLASS)
RequestName = Annotated[str, PathParameter(pattern=r"^[a-z0-9]{16,32}$", description="Id of the request.")]


def _no_truth(value: Any) -> Any:
    """JSON's true and false are no numbers, though Python takes them for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("Input should be a valid integer")
    return value


Seconds = Annotated[
    int,
    BeforeValidator(_no_truth),
    Field(ge=0, le=2**40, description=f"When it was signed, within {FRESH_S} s: seconds since 1970, UTC."),
]
Minutes = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=MOST_MINUTES, examples=[60])]
Reason = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$", description="A case's number, no sentence.", examples=["T-1"])
]
PublicKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$", description="X25519, base64 of 32 bytes.")]


class _Signed(BaseModel):
    """`signature` is Ed25519 over the statement's text, as docs/api.md has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$", description="Whose key signed.")]
    at: Seconds
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class UnredactionGiven(_Signed):
    """`request` is an id of the sender's making."""

    request: Annotated[str, Field(pattern=r"^[a-z0-9]{16,32}$", examples=["5b0c6f1d2e3a4b5c"])]
    reason: Reason
    minutes: Minutes


class DecisionGiven(_Signed):
    """`reason` and `minutes` are those of the request: what an approver agrees to."""

    reason: Reason
    minutes: Minutes


class ReadingGiven(_Signed):
    """`key` is a one-time key of the reader's, which the values are enclosed to."""

    key: PublicKey


class Unredaction(BaseModel):
    id: str = Field(examples=["5b0c6f1d2e3a4b5c"])
    conversation: str
    kind: Literal["two-person", "break-glass"]
    state: str = Field(
        description="`waiting`, `lapsed`, `approved`, `denied`, `withdrawn`, `over`; of an emergency access `open`, "
        "`unreviewed`, `reviewed`.",
        examples=["waiting"],
    )
    reason: str = Field(examples=["T-1"])
    minutes: int
    asked_by: str = Field(description="The person who signed.")
    asked_at: str
    decided_by: str | None
    decided_at: str | None
    withdrawn_by: str | None
    acknowledged_by: str | None
    readable_until: str | None


class Unredactions(BaseModel):
    requests: list[Unredaction]


class UnredactionPage(Unredactions):
    next: str | None = Field(description="`before` of the next page, if there is one.")


class Unredacted(BaseModel):
    """The conversation as everybody reads it, and its values for the reader alone."""

    request: Unredaction
    reading: Reading
    envelopes: list[str] = Field(
        description="Each opens under the reader's one-time key to an object of values by reference; docs/api.md."
    )


@post(
    "/v1/conversations/{id:str}/unredactions",
    opt={"right": Right.UNREDACT},
    tags=TAGS,
    summary="Ask to see a conversation's values",
    description="A second person has to approve. On record first; where that cannot be written, nothing is done (503).",
)
async def ask(
    request: Request[Any, Any, Any], id: ConversationId, data: JSONBody[UnredactionGiven]
) -> Response[Unredaction]:
    return await _opened(request, id, "ask", data)


@post(
    "/v1/conversations/{id:str}/break-glass",
    opt={"right": Right.BREAK_GLASS},
    tags=TAGS,
    summary="See a conversation's values alone, in an emergency",
    description="For some minutes; told to everybody who watches, until a second person acknowledges it.",
)
async def break_glass(
    request: Request[Any, Any, Any], id: ConversationId, data: JSONBody[UnredactionGiven]
) -> Response[Unredaction]:
    return await _opened(request, id, "break-glass", data)


@get(
    "/v1/conversations/{id:str}/unredactions",
    opt={"right": SEES},
    tags=TAGS,
    summary="List requests to see a conversation's values",
)
async def all_unredactions(request: Request[Any, Any, Any], id: ConversationId) -> Unredactions:
    asked = UnredactionAsked(operation="list", conversation=id)
    return Unredactions.model_validate((await _vault(request, asked)).answer)


@get(
    "/v1/unredactions",
    opt={"right": SEES},
    tags=TAGS,
    summary="List requests to see values, of all conversations",
    description="Youngest first. `pending` waits for a second person, under `active` values can be read, `past` is "
    "neither. Told to the audit log first; where that cannot be written, nothing is shown (503).",
)
async def listed_unredactions(
    request: Request[Any, Any, Any],
    group: Annotated[Group | None, QueryParameter(description="Those alone; without it all.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="How many at most.")] = 50,
    before: Annotated[
        str | None, QueryParameter(pattern=r"^[a-z0-9]{16,32}$", description="`next` of the page before.")
    ] = None,
) -> UnredactionPage:
    gateway: Gateway = request.app.state.gateway
    source = gateway.unit.place(address(request))
    await gateway.unit.audit("conversations_listed", account=request.user.actor, source=source)
    asked = UnredactionAsked(operation="list", group=group or "", limit=limit, before=before or "")
    return UnredactionPage.model_validate((await _vault(request, asked)).answer)


@get(
    "/v1/conversations/{id:str}/unredactions/{request_id:str}",
    opt={"right": SEES},
    tags=TAGS,
    summary="Look at a request",
)
async def one_unredaction(request: Request[Any, Any, Any], id: ConversationId, request_id: RequestName) -> Unredaction:
    asked = UnredactionAsked(operation="show", request=request_id)
    found = Unredaction.model_validate((await _vault(request, asked)).answer)
    if found.conversation != id:
        raise Unknown("There is no such request.")
    return found


@post(
    "/v1/conversations/{id:str}/unredactions/{request_id:str}/approve",
    opt={"right": Right.APPROVE_UNREDACTION},
    tags=TAGS,
    summary="Approve what somebody else asked",
    status_code=200,
)
async def approve(
    request: Request[Any, Any, Any], id: ConversationId, request_id: RequestName, data: JSONBody[DecisionGiven]
) -> Unredaction:
    return await _decided(request, id, request_id, "approve", data)


@post(
    "/v1/conversations/{id:str}/unredactions/{request_id:str}/deny",
    opt={"right": Right.APPROVE_UNREDACTION},
    tags=TAGS,
    summary="Refuse a request, or end it before its time",
    status_code=200,
)
async def deny(
    request: Request[Any, Any, Any], id: ConversationId, request_id: RequestName, data: JSONBody[DecisionGiven]
) -> Unredaction:
    return await _decided(request, id, request_id, "deny", data)


@post(
    "/v1/conversations/{id:str}/unredactions/{request_id:str}/acknowledge",
    opt={"right": Right.APPROVE_UNREDACTION},
    tags=TAGS,
    summary="Put your name to having looked at an emergency access",
    status_code=200,
)
async def acknowledge(
    request: Request[Any, Any, Any], id: ConversationId, request_id: RequestName, data: JSONBody[DecisionGiven]
) -> Unredaction:
    return await _decided(request, id, request_id, "acknowledge", data)


@post(
    "/v1/conversations/{id:str}/unredactions/{request_id:str}/read",
    opt={"right": (Right.UNREDACT, Right.BREAK_GLASS)},
    tags=TAGS,
    summary="Read the conversation with its values",
    description="For who asked, while it is approved. On record first; where that cannot be written, nothing is shown.",
    status_code=200,
)
async def read(
    request: Request[Any, Any, Any], id: ConversationId, request_id: RequestName, data: JSONBody[ReadingGiven]
) -> Unredacted:
    gateway: Gateway = request.app.state.gateway
    signed = _statement(data, "read", request_id, id, key=data.key)
    batches = await gateway.desk.replies.read(id)
    if not batches:
        raise Unknown("There is no such conversation.")
    sealed = tuple(values_of(event for _, batch in batches for event in batch.events).values())
    envelopes: list[str] = []
    shown: dict[str, Any] = {}
    for at in range(0, len(sealed) or 1, MOST_VALUES):
        answered = await _carry(request, "read", signed, values=sealed[at : at + MOST_VALUES])
        envelopes.append(answered.envelope)
        shown = answered.answer
    who = request.user.actor
    source = gateway.unit.place(address(request))
    await gateway.unit.audit("conversation_read", conversation=id, account=who, source=source)
    keys = await gateway.desk.replies.keys.lease(id, classes=REDACTED)
    reading = readings.read(batches, keys, gateway.reading_policy(request.user))
    return Unredacted(request=Unredaction.model_validate(shown), reading=reading, envelopes=envelopes)


async def _opened(
    request: Request[Any, Any, Any], id: str, step: Literal["ask", "break-glass"], data: UnredactionGiven
) -> Response[Unredaction]:
    signed = _statement(data, step, data.request, id, reason=data.reason, minutes=data.minutes)
    found = Unredaction.model_validate((await _carry(request, step, signed)).answer)
    headers = {"Location": f"/v1/conversations/{id}/unredactions/{found.id}"}
    return Response(found, status_code=201, headers=headers)


async def _decided(
    request: Request[Any, Any, Any],
    id: str,
    request_id: str,
    step: Literal["approve", "deny", "acknowledge"],
    data: DecisionGiven,
) -> Unredaction:
    signed = _statement(data, step, request_id, id, reason=data.reason, minutes=data.minutes)
    return Unredaction.model_validate((await _carry(request, step, signed)).answer)


def _statement(
    data: _Signed, step: Step, request_id: str, id: str, *, reason: str = "", minutes: int = 0, key: str = ""
) -> Signed:
    statement = Statement(
        step=step,
        person=data.person,
        at=data.at,
        request=request_id,
        conversation=id,
        reason=reason,
        minutes=minutes,
        key=key,
    )
    return Signed(statement=statement, signature=data.signature)


async def _carry(
    request: Request[Any, Any, Any], operation: Operation, signed: Signed, *, values: Any = ()
) -> UnredactionAnswered:
    gateway: Gateway = request.app.state.gateway
    source, through = gateway.unit.place(address(request)), request.user.actor
    asked = UnredactionAsked(operation=operation, signed=signed, source=source, through=through, values=values)
    return await _vault(request, asked)


async def _vault(request: Request[Any, Any, Any], asked: UnredactionAsked) -> UnredactionAnswered:
    """Raises what the vault refuses with; Unavailable where its record is not in order."""
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.inputs, request.user.actor)
    answered = await unredact(gateway.unit.bus, UNIT, asked)
    if not answered.answer:
        raise Unavailable("The vault's answer is not understood.")
    return answered
