"""`b2t rights`: what there is of a person, a copy of it for them, and its erasure with a certificate."""

from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from appliance.audit.data_events import PersonExported, PersonSought
from appliance.audit.verify_audit import Wrong, check_certificate
from appliance.cli import ids, rights_unredacting
from appliance.cli.audit_reading import account, signer_of
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.conversations import read_transcript
from appliance.cli.exit_codes import Exit
from appliance.cli.new_file import new_file
from appliance.cli.output import Output, WrongUsage
from appliance.cli.rights_erasing import begin, certify, erase, put_on_record, read_begun, replay
from appliance.cli.rights_finding import Found, find
from appliance.cli.vault import read_list
from appliance.config import Paths
from appliance.errors import B2TError, Conflict, Invalid, Unavailable, Unknown
from appliance.privacy.identifiers import Identifier, Kind

STDIN: Final = "-"
"""In place of an identifier, so that it stands in no list of processes and no shell's history."""
MAX_STDIN: Final = 64 << 10
Phone = Annotated[
    list[str] | None,
    typer.Option(help="A number they call from or named; more than once. `-`: from standard input, one a line."),
]
Email = Annotated[list[str] | None, typer.Option(help="An address they named; more than once, or `-`.")]
Customer = Annotated[list[str] | None, typer.Option(help="A customer's number they named; more than once, or `-`.")]
Account = Annotated[
    list[str] | None, typer.Option(help="The id of an account they signed in with; more than once, or `-`.")
]
Reason = Annotated[str, typer.Option("--reason", help="A case's number, for the audit log.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What there is of a person: find it, copy it, erase it.", no_args_is_help=True)
    app.add_typer(group, name="rights")
    group.command("find", epilog="Example: b2t rights find --phone +15550100")(find_)
    group.command("erase", epilog="Example: b2t rights erase --phone +15550100 --reason GDPR-17")(erase_)
    rights_unredacting.register(group)
    group.command("verify", epilog="Example: b2t rights verify erasure.zip --key KEY")(verify)
    group.command("export", epilog="Example: b2t rights export --phone +15550100 --to theirs.zip")(export)


def find_(
    phone: Phone = None,
    email: Email = None,
    customer: Customer = None,
    account_id: Account = None,
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List a person's conversations and where each lies; who looks is in the audit log first."""
    out = Output(as_json=as_json)
    wanted, why = _wanted(out, phone, email, customer, account_id), _why(out, reason)
    found = run(out, data_dir, lambda box: sought(box, wanted, why))
    out.document(asdict(found))
    rows = [(name, one["by"], ", ".join(one["where"])) for name, one in found.conversations.items()]
    out.table(("conversation", "found by", "in"), rows)
    out.text(f"{len(rows)} of {found.looked_at} conversations; keyed hash: {', '.join(found.persons[:1]) or '-'}")


def erase_(
    phone: Phone = None,
    email: Email = None,
    customer: Customer = None,
    account_id: Account = None,
    list_file: Annotated[
        Path | None, typer.Option("--list", help="Replay an erasure list after a restore: `erased.json`.")
    ] = None,
    go_on: Annotated[
        Path | None, typer.Option("--continue", help="Finish one that broke off: the file that was left.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="The certificate's zip.", show_default="erasure-DATE.zip")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Destroy a person's keys, then every row and file of theirs, and certify it. Exit status 1: some is held."""
    out = Output(as_json=as_json)
    if list_file is not None:
        _replay(out, list_file, data_dir)
        return
    if not yes and (as_json or STDIN in (*(phone or ()), *(email or ()), *(customer or ()), *(account_id or ()))):
        out.fail(WrongUsage("Nobody can be asked here whether to erase for good: add --yes."))
    wanted = () if go_on is not None else _wanted(out, phone, email, customer, account_id)
    reason = _why(out, reason)
    place = to or Path(f"erasure-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip")
    if place.exists() or not os.access(place.absolute().parent, os.W_OK):
        out.fail(Invalid(f"{place} is there already, or cannot be made: name another place for the certificate."))

    async def go(box: Box) -> dict[str, Any]:
        found = await sought(box, wanted, reason) if go_on is None else read_begun(go_on)
        if not found.conversations and not found.persons:
            raise Unknown("There is nothing of this person.")
        if not yes:
            typer.confirm(f"Erase {len(found.conversations)} conversations for good?", abort=True)
        begun = go_on or begin(found, place)
        try:
            done = await finish(box, begun, found, reason, place)
        except Conflict:  # held: nothing was begun
            if go_on is None:
                begun.unlink(missing_ok=True)
            raise
        begun.unlink(missing_ok=True)
        return done

    done = run(out, data_dir, go)
    out.document(done)
    out.text(f"{len(done['conversations'])} conversations are erased; the certificate is {done['certificate']}.")
    out.text("Keep its erased.json off the box: a restored backup has to be told (`b2t rights erase --list`).")
    if done["held"]:
        out.text(f"Held, and still there: {', '.join(done['held'])}")
    raise SystemExit(int(Exit.FAILED if done["held"] else Exit.OK))


def export(
    to: Annotated[Path, typer.Option(help="The zip to write.")],
    phone: Phone = None,
    email: Email = None,
    customer: Customer = None,
    account_id: Account = None,
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Write what there is of a person, redacted, as JSON in a zip; it is in the audit log first."""
    out = Output(as_json=as_json)
    wanted, why = _wanted(out, phone, email, customer, account_id), _why(out, reason)
    done = run(out, data_dir, lambda box: exported(box, wanted, why, to))
    out.document(done)
    out.text(f"{done['conversations']} conversations are in {to}.")


async def finish(box: Box, begun: Path, found: Found, reason: str, place: Path) -> dict[str, Any]:
    """Erase and certify. What breaks off says how to go on: by value nothing would be found a second time."""
    try:
        erased = await erase(box, found.persons, tuple(found.conversations), reason or "rights")
        return await certify(box, found, erased, reason, place)
    except Unavailable as error:
        raise Unavailable(f"{error.title} To go on: `b2t rights erase --continue {begun}`.") from None


def verify(
    certificate: Annotated[Path, typer.Argument(help="The zip that `rights erase` wrote.")],
    key: Annotated[
        str | None, typer.Option(help="The log's verifier key, kept elsewhere; without it this box's own.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Check a certificate of erasure: its signature, and that its entry is in the signed log. Needs no running box."""
    out = Output(as_json=as_json)
    try:
        known = key or signer_of(Paths.of(data_dir)).verifier.text
    except B2TError as error:
        out.fail(error)
    try:
        said, holds = check_certificate(str(certificate), known, []), True
    except Wrong as error:
        said, holds = str(error), False
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        said, holds = f"it cannot be read ({type(error).__name__})", False
    out.document({"holds": holds, "found": said, "key": "given" if key else "of this box"})
    out.text(f"{'holds' if holds else 'DOES NOT HOLD'}: {said}")
    raise SystemExit(int(Exit.OK if holds else Exit.FAILED))


async def sought(box: Box, wanted: tuple[Identifier, ...], reason: str) -> Found:
    """Raises Unavailable where it cannot be put on record; then nothing is shown."""
    found = await find(box, wanted)
    person = found.persons[0] if found.persons else "by-value"
    told = PersonSought(
        actor="operator", at=time.time_ns(), person=person, account=account(), source="box", reason=reason or None
    )
    await put_on_record(box, told)
    return found


async def exported(box: Box, wanted: tuple[Identifier, ...], reason: str, to: Path) -> dict[str, Any]:
    found = await sought(box, wanted, reason)
    person = found.persons[0] if found.persons else "by-value"
    told = PersonExported(
        actor="operator", at=time.time_ns(), person=person, account=account(), source="box", reason=reason or None
    )
    await put_on_record(box, told)
    with new_file(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, one in found.conversations.items():
            lines = [asdict(line) for line in await read_transcript(box, name, "export")]
            document = {"conversation": name, "found_by": one["by"], "lies_in": one["where"], "lines": lines}
            pack.writestr(f"conversations/{name}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        index = {
            "format": 1,
            "person": person,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "redacted": "Values such as numbers and names stand as references like <PHONE_1>.",
            "conversations": found.conversations,
        }
        pack.writestr("index.json", json.dumps(index, indent=2) + "\n")
    return {"person": person, "conversations": len(found.conversations), "file": str(to)}


def _replay(out: Output, file: Path, data_dir: Path | None) -> None:
    try:
        holders = read_list(file)
    except B2TError as error:
        out.fail(error)
    erased = run(out, data_dir, lambda box: replay(box, holders))
    out.document({"holders": len(holders), "removed": erased.removed})
    out.text(f"{erased.removed['keys']} keys of {len(holders)} conversations and persons are erased again.")


def _why(out: Output, reason: str) -> str:
    try:
        return ids.reason(reason) or ""
    except B2TError as error:
        out.fail(error)


def _wanted(
    out: Output,
    phone: list[str] | None,
    email: list[str] | None,
    customer: list[str] | None,
    account_id: list[str] | None,
) -> tuple[Identifier, ...]:
    kinds: tuple[tuple[Kind, list[str] | None], ...] = (
        ("phone", phone),
        ("email", email),
        ("customer", customer),
        ("account", account_id),
    )
    given = [(kind, one) for kind, values in kinds for one in values or ()]
    if [one for _, one in given].count(STDIN) > 1:
        out.fail(WrongUsage("Standard input is read for one option alone."))
    wanted: list[Identifier] = []
    for kind, one in given:
        lines = [line.strip() for line in sys.stdin.read(MAX_STDIN).splitlines()] if one == STDIN else [one]
        wanted += [Identifier(kind, line) for line in lines if line]
    try:
        if not wanted:
            raise Invalid("Nobody is named: give --phone, --email, --customer or --account-id.")
        if len([one for each in wanted for one in each.references()]) > 32:
            raise Invalid("So many identifiers at once are too many: give fewer.")
    except B2TError as error:
        out.fail(error)
    return tuple(wanted)
