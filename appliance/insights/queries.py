"""What may be asked on `b2t.insights.query`, and what is answered; the same for the API and the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter


@dataclass(frozen=True, slots=True)
class AskSummary:
    """The figures of today (UTC) and of the days before it, `days` in all."""

    query: Literal["summary"] = "summary"
    days: Annotated[int, Field(ge=1, le=366)] = 7


@dataclass(frozen=True, slots=True)
class AskConversations:
    """Conversations, youngest first; `before` is the `next` of the page before."""

    query: Literal["conversations"] = "conversations"
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    before: Annotated[int, Field(ge=1)] | None = None


Query = Annotated[AskSummary | AskConversations, Field(discriminator="query")]


@dataclass(frozen=True, slots=True)
class IntentCount:
    intent: str
    turns: int


@dataclass(frozen=True, slots=True)
class StageLatency:
    stage: str
    count: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Period:
    """Figures of one span. A conversation belongs to the day on which it started, a turn to its own day."""

    first_day: str
    """`YYYY-MM-DD`, UTC."""
    last_day: str
    conversations: int
    channels: dict[str, int]
    """Conversations by the channel they started on."""
    outcomes: dict[str, int]
    """Ended conversations by outcome."""
    containment: float | None
    """Contained share of those that ended contained, transferred or abandoned; None where none did."""
    turns: int
    top_intents: tuple[IntentCount, ...] = ()
    latency: tuple[StageLatency, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    taken: int
    """Sequence of the last event batch counted here."""
    today: Period
    total: Period
    days: tuple[Period, ...] = ()
    """One for each day of the span, youngest first, days without anything left out."""
    kind: Literal["summary"] = "summary"


@dataclass(frozen=True, slots=True)
class ConversationRow:
    conversation: str
    agent: str
    version: str
    channels: tuple[str, ...]
    started: str
    ended: str | None
    outcome: str | None
    reason: str | None
    turns: int


@dataclass(frozen=True, slots=True)
class ConversationList:
    conversations: tuple[ConversationRow, ...] = ()
    next: int | None = None
    kind: Literal["conversations"] = "conversations"


@dataclass(frozen=True, slots=True)
class QueryRefused:
    code: str
    title: str
    retryable: bool = False
    kind: Literal["refused"] = field(default="refused")


QUERY: TypeAdapter[Query] = TypeAdapter(Query)
QueryAnswer = Annotated[Summary | ConversationList | QueryRefused, Field(discriminator="kind")]
QUERY_ANSWER: TypeAdapter[QueryAnswer] = TypeAdapter(QueryAnswer)
