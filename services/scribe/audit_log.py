"""The audit log on disk: entries that can only be added, their tree, and its signed checkpoint, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.audit import post_quantum
from appliance.audit.checkpoint import Signer
from appliance.audit.events import canonical, read_event
from appliance.audit.merkle import Frontier, leaf_hash
from appliance.audit.post_quantum import PostQuantum
from appliance.audit.tiles import Growing, Node
from appliance.audit.verification import Note, Verified
from appliance.errors import Invalid, Tampered, Unavailable
from services import faults
from services.scribe.audit_store import (
    CHECKPOINT,
    CHECKPOINTS,
    DATABASE,
    ENTRIES,
    MIGRATIONS,
    NODES,
    TABLES,
    TREE,
    AuditReader,
    Head,
    head_of,
)
from services.scribe.files import write_whole

ORIGIN = "b2t-voice/audit"


@dataclass(frozen=True, slots=True)
class Message:
    """What a unit told, as the bus has it: its number there, and the unit that its subject names."""

    sequence: int
    raw: bytes
    teller: str | None = None


class AuditLog:
    """Methods block for as long as the disk takes; an entry is durable when `append` returns."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._engine = open_database(folder / DATABASE, TABLES, MIGRATIONS)
        self._file = folder / CHECKPOINT
        self._signer = signer
        self.reader = AuditReader(self._engine, folder)
        try:
            with self._engine.begin() as connection:
                self._head = self._begin(connection)
                self._signed_size = connection.execute(select(func.max(CHECKPOINTS.c.size))).scalar_one() or 0
        except SQLAlchemyError as error:
            raise Unavailable("The audit log cannot be opened.") from error
        self._publish()

    @property
    def last_sequence(self) -> int:
        """The last message of the stream that is in the log."""
        return self._head.last_sequence - self._head.stream_start

    @property
    def size(self) -> int:
        return self._head.frontier.size

    @property
    def last_kept(self) -> int:
        return self._head.last_kept

    @property
    def checkpoint(self) -> str:
        return self._head.checkpoint

    def append(self, sequence: int, raw: bytes, taken_at: int) -> bool:
        """Add what was told in this message of the stream, once: False where it is in the log already."""
        return self.append_all([Message(sequence, raw)], taken_at) == 1

    def append_all(self, messages: Sequence[Message], taken_at: int) -> int:
        """Add these messages, which follow one another, in one transaction under one signature; how many were new."""
        head = self._head
        new = [one for one in messages if one.sequence > self.last_sequence]
        if not new:
            return 0
        kept = max(head.last_kept, taken_at)  # whatever the clock does, an entry is not kept before the last one
        tree, nodes, rows, last = Growing(head.frontier), list[Node](), list[dict[str, object]](), 0
        for one in new:
            sequence = head.stream_start + one.sequence
            if sequence <= last:
                raise Invalid("Messages of the bus are not in their order.")
            last = sequence
            entry = canonical(sequence, read_event(one.raw, taken_at, one.teller), kept)
            rows.append({"leaf": tree.size, "sequence": sequence, "content": entry})
            tree.add(leaf_hash(entry), nodes)
        frontier = tree.frontier
        checkpoint = self._signer.sign(frontier.size, frontier.root)
        self._write(Head(frontier, last, kept, head.stream_start, checkpoint), rows, nodes)
        faults.point("scribe.entries_written")
        self._publish()
        return len(rows)

    def restart_stream(self) -> None:
        """The bus begins anew at 1 (its store was replaced): what comes is put behind what is here."""
        head = self._head
        fresh = Head(head.frontier, head.last_sequence, head.last_kept, head.last_sequence, head.checkpoint)
        self._write(fresh, [], [])

    def sign_for_keeping(self, at: int) -> tuple[int, str] | None:
        """The newest checkpoint, put among those that stay; None where that is done already, or nothing is in it."""
        size, note = self.size, self.checkpoint
        if size <= self._signed_size:
            return None
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(CHECKPOINTS).values(size=size, at=at, note=note))
        except SQLAlchemyError as error:
            raise Unavailable("The audit log takes no checkpoint now.") from error
        self._signed_size = size
        return size, note

    def kept_checkpoints(self, after: int) -> list[tuple[int, str]]:
        """Size and note of those kept beyond this size, in order."""
        wanted = select(CHECKPOINTS.c.size, CHECKPOINTS.c.note).where(CHECKPOINTS.c.size > after)
        with self._engine.connect().execution_options(read_only=True) as connection:
            return [(row.size, row.note) for row in connection.execute(wanted.order_by(CHECKPOINTS.c.size))]

    def examine(self, notes: Sequence[Note] = ()) -> Verified:
        """Everything read again; what does not agree is in the findings."""
        return self.reader.examine(self._signer.verifier, [Note("signed last", self._head.checkpoint), *notes])

    def verify(self) -> int:
        """The number of entries. Raises Tampered where there is any finding."""
        verified = self.examine()
        if not verified.ok:
            raise Tampered("The audit log is not what its checkpoint was signed for.")
        return verified.entries

    def close(self) -> None:
        self._engine.dispose()

    def _write(self, head: Head, rows: list[dict[str, object]], nodes: list[Node]) -> None:
        try:
            with self._engine.begin() as connection:
                if rows:
                    connection.execute(insert(ENTRIES), rows)
                    faults.point("scribe.entries_inserted")
                if nodes:
                    kept = [{"level": node.level, "place": node.index, "hash": node.hash} for node in nodes]
                    connection.execute(insert(NODES), kept)
                connection.execute(
                    update(TREE).values(
                        last_sequence=head.last_sequence,
                        size=head.frontier.size,
                        nodes=b"".join(head.frontier.nodes),
                        checkpoint=head.checkpoint,
                        last_kept=head.last_kept,
                        stream_start=head.stream_start,
                    )
                )
        except SQLAlchemyError as error:
            raise Unavailable("The audit log takes no entry now.") from error
        self._head = head

    def _begin(self, connection: Connection) -> Head:
        """Where the log stands. Raises Tampered where that is not what was signed last."""
        row = connection.execute(select(TREE)).one_or_none()
        if row is None:
            empty = Head(Frontier(), 0, 0, 0, self._signer.sign(0, Frontier().root))
            first = {"one": 1, "last_sequence": 0, "size": 0, "nodes": b"", "checkpoint": empty.checkpoint}
            connection.execute(insert(TREE).values(**first))
            return empty
        head = head_of(row)
        signed = self._signer.verifier.open(head.checkpoint)
        if (signed.size, signed.root) != (head.frontier.size, head.frontier.root):
            raise Tampered("The audit log is not what its checkpoint was signed for.")
        return head

    def _publish(self) -> None:
        """Where an operator's copying takes it from; the database has the truth."""
        write_whole(self._file, self._head.checkpoint.encode())


def open_signer(file: Path) -> Signer:
    """The log's signing keys (0600), made at first start; the post-quantum one where the library knows how."""
    if not file.exists():
        private = Ed25519PrivateKey.generate()
        write_whole(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private, second = read_private_key(file), file.with_name(f"{file.stem}-pq{file.suffix}")
    if not second.exists():
        made = post_quantum.generate()
        if made is None:
            return Signer(ORIGIN, private)
        write_whole(second, made)
    _check_mode(second)
    return Signer(ORIGIN, private, PostQuantum(ORIGIN, second.read_bytes()))


def read_private_key(file: Path) -> Ed25519PrivateKey:
    """Raises Invalid where others may read it, or it is none."""
    _check_mode(file)
    try:
        private_key = load_pem_private_key(file.read_bytes(), None)
    except ValueError:
        raise Invalid(f"{file} does not hold a signing key.") from None
    if not isinstance(private_key, Ed25519PrivateKey):
        raise Invalid(f"{file} does not hold an Ed25519 key.")
    return private_key


def _check_mode(file: Path) -> None:
    if file.stat().st_mode & 0o077:
        raise Invalid(f"{file} can be read by others than its owner; set its mode to 0600.")
