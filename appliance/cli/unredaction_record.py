"""`b2t rights unredact renew`, and whether the record of who may see values has what the audit log tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import typer

from appliance.adapters.vault import unredact
from appliance.cli.audit_reading import reading, tell_read
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.output import Output
from appliance.errors import Unknown
from appliance.privacy.unredaction_asking import MOST_TOLD, RENEWED, ToldStep, UnredactionAsked
from services.scribe.audit_store import AuditReader

UNIT: Final = "operator"
_REMOVED: Final = "unredaction-key/removed"
_STEPS: Final = {"reveal_denied": "denied", "break_glass_opened": "opened", "break_glass_reviewed": "reviewed"}
_WORDS: Final = {
    "removed": "that the key of person {id} was removed",
    "denied": "that request {id} was denied or ended",
    "opened": "the emergency access {id}",
    "reviewed": "that emergency access {id} was looked at",
    "renewed": "its renewal {id}",
}


def register(group: typer.Typer) -> None:
    group.command("renew", epilog="Example: b2t rights unredact renew --yes")(renew)


def renew(
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """After a restore, or where the vault refuses its record: go on, with every request of before ended.

    Who was removed stays removed, as the record and the audit log have it. A record that is refused is set aside, and
    everybody has to be enrolled anew.
    """
    out = Output(as_json=as_json)
    if not yes and not as_json:
        typer.confirm("Every request ends, and a refused record is set aside. Go on?", abort=True)
    done = run(out, data_dir, renewed)
    out.document(done)
    kept = "goes on" if done["kept"] else "is started anew"
    out.text(f"The record {kept}: {done['enrolled']} people are enrolled, {done['removed']} keys stay removed.")


async def renewed(box: Box) -> dict[str, Any]:
    await tell_read(box)
    removed = [one for one in steps_told(box) if one.step == "removed"]
    answers = []
    for first in range(0, len(removed) or 1, MOST_TOLD):  # each a renewal of its own, in which the next goes on
        asked = UnredactionAsked(operation="renew", told=tuple(removed[first : first + MOST_TOLD]))
        answers.append((await unredact(box.bus, UNIT, asked)).answer)
    return answers[-1] | {"kept": answers[0]["kept"], "removed": len(removed)}


async def missing(box: Box) -> list[str]:
    """What is in the audit log and not in the record, as sentences. The log is read once that is on record."""
    await tell_read(box)
    told, found = steps_told(box), []
    for at in range(0, len(told), MOST_TOLD):
        asked = UnredactionAsked(operation="compare", told=tuple(told[at : at + MOST_TOLD]))
        for one in (await unredact(box.bus, UNIT, asked)).answer["missing"]:
            words = _WORDS[one["step"]].format(id=one["id"])
            found.append(f"lacks {words}, which the audit log tells: it was put back, or the vault died just then")
    return found


def steps_told(box: Box) -> list[ToldStep]:
    """Each once; of renewals the last, and of the steps of requests those after it alone."""
    try:
        return reading(box.paths, lambda reader: _steps(_entries(reader)))
    except Unknown:
        return []


def _entries(reader: AuditReader) -> Iterable[dict[str, Any]]:
    for row in reader.rows(0, reader.head().frontier.size):
        if b'"reveal_' in row.content or b'"break_glass_' in row.content or b"unredaction" in row.content:
            yield json.loads(row.content)


def _steps(entries: Iterable[dict[str, Any]]) -> list[ToldStep]:
    removed: dict[ToldStep, None] = {}
    steps: dict[ToldStep, None] = {}
    for one in entries:
        action = one.get("action")
        if action == "credential_changed" and one.get("credential") == _REMOVED:
            removed[ToldStep("removed", str(one["account"]).removeprefix("person:"))] = None
        elif action == "configuration_changed" and str(one.get("setting")).startswith(RENEWED):
            steps = {ToldStep("renewed", str(one["setting"]).removeprefix(RENEWED)): None}
        elif action in _STEPS:
            steps[ToldStep(_STEPS[action], str(one["request"]))] = None  # type: ignore[arg-type]
    return [*removed, *steps]
