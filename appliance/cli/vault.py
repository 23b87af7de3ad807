"""`b2t vault`: the root key's state, shares, rotation, erasure, and whether everything sealed is what was written."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from appliance.adapters.vault import erased_list, manage
from appliance.cli import ids
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.cli.vault_check import UNIT, Checked, check
from appliance.errors import B2TError, Invalid
from appliance.privacy.envelopes import EnvelopeKey, enclose
from appliance.privacy.managing import (
    MOST_HOLDERS,
    SHARE_TO_VAULT,
    SHARES_TO_OPERATOR,
    ErasureAsked,
    ManageAsked,
    Operation,
)
from appliance.privacy.sealing import KEY_BYTES
from appliance.privacy.vault import root_line

LOOK_EVERY_S: Final = 0.5
ShareFile = Annotated[
    Path | None, typer.Option(help="File with the share, `-` for standard input; asked for without it.")
]
Why = Annotated[str, typer.Option("--why", help="A ticket's number, for the audit log.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Keys: state, shares, rotation, erasure, check.", no_args_is_help=True)
    app.add_typer(group, name="vault")
    _state(group)
    _changes(group)
    _erasure(group)
    _backups(group)

    @group.command("check", epilog="Example: b2t vault check")
    def check_(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Look through all keys and everything sealed under them; exit status 1 if something is damaged."""
        out = Output(as_json=as_json)
        checked = run(out, data_dir, lambda box: check(box, _show_progress(out)))
        out.document(asdict(checked) | {"ok": not checked.faults})
        for fault in checked.faults:
            out.text(f"FAIL  {fault.place}: {fault.fault}")
        out.text(
            f"{checked.keys} keys, {checked.batches} batches of the event log, {checked.archived} archived "
            f"conversations, {checked.boxes} sealed boxes ({checked.erased} erased): {len(checked.faults)} faults"
        )
        raise SystemExit(int(Exit.FAILED if checked.faults else Exit.OK))


def _state(group: typer.Typer) -> None:
    @group.command(epilog="Example: b2t vault status")
    def status(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Print where the root key is, whether it is open, and how many keys each of its generations wraps."""
        out = Output(as_json=as_json)
        _print_status(out, run(out, data_dir, lambda box: _ask(box, "status")))

    @group.command(epilog="Example: b2t vault unseal")
    def unseal(
        share_file: ShareFile = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Give one share; with the last that is needed the vault opens."""
        out = Output(as_json=as_json)
        answer = _give(out, data_dir, "unseal", share_file)
        out.document(answer)
        opened = answer["state"] == "open"
        out.text("The vault is open." if opened else f"{answer['given']} of {answer['needed']} shares are given.")

    @group.command(epilog="Example: b2t vault approve")
    def approve(
        share_file: ShareFile = None,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Give one share of those in force; as many as open the vault allow new ones to be made, within ten minutes."""
        out = Output(as_json=as_json)
        answer = _give(out, data_dir, "approve", share_file)
        out.document(answer)
        out.text(f"{answer['given']} of {answer['needed']} shares are given.")

    @group.command(epilog="Example: b2t vault seal")
    def seal(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Drop the root key: nothing is sealed or opened until shares are given again. What is leased runs out."""
        out = Output(as_json=as_json)
        out.document(run(out, data_dir, lambda box: _ask(box, "seal")))
        out.text("The vault is sealed.")

    @group.command("root-line", epilog="Example: b2t vault root-line 1 | systemd-creds encrypt - root.cred")
    def root_line_(
        generation: Annotated[int, typer.Argument(min=1, help="Its number.")], as_json: Json = False
    ) -> None:
        """Print a new root key as the line that a file or a systemd credential holds. Changes nothing."""
        out = Output(as_json=as_json)
        line = root_line(generation, os.urandom(KEY_BYTES)).rstrip()
        out.document({"line": line})
        out.text(line)


def _changes(group: typer.Typer) -> None:
    @group.command(epilog="Example: b2t vault split --needed 2 --of 3")
    def split(
        needed: Annotated[int, typer.Option(min=2, max=16, help="So many open the vault.")] = 2,
        of: Annotated[int, typer.Option(min=2, max=16, help="So many are made.")] = 3,
        yes: Annotated[bool, typer.Option("--yes", help="Put them in force without asking.")] = False,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Make new shares and, once they are kept, put them in force. They are shown this once."""
        out = Output(as_json=as_json)
        key = EnvelopeKey()
        asked = ManageAsked(operation="split", public_key=key.public, needed=needed, of=of)
        answered = run(out, data_dir, lambda box: manage(box.bus, UNIT, asked))
        shares = json.loads(key.open(SHARES_TO_OPERATOR, answered.envelope))
        out.document({"needed": needed, "of": of, "shares": shares, "in_force": yes})
        for number, share in enumerate(shares, 1):
            out.text(f"Share {number} of {of}, {needed} are needed:\n  {share}\n")
        if not yes and (as_json or not typer.confirm("Is each of them with its keeper? Older shares end now.")):
            sys.stderr.write("b2t: These shares are not in force; those of before still are.\n")
            raise SystemExit(int(Exit.FAILED))
        run(out, data_dir, lambda box: _ask(box, "confirm"))
        out.text("These shares are in force.")

    @group.command(epilog="Example: b2t vault rotate")
    def rotate(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Make a new root key; new keys are wrapped by it at once, all others in the background."""
        out = Output(as_json=as_json)
        answer = run(out, data_dir, lambda box: _ask(box, "rotate"))
        out.document(answer)
        out.text(f"Generation {answer['current']} wraps now. `b2t vault rewrap` shows how far the others are.")

    @group.command(epilog="Example: b2t vault rewrap")
    def rewrap(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Wrap every key with the newest root key and wait for it; may be broken off, goes on by itself."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, lambda box: _rewrap(box, out))
        out.document(found)
        left = found["to_rewrap"]
        out.text(f"{left} keys are damaged: `b2t vault check` names them." if left else "Every key is wrapped anew.")
        raise SystemExit(int(Exit.FAILED if left else Exit.OK))


def _erasure(group: typer.Typer) -> None:
    @group.command(epilog="Example: b2t vault erase --conversation 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31 --why T-4711")
    def erase(
        conversation: Annotated[list[str] | None, typer.Option(help="Its id; may be given more than once.")] = None,
        person: Annotated[list[str] | None, typer.Option(help="Their keyed hash; more than once.")] = None,
        list_file: Annotated[
            Path | None, typer.Option("--list", help="What `b2t vault erased --json` printed; after a restore.")
        ] = None,
        why: Why = "",
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Delete keys for good: whatever was sealed under them, wherever copied, is noise from then on."""
        out = Output(as_json=as_json)
        try:
            holders = [ErasureAsked(name) for name in ids.conversations(conversation)]
            holders += [ErasureAsked(name, person=True) for name in ids.persons(person)]
            holders += read_list(list_file) if list_file else []
            ticket = ids.reason(why) or ""
            if not holders:
                raise Invalid("Nobody is named: give --conversation, --person or --list.")
        except B2TError as error:
            out.fail(error)

        async def go(box: Box) -> dict[str, int]:
            keys = 0
            for at in range(0, len(holders), MOST_HOLDERS):
                asked = ManageAsked(operation="erase", holders=tuple(holders[at : at + MOST_HOLDERS]), why=ticket)
                keys += (await manage(box.bus, UNIT, asked)).answer["keys"]
            return {"keys": keys, "holders": len(holders)}

        answer = run(out, data_dir, go)
        out.document(answer)
        out.text(f"{answer['keys']} keys of {answer['holders']} conversations and persons are erased.")

    @group.command(epilog="Example: b2t vault erased --json > erased.json")
    def erased(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Print whose keys were erased: keep it off the box, a restored backup has to be told again."""
        out = Output(as_json=as_json)
        listed = run(out, data_dir, lambda box: erased_list(box.bus, UNIT))
        out.document({"erased": listed})
        rows = [(one["name"], "person" if one["person"] else "conversation", one["at"]) for one in listed]
        out.table(("whose", "kind", "at (s since 1970)"), rows)


def _backups(group: typer.Typer) -> None:
    @group.command("back-up", epilog="Example: b2t vault back-up --keep-days 14")
    def back_up(
        keep_days: Annotated[int, typer.Option(min=1, max=3650, help="Older backups are removed.")] = 30,
        data_dir: DataDir = None,
        as_json: Json = False,
    ) -> None:
        """Copy the wrapped keys, and the record of who may see values, while the vault runs; take the files off the
        box, apart from all other backups."""
        out = Output(as_json=as_json)
        asked = ManageAsked(operation="back_up", keep_days=keep_days)
        answer = run(out, data_dir, lambda box: manage(box.bus, UNIT, asked)).answer
        out.document(answer)
        out.text(f"{answer['keys']} wrapped keys are in {answer['file']}; {answer['removed']} older backups are gone.")
        record = answer["record"]
        out.text(f"Who may see values is in {record}." if record else "Who may see values is not in it: it is refused.")


def _give(out: Output, data_dir: Path | None, operation: Operation, file: Path | None) -> dict[str, Any]:
    try:
        words = _read_share(file)
    except B2TError as error:
        out.fail(error)

    async def give(box: Box) -> dict[str, Any]:
        public_key = (await _ask(box, "status"))["public_key"]
        envelope = enclose(public_key, SHARE_TO_VAULT, words.encode())
        return (await manage(box.bus, UNIT, ManageAsked(operation=operation, envelope=envelope))).answer

    return run(out, data_dir, give)


async def _ask(box: Box, operation: Operation) -> dict[str, Any]:
    return (await manage(box.bus, UNIT, ManageAsked(operation=operation))).answer


async def _rewrap(box: Box, out: Output) -> dict[str, Any]:
    await _ask(box, "rewrap")
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        found = await _ask(box, "status")
        if not found["rewrapping"] and found["to_rewrap"] in (None, len(found["damaged"])):
            return found
        if not out.as_json and sys.stderr.isatty():
            sys.stderr.write(f"\r{found['to_rewrap']} keys to go ")


def _print_status(out: Output, found: dict[str, Any]) -> None:
    shown = {name: value for name, value in found.items() if name != "public_key"}
    out.document(shown)
    words = {"open": "open", "sealed": "sealed", "new": "without a root key: make shares with `b2t vault split`"}
    out.text(f"The vault is {words[found['state']]}; its root key is of the kind {found['root_key']}.")
    if found["state"] == "sealed":
        out.text(f"{found['shares']['given']} of {found['shares']['needed']} shares are given: `b2t vault unseal`.")
    out.text(f"{found['conversations']} conversations and {found['persons']} persons have keys.")
    rows = [
        (number, count, "wraps" if int(number) == found["current"] else "") for number, count in found["keys"].items()
    ]
    out.table(("root key", "wrapped keys", ""), rows)
    if found["to_rewrap"]:
        out.text(f"{found['to_rewrap']} keys are still wrapped by an older root key.")
    for place in found["damaged"]:
        out.text(f"Damaged: {place[0]}, {place[1]}, generation {place[2]}")


def _show_progress(out: Output) -> Any:
    def show(checked: Checked) -> None:
        if not out.as_json and sys.stderr.isatty():
            sys.stderr.write(f"\r{checked.keys} keys, {checked.boxes} boxes looked at ")

    return show


def _read_share(file: Path | None) -> str:
    if file is None:
        return getpass.getpass("Share: ")
    if str(file) == "-":
        return sys.stdin.readline()
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Invalid("The share's file cannot be read.") from None


def read_list(file: Path) -> list[ErasureAsked]:
    try:
        listed = json.loads(file.read_text("utf-8"))["erased"]
        return [ErasureAsked(str(one["name"]), bool(one["person"])) for one in listed]
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid("This is no list as `b2t vault erased --json` prints it.") from None
