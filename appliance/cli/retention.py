"""`b2t retention`: how long what is kept, what was removed, and what a legal hold keeps longer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.adapters.retention import ask_retention
from appliance.cli import ids
from appliance.cli.audit_reading import account
from appliance.cli.box import DataDir, Json, run
from appliance.cli.output import Output
from appliance.errors import B2TError, Invalid
from appliance.privacy.forgetting import RETENTION_ASKED, Operation, RetentionAsked

Conversation = Annotated[list[str] | None, typer.Option(help="A conversation's id; may be given more than once.")]
Person = Annotated[list[str] | None, typer.Option(help="A person's keyed hash, as `b2t rights find` prints it.")]
Reason = Annotated[str, typer.Option("--reason", help="A case's number, for the audit log.")]
_COUNTS = ("conversations", "keys", "event_log", "archive", "calls", "analytics", "held")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="How long what is kept; legal holds.", no_args_is_help=True)
    app.add_typer(group, name="retention")
    _purging(group)
    holds = typer.Typer(help="Legal holds: what neither retention nor erasure touches.", no_args_is_help=True)
    group.add_typer(holds, name="hold")
    _holds(holds)


def _purging(group: typer.Typer) -> None:
    @group.command("run", epilog="Example: b2t retention run --dry-run")
    def run_(
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go; remove nothing.")] = False,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Remove now what has been kept long enough; the box does so itself once a day."""
        out = Output(as_json=as_json)
        asked = RetentionAsked(operation="run", account=account(), dry_run=dry_run)
        _print(out, run(out, data_dir, lambda box: ask_retention(box.bus, asked)))

    @group.command(epilog="Example: b2t retention report")
    def report(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Print what the last purge removed."""
        out = Output(as_json=as_json)
        asked = RetentionAsked(operation="report", account=account())
        _print(out, run(out, data_dir, lambda box: ask_retention(box.bus, asked)))


def _holds(group: typer.Typer) -> None:
    @group.command(
        epilog="Example: b2t retention hold add --conversation 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31 --reason C-17"
    )
    def add(
        conversation: Conversation = None,
        person: Person = None,
        reason: Reason = "",
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Keep a conversation, or all of a person's, until the hold is removed."""
        _change("hold", conversation, person, reason, data_dir, as_json=as_json)

    @group.command(epilog="Example: b2t retention hold remove --conversation 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31")
    def remove(
        conversation: Conversation = None,
        person: Person = None,
        reason: Reason = "",
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Lift a hold; what is over goes with the next purge."""
        _change("lift", conversation, person, reason, data_dir, as_json=as_json)

    @group.command("list", epilog="Example: b2t retention hold list --json")
    def list_(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Print every hold, who set it and why."""
        out = Output(as_json=as_json)
        asked = RetentionAsked(operation="holds", account=account())
        _print_holds(out, run(out, data_dir, lambda box: ask_retention(box.bus, asked)))


def _change(
    operation: Operation,
    conversations: list[str] | None,
    persons: list[str] | None,
    reason: str,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    out = Output(as_json=as_json)
    try:
        named, people, why = ids.conversations(conversations), ids.persons(persons), ids.reason(reason)
    except B2TError as error:
        out.fail(error)
    asked = asking(out, operation=operation, account=account(), reason=why, conversations=named, persons=people)
    _print_holds(out, run(out, data_dir, lambda box: ask_retention(box.bus, asked)))


def asking(out: Output, **fields: Any) -> RetentionAsked:
    """What is asked, or one sentence on what about it cannot be."""
    try:
        return asked_of(**fields)
    except B2TError as error:
        out.fail(error)


def asked_of(**fields: Any) -> RetentionAsked:
    """Raises Invalid."""
    try:
        return RETENTION_ASKED.validate_python(fields)
    except ValueError:
        raise Invalid("An id, a keyed hash or a reason is not one: reasons are a ticket's number, no words.") from None


def _print(out: Output, found: dict[str, Any]) -> None:
    out.document(found)
    out.text(f"{'Would be removed' if found['dry_run'] else 'Removed'} at {found['at']}:")
    out.table(("what", "how many"), [(name.replace("_", " "), found[name]) for name in _COUNTS])
    if "report" in found:
        out.text(f"The report's SHA-256 is in the audit log: {found['report']}")


def _print_holds(out: Output, found: dict[str, Any]) -> None:
    out.document(found)
    rows = [
        (
            one["subject"],
            "person" if one["person"] else "conversation",
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one["at"])),
            one["account"],
            one["reason"] or "-",
        )
        for one in found["holds"]
    ]
    out.table(("held", "kind", "since", "by", "reason"), rows)
