"""An export of the audit log: one signed zip that a third party checks offline with the file that lies inside.

Read once from front to back; what is not bounded goes to the zip or to a temporary file as it comes, so a million
entries take no more memory than a thousand.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import IO, Any, Final

from appliance.audit import verify_audit
from appliance.audit.checkpoint import Verifier
from appliance.audit.merkle import leaf_hash
from appliance.audit.multiproof import MultiProof
from appliance.audit.proofs import check_proof, write_proof
from appliance.audit.selection import Selection
from appliance.audit.tiles import inclusion_path, perfect, subtree_root
from appliance.audit.verification import Row
from appliance.errors import Tampered, Unavailable
from services.scribe.audit_store import AuditReader, Head, Remembered
from services.scribe.report import Digest, write_report

FORMAT: Final = 1
SINGLE_PROOFS: Final = 1000
"""Up to so many entries each has a proof file of its own too."""
COLUMNS: Final = ("sequence", "kept", "at", "actor", "action", "result", "reason", "source")
_BUFFER: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported, by whom, when (ISO 8601), and why: a code or a ticket's number."""

    selection: Selection
    by: str
    at: str
    reason: str | None = None


@dataclass(slots=True)
class Packed:
    """A file of the export, and what the manifest says of it."""

    name: str
    sha256: str
    bytes: int


@dataclass(slots=True)
class Export:
    """Writes the zip, all but the signature: `write` gives the manifest's BLAKE2b digest, `finish` takes what was
    signed for it."""

    reader: AuditReader
    verifier: Verifier
    asked: Asked
    out: Path
    register: dict[str, Any] | None = None
    """The register of processing, where it belongs into the pack."""
    digest: Digest = field(default_factory=Digest)
    _files: list[Packed] = field(default_factory=list)
    _proved: list[tuple[int, int]] = field(default_factory=list)

    @property
    def _partial(self) -> Path:
        return self.out.with_name(f".{self.out.name}.part")

    def write(self) -> bytes:
        """Raises Unknown for a control that there is not, Unavailable where the disk is full, Tampered where the log's
        hashes do not come to what was signed."""
        head = self.reader.head()
        try:
            with tempfile.TemporaryDirectory(dir=self.out.parent, prefix=".export") as folder:
                manifest = self._pack(head, Path(folder))
        except OSError as error:
            self.discard()
            raise Unavailable(f"The export cannot be written: {error.strerror or 'the disk fails'}.") from None
        except BaseException:
            self.discard()
            raise
        return blake2b(manifest).digest()

    def finish(self, signature: str) -> None:
        with zipfile.ZipFile(self._partial, "a") as pack:
            pack.writestr(_info("manifest.json.minisig"), signature)
        self._partial.rename(self.out)

    def discard(self) -> None:
        self._partial.unlink(missing_ok=True)

    def _pack(self, head: Head, folder: Path) -> bytes:
        size = head.frontier.size
        with zipfile.ZipFile(self._partial, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as pack:
            self._partial.chmod(0o600)
            with (
                self._member(pack, "entries.jsonl") as entries,
                (folder / "csv").open("w", encoding="utf-8", newline="", buffering=_BUFFER) as table,
                (folder / "proof").open("w", encoding="ascii", buffering=_BUFFER) as proof,
            ):
                self._read(head, entries, table, MultiProof(size, proof))
            self._add(pack, "entries.csv", folder / "csv")
            self._add(pack, "proof.txt", folder / "proof")
            self._text(pack, "checkpoint", head.checkpoint)
            self._single_proofs(pack, head)
            document = self._document(head)
            write_report(folder / "report.pdf", self.digest, document, head.checkpoint)
            self._add(pack, "report.pdf", folder / "report.pdf")
            if self.asked.selection.incident is not None:
                self._text(pack, "touched.csv", self.digest.touched_csv())
            if self.register is not None:
                self._text(pack, "register.json", json.dumps(self.register, indent=2, ensure_ascii=False) + "\n")
            self._text(pack, "verify_audit.py", Path(verify_audit.__file__).read_text("utf-8"))
            self._text(pack, "README.txt", _README.format(key=self.verifier.text, **document))
            document["files"] = [{"name": one.name, "sha256": one.sha256, "bytes": one.bytes} for one in self._files]
            manifest = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
            pack.writestr(_info("manifest.json"), manifest)
        return manifest

    def _read(self, head: Head, entries: IO[bytes], table: IO[str], proof: MultiProof) -> None:
        size, wanted = head.frontier.size, self.asked.selection
        first = 0 if wanted.start is None else self.reader.first_kept(wanted.start, size)
        end = size if wanted.end is None else self.reader.first_kept(wanted.end, size)
        end = max(first, end)
        self._skip(proof, 0, first)
        self._select(self.reader.rows(first, end), entries, table, proof)
        self._skip(proof, end, size)
        if proof.finish() != size:
            raise Tampered("The audit log is not what its checkpoint was signed for.")

    def _select(self, rows: Iterator[Row], entries: IO[bytes], table: IO[str], proof: MultiProof) -> None:
        wanted, digest = self.asked.selection, self.digest
        every, actions = wanted.everything, wanted.actions()
        out = csv.writer(table, lineterminator="\n")
        out.writerow((*COLUMNS, "details"))
        for row in rows:
            entry = json.loads(row.content)
            if not (every or wanted.wants(entry, actions)):
                proof.other(leaf_hash(row.content))
                continue
            proof.entry()
            entries.write(row.content + b"\n")
            digest.add(entry)
            out.writerow(_cells(entry))
            if digest.count <= SINGLE_PROOFS:
                self._proved.append((row.leaf, row.sequence))

    def _skip(self, proof: MultiProof, start: int, end: int) -> None:
        for first, count in perfect(start, end):
            proof.skip(count, subtree_root(self.reader, first, first + count))

    def _single_proofs(self, pack: zipfile.ZipFile, head: Head) -> None:
        """Checked before they leave: the proof is what a reader trusts, not us."""
        if self.digest.count > SINGLE_PROOFS:
            return
        hashes = Remembered(self.reader)
        for leaf, sequence in self._proved:
            proof = write_proof(leaf, inclusion_path(hashes, leaf, head.frontier.size), head.checkpoint)
            check_proof(proof, self.reader.entry(sequence).content, self.verifier)
            self._text(pack, f"proofs/{sequence}.tlog-proof", proof)

    def _document(self, head: Head) -> dict[str, Any]:
        signed = self.verifier.open(head.checkpoint)
        log = {"origin": signed.origin, "size": signed.size, "root": signed.root.hex(), "key": self.verifier.text}
        return {
            "format": FORMAT,
            "made_at": self.asked.at,
            "made_by": self.asked.by,
            "reason": self.asked.reason,
            "selection": self.asked.selection.document(),
            "entries": self.digest.count,
            "redacted": "Entries hold ids, codes and keyed hashes; no words of anybody, no numbers, no names.",
            "log": log,
        }

    @contextmanager
    def _member(self, pack: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
        with pack.open(_info(name), "w", force_zip64=True) as opened:
            hashing = _Hashing(opened)
            buffered = io.BufferedWriter(hashing, _BUFFER)
            yield buffered
            buffered.flush()
            self._files.append(Packed(name, hashing.digest.hexdigest(), hashing.count))
            buffered.detach()

    def _add(self, pack: zipfile.ZipFile, name: str, file: Path) -> None:
        with self._member(pack, name) as member, file.open("rb") as opened:
            while some := opened.read(_BUFFER):
                member.write(some)

    def _text(self, pack: zipfile.ZipFile, name: str, text: str) -> None:
        with self._member(pack, name) as member:
            member.write(text.encode())


class _Hashing(io.RawIOBase):
    """Passes on what is written, counting and hashing it."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__()
        self._out = out
        self.digest = sha256()
        self.count = 0

    def writable(self) -> bool:
        return True

    def write(self, some: Any, /) -> int:
        self.digest.update(some)
        self._out.write(some)
        length = len(some)
        self.count += length
        return length


def _info(name: str) -> zipfile.ZipInfo:
    """The same export has the same bytes: no times of the machine's."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = 3  # type: ignore[attr-defined]  # ZipFile.open takes no level of its own (Python 3.11)
    info.external_attr = 0o600 << 16
    return info


_KNOWN: Final = frozenset(COLUMNS)


def _cells(entry: dict[str, Any]) -> list[object]:
    cells: list[object] = [entry.get(name, "") for name in COLUMNS]
    cells.append(" ".join([f"{name}={value}" for name, value in entry.items() if name not in _KNOWN]))
    return cells


_README: Final = """B2T Voice: export of the audit log
==================================

{entries} entries, made at {made_at} by {made_by}.

entries.jsonl          the entries, one a line, byte for byte as they are in the log
entries.csv            the same as a table; times are nanoseconds since 1970, UTC
report.pdf             the same to read, shortened where there are many
checkpoint             the log's signed tree head (C2SP tlog-checkpoint)
proof.txt              that all of these entries are in that tree
proofs/                one proof for each entry (C2SP tlog-proof), where there are at most 1000
manifest.json          what was asked for, and every file's SHA-256
manifest.json.minisig  its signature (minisign format, the log's Ed25519 key)
verify_audit.py        checks all of it, offline; needs Python 3.9 and the package cryptography

    python verify_audit.py export THIS.zip --key KEY

KEY must come from elsewhere: whoever set up the box has it. The key inside this export is
{key}
and if yours is another one, this is not your log. Better still, take verify_audit.py from elsewhere, too.

An entry holds ids, codes and keyed hashes, and no words of anybody.
"""
