"""`b2t audit export` and `b2t audit controls`: evidence for somebody else, to be checked without this box."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.adapters.places import Places
from appliance.audit.controls import CONTROLS
from appliance.audit.data_events import AuditExported
from appliance.audit.selection import Selection
from appliance.audit.telling import Word
from appliance.cli import ids
from appliance.cli.audit_reading import account, reading, signer_of, tell
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.output import Output
from appliance.errors import B2TError, Invalid, Unavailable
from services.scribe.audit_store import AuditReader
from services.scribe.exporting import Asked, Export
from services.scribe.register import register_of

SIGN_S = 30.0
DEPLOYED_S = 5.0
_ID = re.compile(r"(account|api_key):[A-Za-z0-9]{16,32}|h:[0-9a-f]{32}|c?[0-9a-f-]{32,64}|uid-[0-9]+")


def register(group: typer.Typer) -> None:
    group.command(epilog="Example: b2t audit export --control pci-10.2.1.1 --out november.zip")(export)
    group.command(epilog="Example: b2t audit controls --json")(controls)


def export(
    to: Annotated[Path, typer.Option("--out", help="The zip; it must not exist.")],
    conversation: Annotated[str | None, typer.Option(help="What concerns this conversation.")] = None,
    person: Annotated[str | None, typer.Option(help="What names this account or person's keyed hash.")] = None,
    agent: Annotated[str | None, typer.Option(help="What concerns this agent.")] = None,
    control: Annotated[str | None, typer.Option(help="What is evidence for this control (b2t audit controls).")] = None,
    incident: Annotated[str | None, typer.Option(help="Who touched what of this: any id that is in entries.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Kept from this day or time (ISO 8601, UTC) on.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Kept up to this day, or before this time.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why: a code or a ticket's number, without spaces.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Write entries, proofs, a report and the verifier into one signed zip. Without a choice: the whole log."""
    out = Output(as_json=as_json)
    began = time.monotonic()
    if to.exists():
        out.fail(Invalid(f"{to} is there already."))
    try:
        of = (*ids.conversations([conversation] if conversation is not None else None), None)[0]
        whom, what = ids.entry(person), ids.entry(incident)
        chosen = Selection(time_of(start), time_of(end, ends=True), of, whom, ids.agent(agent), control, what)
        why = ids.reason(reason)
    except B2TError as error:
        out.fail(error)

    async def work(box: Box) -> Export:
        return await _export(box, chosen, to, why)

    made = run(out, data_dir, work)
    found = {
        "file": str(to),
        "entries": made.digest.count,
        "bytes": to.stat().st_size,
        "key": made.verifier.text,
        "took_s": round(time.monotonic() - began, 2),
    }
    out.document(found)
    out.text(f"{found['entries']} entries in {to} ({found['bytes']} bytes); the log's key is {found['key']}")


def controls(as_json: Json = False) -> None:
    """List the controls that there is evidence for, and which events are the evidence."""
    out = Output(as_json=as_json)
    out.document([asdict(one) for one in CONTROLS.values()])
    out.table(
        ("control", "title", "evidence", "besides the log"),
        [(one.id, one.title, ", ".join(one.actions), one.beside) for one in CONTROLS.values()],
    )


async def _export(box: Box, chosen: Selection, to: Path, reason: str | None) -> Export:
    chosen.actions()  # raises Unknown
    who, now = account(), datetime.now(UTC)
    await tell(
        box,
        AuditExported(
            actor="operator",
            at=time.time_ns(),
            account=who,
            selection=_named(chosen, Places(box.paths.secrets / "places.key")),
            source="box",
            reason=reason,
        ),
    )
    asked = Asked(chosen, who, now.isoformat(timespec="seconds").replace("+00:00", "Z"), reason)
    processing = register_of(box.config, await _deployed(box)) if chosen.control == "gdpr-30" else None
    verifier = signer_of(box.paths).verifier

    def write(reader: AuditReader) -> tuple[Export, bytes]:
        made = Export(reader, verifier, asked, to, processing)
        return made, made.write()

    made, digest = await asyncio.to_thread(reading, box.paths, write)
    try:
        signature = await box.bus.request("b2t.scribe.sign", digest, timeout_s=SIGN_S)
        if not signature:
            raise Unavailable("The scribe does not sign this export.")
    except BaseException:
        made.discard()
        raise
    made.finish(signature.decode())
    return made


async def _deployed(box: Box) -> dict[str, Any] | None:
    """Agent → where it answers; None where dialogue does not say."""
    try:
        found = json.loads(await box.bus.request("b2t.dialogue.agents", b"{}", timeout_s=DEPLOYED_S))
        return {agent["name"]: agent["deployments"] for agent in found["agents"]}
    except (Unavailable, ValueError, KeyError, TypeError):
        return None


def time_of(text: str | None, *, ends: bool = False) -> int | None:
    """Nanoseconds since 1970. A day alone is its beginning, or as an end the day after. Raises Invalid."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("A time is ISO 8601, as in 2026-11-30 or 2026-11-30T12:00:00Z.") from None
    try:
        if ends and len(text) <= 10:
            at += timedelta(days=1)
        return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) * 1_000_000_000
    except OverflowError:
        raise Invalid("There is no such time.") from None


def _named(chosen: Selection, places: Places) -> Word:
    """What was asked for, as the log may have it: what is no id of ours may be a name, and becomes a keyed hash."""
    parts = []
    for name, value in chosen.document().items():
        known = isinstance(value, int) or name in ("control", "agent") or _ID.fullmatch(value)
        parts.append(f"{name}:{value if known else places.name(value)}")
    text = "/".join(parts) or "everything"
    return re.sub(r"[^A-Za-z0-9_.:/-]", "_", text)[:128]
