"""Recordings of calls: which there are of a conversation, and to listen to one, without what is personal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import PathParameter
from litestar.response import Stream
from pydantic import BaseModel, Field

from appliance.access.rights import Right
from appliance.adapters import recordings
from appliance.adapters.vault import REDACTED
from appliance.errors import Unknown
from services.gateway.authentication import address
from services.gateway.gateway import Gateway
from services.gateway.routes.conversations import ConversationId

LegId = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Id of the leg.")]


class RecordingRow(BaseModel):
    leg: str
    seconds: float = Field(examples=[84.3])


class RecordingRows(BaseModel):
    recordings: list[RecordingRow]


@get(
    "/v1/conversations/{id:str}/recordings",
    opt={"right": Right.READ_CONVERSATIONS},
    tags=["Conversations"],
    summary="List the recordings of a conversation",
)
async def of_conversation(request: Request[Any, Any, Any], id: ConversationId) -> RecordingRows:
    gateway = await _read(request, id)
    found = recordings.recordings(gateway.unit.paths.folder("recordings"), id)
    return RecordingRows(recordings=[RecordingRow(leg=one.leg, seconds=one.seconds) for one in found])


@get(
    "/v1/conversations/{id:str}/recordings/{leg:str}",
    opt={"right": Right.READ_CONVERSATIONS},
    tags=["Conversations"],
    summary="Listen to a recording, redacted",
    description="WAV, 8000 Hz, µ-law: the party left, the agent right, a tone over what is personal, silence where "
    "nothing was recognised. Told to the audit log first, as every reading is.",
    media_type="audio/wav",
)
async def listen(request: Request[Any, Any, Any], id: ConversationId, leg: LegId) -> Stream:
    gateway = await _read(request, id)
    found = recordings.recording(gateway.unit.paths.folder("recordings"), id, leg)
    keys = await gateway.desk.replies.keys.lease(id, classes=REDACTED)
    pieces: Iterator[bytes] = recordings.wav(keys, found)
    name = f'attachment; filename="{id}-{leg}.wav"'
    return Stream(pieces, media_type="audio/wav", headers={"Content-Disposition": name, "Cache-Control": "no-store"})


async def _read(request: Request[Any, Any, Any], id: str) -> Gateway:
    """Who listens is on record first."""
    gateway: Gateway = request.app.state.gateway
    if not await gateway.desk.replies.read(id):
        raise Unknown("There is no such conversation.")
    source = gateway.unit.place(address(request))
    await gateway.unit.audit("conversation_read", conversation=id, account=request.user.actor, source=source)
    return gateway
