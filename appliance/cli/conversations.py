"""`b2t conversations`: what was talked about, redacted, and how long everything took."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from appliance.adapters import recordings
from appliance.adapters.audit_room import check_room
from appliance.adapters.nats import conversation_subject
from appliance.adapters.recordings import Recording
from appliance.adapters.vault import REDACTED, KeyRing
from appliance.audit.data_events import ConversationRead, ConversationsListed
from appliance.audit.telling import audit_subject
from appliance.cli import why
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.new_file import new_file
from appliance.cli.output import Output
from appliance.cli.readers import operators_policy
from appliance.cli.transcript import Line, transcript
from appliance.errors import Invalid, Unavailable, Unknown
from appliance.insights.queries import (
    QUERY,
    QUERY_ANSWER,
    AskConversations,
    ConversationList,
    Query,
    QueryAnswer,
    QueryRefused,
)
from appliance.insights.rows import StoredBatch, read_batch
from appliance.privacy.policy import Reading

ASK_S = 5.0
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_READ: TypeAdapter[ConversationRead | ConversationsListed] = TypeAdapter(ConversationRead | ConversationsListed)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What was talked about, redacted.", no_args_is_help=True)
    app.add_typer(group, name="conversations")

    @group.command("list", epilog="Example: b2t conversations list --limit 5")
    def list_(
        limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many, youngest first.")] = 20,
        before: Annotated[
            int | None, typer.Option(min=1, help="Go on where an earlier list ended (its `next`).")
        ] = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """List conversations, youngest first."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, lambda box: _list(box, limit, before))
        out.document(asdict(found))
        rows = [
            (
                row.conversation,
                row.started[:19] + "Z",
                row.agent,
                "+".join(row.channels),
                row.turns,
                row.outcome or "open",
            )
            for row in found.conversations
        ]
        out.table(("conversation", "started", "agent", "channels", "turns", "outcome"), rows)
        if found.next is not None:
            out.text(f"More: b2t conversations list --limit {limit} --before {found.next}")

    @group.command(epilog="Example: b2t conversations show 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31")
    def show(
        conversation: Annotated[str, typer.Argument(help="Its id, as `conversations list` shows it.")],
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Print one conversation, redacted, with what each stage of each turn took in milliseconds."""
        out = Output(as_json=as_json)
        lines = run(out, data_dir, lambda box: read_transcript(box, conversation))
        out.document({"conversation": conversation, "lines": [asdict(line) for line in lines]})
        print_transcript(out, lines)

    @group.command(epilog="Example: b2t conversations recording 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31 --out call.wav")
    def recording(
        conversation: Annotated[str, typer.Argument(help="Its id, as `conversations list` shows it.")],
        to: Annotated[Path, typer.Option("--out", help="The WAV file; it must not exist.")],
        leg: Annotated[str | None, typer.Option(help="Which, where it has several.")] = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Write the redacted recording of a call: party left, agent right, a tone over what is personal."""
        out = Output(as_json=as_json)
        if to.exists():
            out.fail(Invalid(f"{to} is there already."))
        found = run(out, data_dir, lambda box: _recording(box, conversation, leg, to))
        out.document({"conversation": conversation, "leg": found.leg, "seconds": found.seconds, "file": str(to)})
        out.text(f"{to}: {found.seconds:.1f} s of leg {found.leg}.")

    why.register(group)


async def _list(box: Box, limit: int, before: int | None) -> ConversationList:
    await _tell(box, ConversationsListed(actor="operator", at=time.time_ns(), account=_account()))
    return await ask_list(box, limit, before)


async def ask_insights(box: Box, query: Query) -> QueryAnswer:
    """Raises Unavailable, also where insights refuses."""
    answer = QUERY_ANSWER.validate_json(
        await box.bus.request("b2t.insights.query", QUERY.dump_json(query), timeout_s=ASK_S)
    )
    if isinstance(answer, QueryRefused):
        raise Unavailable(answer.title)
    return answer


async def ask_list(box: Box, limit: int, before: int | None) -> ConversationList:
    answer = await ask_insights(box, AskConversations(limit=limit, before=before))
    assert isinstance(answer, ConversationList)
    return answer


async def read_batches(box: Box, conversation: str) -> list[tuple[int, StoredBatch]]:
    """From the event log, or from the archive once the log has let go of it. Raises Unknown, Denied, Unavailable."""
    if not _NAME.fullmatch(conversation):
        raise Unknown("There is no such conversation.")
    subject = conversation_subject(conversation)
    stored = [(sequence, data) async for sequence, data in box.bus.read("CONVERSATIONS", subject)]
    batches = [(sequence, read_batch(data)) for sequence, data in stored] or _archived(box, conversation)
    if not batches:
        raise Unknown("There is no such conversation.")
    read = ConversationRead(actor="operator", at=time.time_ns(), account=_account(), conversation=conversation)
    await _tell(box, read)
    return batches


async def read_transcript(box: Box, conversation: str, reading: Reading = "reading") -> list[Line]:
    """Raises what `read_batches` does."""
    batches = await read_batches(box, conversation)
    try:
        keys = await KeyRing(box.bus, "operator").lease(conversation)
    except Unknown:
        keys = None
    policy = operators_policy(box, reading)
    return transcript(batches, keys, lambda text: policy.show(conversation, text))


async def _recording(box: Box, conversation: str, leg: str | None, to: Path) -> Recording:
    """Raises what `read_batches` does, and Tampered where the file is not what was written: nothing is left then."""
    await read_batches(box, conversation)
    found = recordings.recording(box.paths.folder("recordings"), conversation, leg)
    keys = await KeyRing(box.bus, "operator").lease(conversation, classes=REDACTED)
    await asyncio.to_thread(_written, recordings.wav(keys, found), to)
    return found


def _written(pieces: Iterator[bytes], to: Path) -> None:
    with new_file(to) as file:
        for piece in pieces:
            file.write(piece)


async def _tell(box: Box, read: ConversationRead | ConversationsListed) -> None:
    """Who reads is on record first: where that cannot be, nothing is shown."""
    check_room(box.paths.root, box.config.audit.reserve_mib)
    await box.bus.append(audit_subject("operator"), _READ.dump_json(read, exclude_none=True))


def _account() -> str:
    return f"uid-{os.getuid()}"


def _archived(box: Box, conversation: str) -> list[tuple[int, StoredBatch]]:
    for file in sorted(box.paths.folder("archive").glob(f"*/*/{conversation}.jsonl")):
        return _read_archived(file)
    return []


def _read_archived(file: Path) -> list[tuple[int, StoredBatch]]:
    try:
        _manifest, *kept = file.read_bytes().splitlines()
        found: list[dict[str, Any]] = [json.loads(line) for line in kept]
        return [(int(one["sequence"]), read_batch(json.dumps(one["batch"]).encode())) for one in found]
    except (OSError, ValueError, KeyError, ValidationError):
        raise Invalid("The archive's file of this conversation cannot be read.") from None


def print_transcript(out: Output, lines: list[Line]) -> None:
    for line in lines:
        clock = line.at[11:23]
        if line.who == "box":
            out.text(f"{clock}         · {line.text}")
            if "summary" in line.details:
                out.text(f"{'':21}{line.details['summary']}")
            continue
        out.text(f"{clock}  {line.who:<5}  {line.text or _in_other_words(line)}")
        told = [*_told(line), *(f"{name.replace('_', ' ')} {value:g} ms" for name, value in line.stages.items())]
        if told:
            out.text(f"{'':21}{' · '.join(told)}")


def _in_other_words(line: Line) -> str:
    return f"({line.details.get('modality', 'nothing')})"


def _told(line: Line) -> list[str]:
    details, told = line.details, []
    if details.get("intent"):
        told.append(f"intent {details['intent']} {details['intent_confidence']:g}")
    if "confidence" in details:
        told.append(f"{details['modality']} {details['confidence']:g}")
    if details.get("total_ms"):
        told.append(f"heard {details['heard_ms']} of {details['total_ms']} ms")
    if details.get("interrupted"):
        told.append("interrupted")
    return told
