"""A conversation as those read it who were not in it: redacted, turn by turn, with the time each stage took."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from appliance.conversation.summing import SUMMARY_PLACE
from appliance.events import (
    Batch,
    ConversationEnded,
    ConversationStarted,
    LegAttached,
    Sealed,
    TransferRequested,
    TurnMeasured,
    TurnUnderstood,
)
from appliance.privacy.policy import ReadingPolicy
from appliance.privacy.sealing import ConversationKeys
from services.gateway.transcript import Replied, Said, Story, View


class Line(BaseModel):
    """Something said or replied; personal values stand as references such as `<CARD_1>`."""

    sequence: int = Field(examples=[4711])
    kind: Literal["said", "reply"]
    turn: str | None
    text: str = Field(examples=["My card is <CARD_1>."])
    modality: str | None = Field(examples=["text"])
    intent: str | None = Field(examples=["balance"])
    stages: dict[str, float] = Field(
        description="Milliseconds by stage, such as `redacted`, `understood`, `decided`, `first_audio`.",
        examples=[{"redacted": 3.1, "understood": 6.8, "decided": 0.4}],
    )


class Reading(BaseModel):
    conversation: str
    agent: str = Field(examples=["banking"])
    version: str
    channels: list[str] = Field(examples=[["chat", "phone"]])
    started: str = Field(examples=["2026-11-02T09:00:00.000+00:00"])
    ended: str | None
    outcome: str | None = Field(examples=["contained"])
    reason: str | None = Field(examples=["goodbye"])
    summary: str | None = Field(
        description="What a person who takes over is told; personal values stand as references.",
        examples=["Tell the balance; account: savings; not understood: 2"],
    )
    lines: list[Line]


def read(batches: list[tuple[int, Batch]], keys: ConversationKeys, policy: ReadingPolicy) -> Reading:
    """From all of a conversation's batches, of which there is at least one. Needs the redacted key alone."""
    first = batches[0][1]
    reading = Reading(
        conversation=first.conversation,
        agent=first.agent,
        version=first.version,
        channels=[],
        started=first.at,
        ended=None,
        outcome=None,
        reason=None,
        summary=None,
        lines=[],
    )
    story = Story(View.REDACTED, policy=policy)
    turns: dict[str, Line] = {}
    replies: dict[str, Line] = {}
    for sequence, batch in batches:
        for shown in story.take(sequence, batch, keys):
            if isinstance(shown, Said | Replied):
                line = _line(shown)
                reading.lines.append(line)
                if isinstance(shown, Said):
                    turns[shown.turn] = line
                else:
                    replies[shown.reply] = line
        for event in batch.events:
            match event:
                case ConversationStarted() | LegAttached() if str(event.channel) not in reading.channels:
                    reading.channels.append(str(event.channel))
                case ConversationEnded():
                    reading.ended, reading.outcome, reading.reason = batch.at, event.outcome, event.reason
                case TransferRequested(summary=Sealed() as summary):
                    reading.summary = story.text(keys, SUMMARY_PLACE, summary)
                case TurnUnderstood() if event.turn in turns:
                    turns[event.turn].intent = event.understanding.intent
                case TurnMeasured():
                    _measure(event, turns, replies)
                case _:
                    pass
    return reading


def _line(shown: Said | Replied) -> Line:
    if isinstance(shown, Said):
        modality: str | None = shown.modality
        kind: Literal["said", "reply"] = "said"
    else:
        modality, kind = None, "reply"
    return Line(
        sequence=shown.sequence,
        kind=kind,
        turn=shown.turn,
        text=shown.text,
        modality=modality,
        intent=None,
        stages={},
    )


def _measure(event: TurnMeasured, turns: dict[str, Line], replies: dict[str, Line]) -> None:
    """All stages of a turn stand beside what was said; those of a reply nobody asked for, beside the reply."""
    line = turns.get(event.turn or "") or replies.get(event.reply or "")
    if line is not None:
        line.stages.update(event.stages)
