"""The archive: one file for each ended conversation, `YYYY/MM/<conversation>.jsonl` by the day it ended (UTC).

The first line is the manifest (with the SHA-256 of all that follows), then one line a batch with its stream sequence,
in canonical JSON. Texts and values stay sealed as they were in the log. Nothing here needs to know every event: a batch
of a later release is kept as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Invalid, Tampered, Unavailable
from appliance.privacy.vault import CONVERSATION
from services.scribe.files import write_whole

FORMAT = 1
_TABLES = MetaData()
_ARCHIVED = Table(
    "archived",
    _TABLES,
    Column("conversation", String(64), primary_key=True),
    Column("file", String(128), nullable=False),
    Column("last_sequence", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch as the log has it, of whatever release."""

    sequence: int
    batch: dict[str, Any]

    @property
    def conversation(self) -> str:
        return str(self.batch["conversation"])

    @property
    def ending(self) -> dict[str, Any] | None:
        """The event that ended the conversation, where it is in this batch."""
        events = (one for one in self.batch["events"] if isinstance(one, dict))
        return next((one for one in events if one.get("kind") == "conversation_ended"), None)


def read_batch(sequence: int, raw: bytes) -> Kept:
    """Raises Invalid for what is no batch of any release."""
    try:
        batch = json.loads(raw)
    except ValueError:
        raise Invalid("A message of the log is not JSON.") from None
    named = isinstance(batch, dict) and CONVERSATION.fullmatch(str(batch.get("conversation", "")))
    if not named or not isinstance(batch.get("events"), list):
        raise Invalid("A message of the log is not a batch.")
    _month(batch.get("at"))
    return Kept(sequence, batch)


class Archive:
    """Its own small database knows what is where. Methods block for as long as the disk takes."""

    def __init__(self, folder: Path, database: Path) -> None:
        self._folder = folder
        self._engine = open_database(database, _TABLES)

    def last_sequence(self, conversation: str) -> int:
        """Of the last batch in the conversation's file; 0 where it has none."""
        row = self._find(conversation)
        return 0 if row is None else row[1]

    def put(self, batches: Sequence[Kept]) -> Path | None:
        """Write the conversation's file, whole, over an earlier one; None while it has not ended. Safe to repeat."""
        ended = next((kept for kept in batches if kept.ending), None)
        if ended is None:
            return None
        manifest, content = _compose(batches, ended)
        conversation = ended.conversation
        name = _month(ended.batch["at"]) / f"{conversation}.jsonl"
        write_whole(self._folder / name, content)
        row = {"conversation": conversation, "file": str(name), "last_sequence": manifest["last_sequence"]}
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(_ARCHIVED).where(_ARCHIVED.c.conversation == conversation))
                connection.execute(insert(_ARCHIVED).values(**row))
        except SQLAlchemyError as error:
            raise Unavailable("The archive's list takes no entry now.") from error
        return self._folder / name

    def find(self, conversation: str) -> Path | None:
        row = self._find(conversation)
        return None if row is None else self._folder / row[0]

    def close(self) -> None:
        self._engine.dispose()

    def _find(self, conversation: str) -> tuple[str, int] | None:
        wanted = select(_ARCHIVED).where(_ARCHIVED.c.conversation == conversation)
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                row = connection.execute(wanted).one_or_none()
        except SQLAlchemyError as error:
            raise Unavailable("The archive's list does not answer.") from error
        return None if row is None else (row.file, row.last_sequence)


def _compose(batches: Sequence[Kept], ended: Kept) -> tuple[dict[str, Any], bytes]:
    body = b"".join(canonical({"sequence": kept.sequence, "batch": kept.batch}) + b"\n" for kept in batches)
    how = ended.ending or {}
    manifest = {
        "format": FORMAT,
        "conversation": ended.conversation,
        "agent": batches[0].batch.get("agent"),
        "version": batches[0].batch.get("version"),
        "batches": len(batches),
        "first_sequence": batches[0].sequence,
        "last_sequence": batches[-1].sequence,
        "started_at": batches[0].batch["at"],
        "ended_at": ended.batch["at"],
        "reason": how.get("reason"),
        "outcome": how.get("outcome"),
        "sha256": sha256(body).hexdigest(),
    }
    return manifest, canonical(manifest) + b"\n" + body


def read(file: Path) -> tuple[dict[str, Any], list[Kept]]:
    """Manifest and batches. Raises Tampered where the content is not what the manifest says."""
    first, _, body = file.read_bytes().partition(b"\n")
    try:
        manifest = json.loads(first)
        lines = [json.loads(line) for line in body.splitlines()]
    except ValueError:
        raise Tampered("an archived conversation is damaged") from None
    if sha256(body).hexdigest() != manifest.get("sha256") or len(lines) != manifest.get("batches"):
        raise Tampered("an archived conversation is not what its manifest says")
    return manifest, [Kept(line["sequence"], line["batch"]) for line in lines]


def verify(file: Path) -> list[Kept]:
    """Batches of a file of which every byte is what `put` writes, at the place it writes it to. Raises Tampered."""
    try:
        manifest, batches = read(file)
        ended = next(kept for kept in batches if kept.ending)
        expected = _compose(batches, ended)[1]
        place = _month(ended.batch["at"]) / f"{ended.conversation}.jsonl"
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, Invalid):
        raise Tampered("an archived conversation is damaged") from None
    if expected != file.read_bytes() or manifest["format"] != FORMAT:
        raise Tampered("an archived conversation is not what its manifest says")
    if file.parts[-3:] != place.parts:
        raise Tampered("an archived conversation lies at another one's place")
    return batches


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _month(at: object) -> Path:
    try:
        day = datetime.fromisoformat(str(at)).astimezone(UTC)
    except ValueError:
        raise Invalid("A batch's time is not ISO 8601.") from None
    return Path(f"{day.year:04d}", f"{day.month:02d}")
