"""The audit log on disk: entries that can only be added, their tree, and its signed checkpoint, in one transaction."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.audit.checkpoint import Signer
from appliance.audit.events import canonical, read_event
from appliance.audit.merkle import HASH_BYTES, Frontier, leaf_hash
from appliance.errors import Invalid, Tampered, Unavailable
from services.scribe.files import write_whole

ORIGIN = "b2t-voice/audit"
_TABLES = MetaData()
_ENTRIES = Table(
    "entries",
    _TABLES,
    Column("leaf", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)
_TREE = Table(
    "tree",
    _TABLES,
    Column("one", Integer, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
    Column("checkpoint", Text, nullable=False),
)
for _change in ("UPDATE", "DELETE"):
    event.listen(
        _ENTRIES,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER entries_no_{_change.lower()} BEFORE {_change} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'entries are only ever added'); END"
        ).execute_if(dialect="sqlite"),
    )


class AuditLog:
    """Methods block for as long as the disk takes; an entry is durable when `append` returns."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._engine = open_database(folder / "audit.sqlite", _TABLES)
        self._file = folder / "audit.checkpoint"
        self._signer = signer
        try:
            with self._engine.begin() as connection:
                self._frontier, self._last_sequence, self._checkpoint = self._begin(connection)
        except SQLAlchemyError as error:
            raise Unavailable("The audit log cannot be opened.") from error
        self._publish()

    @property
    def last_sequence(self) -> int:
        """The last message of the stream that is in the log."""
        return self._last_sequence

    @property
    def checkpoint(self) -> str:
        return self._checkpoint

    def append(self, sequence: int, raw: bytes, taken_at: int) -> bool:
        """Add what was told in this message of the stream, once: False where it is in the log already."""
        if sequence <= self._last_sequence:
            return False
        entry = canonical(sequence, read_event(raw, taken_at))
        grown = self._frontier.append(leaf_hash(entry))
        checkpoint = self._signer.sign(grown.size, grown.root)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(_ENTRIES).values(leaf=grown.size - 1, sequence=sequence, content=entry))
                connection.execute(
                    update(_TREE).values(
                        last_sequence=sequence, size=grown.size, nodes=b"".join(grown.nodes), checkpoint=checkpoint
                    )
                )
        except SQLAlchemyError as error:
            raise Unavailable("The audit log takes no entry now.") from error
        self._frontier, self._last_sequence, self._checkpoint = grown, sequence, checkpoint
        self._publish()
        return True

    def verify(self) -> int:
        """Read everything again and compare with the signed checkpoint; the number of entries. Raises Tampered.

        Another process may add to the log meanwhile: entries and checkpoint are read as they stood at one moment.
        """
        frontier = Frontier()
        with self._engine.connect().execution_options(read_only=True) as connection:
            checkpoint = connection.execute(select(_TREE.c.checkpoint)).scalar_one()
            for content in connection.execute(select(_ENTRIES.c.content).order_by(_ENTRIES.c.leaf)).scalars():
                frontier = frontier.append(leaf_hash(content))
        signed, known = self._signer.verifier.open(checkpoint), self._signer.verifier.open(self._checkpoint)
        if (signed.size, signed.root) != (frontier.size, frontier.root) or signed.size < known.size:
            raise Tampered("The audit log is not what its checkpoint was signed for.")
        return frontier.size

    def close(self) -> None:
        self._engine.dispose()

    def _begin(self, connection: Connection) -> tuple[Frontier, int, str]:
        """Where the log stands. Raises Tampered where that is not what was signed last."""
        row = connection.execute(select(_TREE)).one_or_none()
        if row is None:
            empty = Frontier()
            checkpoint = self._signer.sign(0, empty.root)
            connection.execute(insert(_TREE).values(one=1, last_sequence=0, size=0, nodes=b"", checkpoint=checkpoint))
            return empty, 0, checkpoint
        nodes = tuple(row.nodes[at : at + HASH_BYTES] for at in range(0, len(row.nodes), HASH_BYTES))
        frontier = Frontier(row.size, nodes)
        signed = self._signer.verifier.open(row.checkpoint)
        if (signed.size, signed.root) != (frontier.size, frontier.root):
            raise Tampered("The audit log is not what its checkpoint was signed for.")
        return frontier, row.last_sequence, row.checkpoint

    def _publish(self) -> None:
        """Where an operator's copying takes it from; the database has the truth."""
        write_whole(self._file, self._checkpoint.encode())


def open_signer(file: Path) -> Signer:
    """The log's signing key (0600), made at first start."""
    if not file.exists():
        private = Ed25519PrivateKey.generate()
        write_whole(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if file.stat().st_mode & 0o077:
        raise Invalid(f"{file} can be read by others than its owner; set its mode to 0600.")
    try:
        private_key = load_pem_private_key(file.read_bytes(), None)
    except ValueError:
        raise Invalid(f"{file} does not hold a signing key.") from None
    if not isinstance(private_key, Ed25519PrivateKey):
        raise Invalid(f"{file} does not hold an Ed25519 key.")
    return Signer(ORIGIN, private_key)
