"""`b2t audit review`: what of a day somebody should look into."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from appliance.cli.audit_reading import tell_read
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.errors import Invalid, Unavailable

ASK_S = 300.0


def register(group: typer.Typer) -> None:
    group.command(epilog="Example: b2t audit review --day 2026-11-30")(review)


def review(
    day: Annotated[str | None, typer.Option(help="The day (UTC); without it yesterday.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Failed sign-ins, privilege changes, unusual reads, clock, and whether the log verifies. Made each night by the
    scribe; today's is made as you ask. Exit status 1 if there is anything to look into."""
    out = Output(as_json=as_json)
    asked = day or (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    found = run(out, data_dir, lambda box: _ask(box, asked))
    out.document(found)
    log = found["log"]
    state = "verifies" if log["ok"] else "DOES NOT VERIFY"
    out.text(f"{found['day']}: {found['entries']} entries; the log of {log['entries']} {state}")
    unreviewed = found.get("unreviewed", {})
    out.text(
        f"{found.get('privilege_changes', 0)} changes of privileges; {len(unreviewed)} emergency accesses unreviewed"
    )
    questions = found["questions"]
    out.table(
        ("look into", "what", "of", "how often", "first entry"),
        [(one["kind"], one["what"], one["of"] or "-", one["count"], one["sequence"] or "-") for one in questions],
    )
    if not questions:
        out.text("Nothing to look into.")
    raise SystemExit(int(Exit.FAILED if questions else Exit.OK))


async def _ask(box: Box, day: str) -> dict[str, Any]:
    await tell_read(box)
    found: dict[str, Any] = json.loads(await box.bus.request("b2t.scribe.review", day.encode(), timeout_s=ASK_S))
    if "error" in found:
        raise (Invalid if found["error"]["code"] == "invalid" else Unavailable)(found["error"]["title"])
    return found
