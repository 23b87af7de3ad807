"""The archive: one file for each ended conversation, `YYYY/MM/<conversation>.jsonl` by the day it ended (UTC).

The first line is the manifest (with the SHA-256 of all that follows), then one line a batch with its stream sequence,
in canonical JSON. Texts and values stay sealed as they were in the log. Nothing here needs to know every event: a batch
of a later release is kept as it is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.errors import Invalid, Tampered, Unavailable
from appliance.privacy.retention import Ended
from appliance.privacy.vault import CONVERSATION, PERSON_ID
from services.scribe.files import sync_folder, write_whole

FORMAT = 1
_TABLES = MetaData()
_ARCHIVED = Table(
    "archived",
    _TABLES,
    Column("conversation", String(64), primary_key=True),
    Column("file", String(128), nullable=False),
    Column("last_sequence", Integer, nullable=False),
    Column("agent", String(64)),
    Column("channel", String(16)),
    Column("ended_at", String(40)),
    Column("parties", Text),
)


def _what_retention_needs(connection: Connection) -> None:
    """From the first release's table; what stands in its new columns is read from the files when it is opened."""
    for column, kind in (("agent", "VARCHAR(64)"), ("channel", "VARCHAR(16)"), ("ended_at", "VARCHAR(40)")):
        connection.exec_driver_sql(f"ALTER TABLE archived ADD COLUMN {column} {kind}")
    connection.exec_driver_sql("ALTER TABLE archived ADD COLUMN parties TEXT")


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
    """Its own small database knows what is where. Methods block for as long as the disk takes.

    `changing` is held from reading a conversation's log until its file is put, and while files are removed.
    """

    def __init__(self, folder: Path, database: Path) -> None:
        self.changing = asyncio.Lock()
        self._folder = folder
        self._engine = open_database(database, _TABLES, [_what_retention_needs])
        self._fill()

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
        row |= _described(batches, ended)
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

    def ended(self) -> Iterator[Ended]:
        """Every conversation that is kept, oldest end first."""
        for row in self._all(select(_ARCHIVED).where(_ARCHIVED.c.ended_at.is_not(None)).order_by(_ARCHIVED.c.ended_at)):
            at = datetime.fromisoformat(row.ended_at)
            yield Ended(row.conversation, row.agent, row.channel, at, tuple(row.parties.split()))

    def parties(self, conversation: str) -> tuple[str, ...]:
        rows = self._all(select(_ARCHIVED.c.parties).where(_ARCHIVED.c.conversation == conversation))
        return tuple((rows[0].parties or "").split()) if rows else ()

    def of(self, persons: Collection[str]) -> list[str]:
        """The conversations that one of these took part in."""
        return [one.conversation for one in self.ended() if not set(one.parties).isdisjoint(persons)]

    def remove(self, conversations: Sequence[str]) -> int:
        """Their files, then what is known of them; how many there were. Safe to repeat."""
        count, folders = 0, set[Path]()
        for conversation in conversations:
            file = self.find(conversation)
            if file is not None:
                file.unlink(missing_ok=True)
                folders.add(file.parent)
        for folder in folders:
            sync_folder(folder)
        try:
            with self._engine.begin() as connection:
                for conversation in conversations:
                    gone = delete(_ARCHIVED).where(_ARCHIVED.c.conversation == conversation)
                    count += connection.execute(gone).rowcount
        except SQLAlchemyError as error:
            raise Unavailable("The archive's list takes no entry now.") from error
        return count

    def close(self) -> None:
        self._engine.dispose()

    def _fill(self) -> None:
        """What an earlier release did not note. A file that cannot be read stays: `b2t vault check` finds it."""
        for row in self._all(select(_ARCHIVED).where(_ARCHIVED.c.ended_at.is_(None))):
            try:
                batches = read(self._folder / row.file)[1]
                ended = next(kept for kept in batches if kept.ending)
            except (OSError, Tampered, StopIteration):
                continue
            noted = update(_ARCHIVED).where(_ARCHIVED.c.conversation == row.conversation)
            with self._engine.begin() as connection:
                connection.execute(noted.values(**_described(batches, ended)))

    def _all(self, wanted: Any) -> Sequence[Any]:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return connection.execute(wanted).all()
        except SQLAlchemyError as error:
            raise Unavailable("The archive's list does not answer.") from error

    def _find(self, conversation: str) -> tuple[str, int] | None:
        wanted = select(_ARCHIVED).where(_ARCHIVED.c.conversation == conversation)
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                row = connection.execute(wanted).one_or_none()
        except SQLAlchemyError as error:
            raise Unavailable("The archive's list does not answer.") from error
        return None if row is None else (row.file, row.last_sequence)


def _described(batches: Sequence[Kept], ended: Kept) -> dict[str, str]:
    events = [one for kept in batches for one in kept.batch["events"] if isinstance(one, dict)]
    started = next((one for one in events if one.get("kind") == "conversation_started"), {})
    at = datetime.fromisoformat(str(ended.batch["at"])).astimezone(UTC)
    return {
        "agent": str(batches[0].batch.get("agent") or ""),
        "channel": str(started.get("channel") or ""),
        "ended_at": at.isoformat(timespec="milliseconds"),
        "parties": " ".join(sorted(parties_of(events))),
    }


def parties_of(events: Iterable[Any]) -> set[str]:
    """Keyed hashes of those who took part."""
    identities = (one.get("identity") for one in events if isinstance(one, dict))
    found = (str(one.get("party") or "") for one in identities if isinstance(one, dict))
    return {party for party in found if PERSON_ID.fullmatch(party)}


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
