"""Conversations: to list and read them, and to hold one as a program does, with an agent called by its name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from pydantic import BaseModel, ConfigDict, Field

from appliance.access.rights import Right
from appliance.access.tokens import new_id
from appliance.adapters.vault import REDACTED
from appliance.conversation import explaining
from appliance.errors import Unavailable, Unknown
from appliance.events import LOCALE, Leave, Modality, Said
from appliance.insights.queries import AskConversations, ConversationList
from services.gateway import readings
from services.gateway.authentication import address
from services.gateway.dialogue_client import ask_insights
from services.gateway.frames import InputId, MessageText, scoped_input
from services.gateway.gateway import Gateway
from services.gateway.readings import Reading

CONVERSATION: Final = r"^[A-Za-z0-9_-]{1,64}$"
ConversationId = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Id of the conversation.")]


TurnName = Annotated[
    str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Id of the turn, or its number from 1.")
]


class Why(BaseModel):
    conversation: str
    turn: str
    number: int = Field(examples=[3])
    sequence: int
    at: str
    modality: str = Field(examples=["text"])
    confidence: float | None = Field(description="Of the recogniser, for speech.")
    intent: str | None = Field(examples=["balance"])
    intent_confidence: float | None
    candidates: list[tuple[str, float]] = Field(examples=[[["balance", 0.91], ["loan", 0.02]]])
    entities: list[dict[str, str | float | None]]
    also: list[tuple[str, float]] = Field(description="What else the same sentence asked for.")
    nearest: list[dict[str, str | float]] = Field(
        description="The agent's own examples that the turn is like.",
        examples=[[{"text": "What is my balance?", "intent": "balance", "similarity": 0.93}]],
    )
    language: str | None
    language_confidence: float | None
    sentiment: float | None = Field(description="From -1 to 1.")
    anger: float | None = Field(description="How likely the party is angry, 0 to 1.")
    rule: str | None = Field(examples=["digression"])
    about: dict[str, str] = Field(examples=[{"flow": "opening_hours"}])
    then: list[str] = Field(examples=[["resumed"]])
    stack_before: list[str] = Field(description="Flows under way as `flow/step`, the one on top last.")
    stack_after: list[str]
    citations: list[str]
    understood_by: str | None = Field(description="`model` where a language model proposed intent and entities.")
    worded: str | None = Field(description="`phrased` or `composed` where a language model's words were said.")
    happened: list[str] = Field(description="What came of it, in order.")


class StartAsked(BaseModel):
    """`id` is a UUID of the sender's: asked for again with the same one, it is the same conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["banking"])]
    locale: Annotated[str, Field(pattern=LOCALE, examples=["en-US"])] = "en-US"
    id: Annotated[InputId, Field(examples=["6e0d4b0e-59a4-4a8f-9a43-3a7a4d1f0c11"])] | None = None


class Started(BaseModel):
    conversation: str = Field(examples=["k5xw4zdpmv2ha3lqnfzsa2lomu"])
    agent: str = Field(examples=["banking"])


class MessageSent(BaseModel):
    """`id` is a UUID of the sender's: sent again with the same one, a message is taken once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[InputId, Field(examples=["0b9f0a52-6f0e-4bb0-9e55-3a2f6f6f2d0a"])]
    text: Annotated[MessageText, Field(examples=["What is my balance?"])]


class MessageAccepted(BaseModel):
    """Durably taken. What comes of it is told by the conversation's events or stream."""

    conversation: str
    id: str


class Row(BaseModel):
    conversation: str
    agent: str = Field(examples=["banking"])
    version: str
    channels: list[str] = Field(examples=[["chat"]])
    started: str
    ended: str | None
    outcome: str | None = Field(examples=["contained"])
    reason: str | None
    turns: int


class Rows(BaseModel):
    conversations: list[Row]
    next: int | None = Field(description="`before` of the next page, if there is one.")


@post(
    "/v1/conversations",
    opt={"right": Right.TAKE_PART},
    tags=["Conversations"],
    summary="Start a conversation with an agent",
)
async def start(request: Request[Any, Any, Any], data: JSONBody[StartAsked]) -> Response[Started]:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.inputs, request.user.actor)
    account = request.user.actor
    conversation, leg = await gateway.opening.api(data.agent, data.locale, account, data.id)
    await gateway.api_legs.keep(conversation, leg, account)
    started = Started(conversation=conversation, agent=data.agent)
    return Response(started, status_code=201, headers={"Location": f"/v1/conversations/{conversation}"})


@get(
    "/v1/conversations",
    opt={"right": Right.READ_CONVERSATIONS},
    tags=["Conversations"],
    summary="List conversations, youngest first",
)
async def all_conversations(
    request: Request[Any, Any, Any],
    limit: Annotated[int, QueryParameter(ge=1, le=500, description="How many at most.")] = 50,
    before: Annotated[int | None, QueryParameter(ge=1, le=2**62, description="`next` of the page before.")] = None,
) -> Rows:
    gateway: Gateway = request.app.state.gateway
    await gateway.unit.audit("conversations_listed", account=request.user.actor, source=_source(request))
    answer = await ask_insights(gateway.unit.bus, AskConversations(limit=limit, before=before))
    if not isinstance(answer, ConversationList):
        raise Unavailable("The insights are not understood.")
    rows = [
        Row(
            conversation=row.conversation,
            agent=row.agent,
            version=row.version,
            channels=list(row.channels),
            started=row.started,
            ended=row.ended,
            outcome=row.outcome,
            reason=row.reason,
            turns=row.turns,
        )
        for row in answer.conversations
    ]
    return Rows(conversations=rows, next=answer.next)


@get(
    "/v1/conversations/{id:str}",
    opt={"right": Right.READ_CONVERSATIONS},
    tags=["Conversations"],
    summary="Read a conversation, redacted, with timings",
    description="Every read is told to the audit log first; where that cannot be written, nothing is shown (503).",
)
async def read(request: Request[Any, Any, Any], id: ConversationId) -> Reading:
    gateway: Gateway = request.app.state.gateway
    batches = await gateway.desk.replies.read(id)
    if not batches:
        raise Unknown("There is no such conversation.")
    await gateway.unit.audit("conversation_read", conversation=id, account=request.user.actor, source=_source(request))
    keys = await gateway.desk.replies.keys.lease(id, classes=REDACTED)
    return readings.read(batches, keys, gateway.reading_policy(request.user))


@get(
    "/v1/conversations/{id:str}/turns/{turn:str}/why",
    opt={"right": Right.READ_CONVERSATIONS},
    tags=["Conversations"],
    summary="Read why a turn was answered as it was",
    description="Candidates with scores, the rule that decided, the flows under way: names, numbers and references, no "
    "words. Told to the audit log first, as every reading is.",
)
async def why(request: Request[Any, Any, Any], id: ConversationId, turn: TurnName) -> Why:
    gateway: Gateway = request.app.state.gateway
    batches = await gateway.desk.replies.read(id)
    if not batches:
        raise Unknown("There is no such conversation.")
    await gateway.unit.audit("conversation_read", conversation=id, account=request.user.actor, source=_source(request))
    found = explaining.why(((sequence, batch.at, batch.events) for sequence, batch in batches), turn)
    if found is None:
        raise Unknown("There is no such turn in this conversation.")
    found.conversation = id
    return Why.model_validate(asdict(found))


@post(
    "/v1/conversations/{id:str}/messages",
    opt={"right": Right.TAKE_PART},
    tags=["Conversations"],
    summary="Say something in a conversation you started",
    status_code=202,
)
async def send(request: Request[Any, Any, Any], id: ConversationId, data: JSONBody[MessageSent]) -> MessageAccepted:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.inputs, request.user.actor)
    leg = await own_leg(gateway, id, request.user.actor)
    said = Said(input_id=scoped_input(id, data.id), conversation=id, leg=leg, modality=Modality.TEXT, text=data.text)
    accepted = await gateway.desk.dialogue.accept(said)
    return MessageAccepted(conversation=accepted.conversation, id=data.id)


@post(
    "/v1/conversations/{id:str}/end",
    opt={"right": Right.TAKE_PART},
    tags=["Conversations"],
    summary="End a conversation you started",
    status_code=202,
)
async def end(request: Request[Any, Any, Any], id: ConversationId) -> None:
    gateway: Gateway = request.app.state.gateway
    gateway.limits.take(gateway.limits.inputs, request.user.actor)
    leg = await own_leg(gateway, id, request.user.actor)
    leave = Leave(input_id=new_id(), conversation=id, leg=leg, reason="ended", ends=True)
    await gateway.desk.dialogue.accept(leave)


async def own_leg(gateway: Gateway, conversation: str, owner: str) -> str:
    leg = await gateway.api_legs.find(conversation, owner)
    if leg is None:
        raise Unknown("There is no such conversation of yours.")
    return leg


def _source(request: Request[Any, Any, Any]) -> str:
    """From where somebody reads, as the audit log may have it."""
    gateway: Gateway = request.app.state.gateway
    return gateway.unit.place(address(request))
