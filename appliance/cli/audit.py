"""`b2t audit`: read the audit log, prove an entry, and find out whether anything in it was changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from appliance.audit.minisign import public_key
from appliance.audit.proofs import check_proof, write_proof
from appliance.audit.tiles import inclusion_path
from appliance.audit.verification import Note, Row, Verified
from appliance.cli import audit_export, audit_review
from appliance.cli.audit_reading import reading, signer_of, tell_read
from appliance.cli.box import Box, DataDir, Json, quiet, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.config import Paths, load_config
from appliance.errors import B2TError, Invalid
from services.scribe.audit_store import AuditReader, Remembered
from services.scribe.checkpoints import witness_text
from services.scribe.report import when
from services.scribe.shipping import shipped_notes

T = TypeVar("T")

FIXED = ("action", "actor", "at", "kept", "sequence", "source", "result", "reason")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The audit log: read it, prove it, look for changes.", no_args_is_help=True)
    app.add_typer(group, name="audit")
    group.command(epilog="Example: b2t audit verify --checkpoint /mnt/witness/000000004711.checkpoint")(verify)
    group.command("list", epilog="Example: b2t audit list --limit 50 --action sign_in_failed")(list_)
    group.command(epilog="Example: b2t audit show 4711")(show)
    group.command(epilog="Example: b2t audit prove 4711 --out 4711.tlog-proof")(prove)
    group.command(epilog="Example: b2t audit keys --json")(keys)
    audit_export.register(group)
    audit_review.register(group)


def verify(
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint that was copied off the box; give as many as there are.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Read the whole log again: tree, order, times, signatures, and that it agrees with every checkpoint of it.

    Works on a stopped box too. Exit status 1 if anything was changed, dropped, reordered or back-dated.
    """
    out = Output(as_json=as_json)
    paths = Paths.of(data_dir)

    def look() -> Verified:
        folder = load_config(paths).audit.ship_folder
        notes = [*_given(checkpoint or []), *shipped_notes(folder)]
        return reading(paths, lambda reader: reader.examine(signer_of(paths).verifier, notes))

    found = _here(out, look)
    out.document(verified_document(found))
    _print_verified(out, found)
    raise SystemExit(int(Exit.OK if found.ok else Exit.FAILED))


def list_(
    limit: Annotated[int, typer.Option(min=1, max=10000, help="At most so many, youngest first.")] = 20,
    action: Annotated[str | None, typer.Option(help="Only this kind of event.")] = None,
    before: Annotated[int | None, typer.Option(min=1, help="Only entries in front of this sequence.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List entries, youngest first. That you looked is an entry too."""
    out = Output(as_json=as_json)
    rows = run(out, data_dir, lambda box: _told(box, lambda reader: _newest(reader, limit, action, before)))
    out.document([json.loads(row.content) for row in rows])
    shown = [json.loads(row.content) for row in rows]
    out.table(
        ("sequence", "when", "unit", "action", "on what", "result", "from"),
        [
            (
                one["sequence"],
                when(one["at"]),
                one["actor"],
                one["action"],
                on_what(one),
                one.get("result", "-"),
                one.get("source", "-"),
            )
            for one in shown
        ],
    )


def show(
    sequence: Annotated[int, typer.Argument(min=1, help="The entry's number, as `audit list` shows it.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Print one entry."""
    out = Output(as_json=as_json)
    row = run(out, data_dir, lambda box: _told(box, lambda reader: reader.entry(sequence)))
    entry = json.loads(row.content)
    out.document({"leaf": row.leaf, "entry": entry})
    out.table(("", ""), [(name, when(entry[name]) if name in ("at", "kept") else entry[name]) for name in entry])


def prove(
    sequence: Annotated[int, typer.Argument(min=1, help="The entry's number.")],
    to: Annotated[Path | None, typer.Option("--out", help="Where the proof goes, instead of standard output.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Write the proof that an entry is in the log (C2SP tlog-proof), for a third party to check offline."""
    out = Output(as_json=as_json)
    paths = Paths.of(data_dir)
    row, proof = run(out, data_dir, lambda box: _told(box, lambda reader: prove_entry(paths, reader, sequence)))
    if to is not None:
        to.write_text(proof, "utf-8")
    key = signer_of(paths).verifier.text
    out.document({"entry": row.content.decode(), "leaf": row.leaf, "key": key, "proof": proof})
    out.text(proof if to is None else f"Proof of entry {sequence} in {to}; the log's key is {key}")


def keys(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Print the keys that whoever checks this log needs. Keep them off the box from its first day on."""
    out = Output(as_json=as_json)
    paths = Paths.of(data_dir)
    signer, witness = _here(out, lambda: (signer_of(paths), witness_text(load_config(paths).audit.witness_key)))
    second = None if signer.post_quantum is None else signer.post_quantum.text
    found = {
        "log": signer.verifier.text,
        "minisign": public_key(signer.verifier.public),
        "post_quantum": second,
        "witness": witness,
    }
    out.document(found)
    for name, key in found.items():
        out.text(f"{name}: {key or 'none'}")


def prove_entry(paths: Paths, reader: AuditReader, sequence: int) -> tuple[Row, str]:
    """The entry and its proof, checked before it leaves. Raises Unknown, Tampered."""
    head, row, verifier = reader.head(), reader.entry(sequence), signer_of(paths).verifier
    proof = write_proof(row.leaf, inclusion_path(Remembered(reader), row.leaf, head.frontier.size), head.checkpoint)
    check_proof(proof, row.content, verifier)
    return row, proof


def on_what(entry: dict[str, Any]) -> str:
    """The fields that only this kind of event has."""
    return " ".join(f"{name}={entry[name]}" for name in entry if name not in FIXED) or "-"


def verified_document(found: Verified) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "entries": found.entries,
        "root": found.root.hex(),
        "checkpoints": found.checkpoints,
        "first_at": None if found.first_at is None else when(found.first_at),
        "last_at": None if found.last_at is None else when(found.last_at),
        "gaps": [list(gap) for gap in found.gaps],
        "findings": [asdict(finding) for finding in found.findings],
    }


async def _told(box: Box, look: Callable[[AuditReader], T]) -> T:
    await tell_read(box)
    return reading(box.paths, look)


def _newest(reader: AuditReader, limit: int, action: str | None, before: int | None) -> list[Row]:
    found: list[Row] = []
    end = reader.head().frontier.size
    while end > 0 and len(found) < limit:
        start = max(0, end - 1024)
        for row in reversed(list(reader.rows(start, end))):
            told = before is None or row.sequence < before
            if told and (action is None or json.loads(row.content)["action"] == action):
                found.append(row)
        end = start
    return found[:limit]


def _given(files: Iterable[Path]) -> list[Note]:
    try:
        return [Note(str(file), file.read_text("utf-8")) for file in files]
    except (OSError, UnicodeDecodeError):
        raise Invalid("A checkpoint's file cannot be read.") from None


def _here(out: Output, look: Callable[[], T]) -> T:
    """What needs no running box."""
    quiet()
    try:
        return look()
    except B2TError as error:
        out.fail(error)


def _print_verified(out: Output, found: Verified) -> None:
    out.text(f"{found.entries} entries, {found.checkpoints} signed checkpoints, root {found.root.hex()}")
    for first, last in found.gaps:
        out.text(f"gap   messages {first} to {last} of the bus never came into the log")
    for finding in found.findings:
        where = [f"entry {finding.sequence}" if finding.sequence else "", finding.source or ""]
        out.text(f"FAIL  {finding.what} {' '.join(one for one in where if one)}".rstrip())
    out.text("ok    nothing was changed" if found.ok else "FAIL  this is not the log that was signed")
