"""`b2t accounts`: people's accounts, and the way back in where nobody can sign in any more.

The running gateway makes the change, as it does for the console; the audit log says that the operator asked.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from appliance.access.accounts import check_name
from appliance.access.asking import (
    ACCOUNTS_ANSWERED,
    ACCOUNTS_ASKED,
    ASKED_WITHIN_S,
    SUBJECT,
    AccountsAsked,
    Operation,
)
from appliance.access.rights import Role
from appliance.cli.audit_reading import account as who
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.output import Output, WrongUsage
from appliance.errors import B2TError, Invalid, Unavailable, Unknown

ROLE_NAMES: Final = ", ".join(Role)
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name, or its id as the audit log has it.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What they may; docs/security.md has the table.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="People's accounts: invite, change, lock, reset, remove; also the way back in for a locked-out house.",
        no_args_is_help=True,
    )
    app.add_typer(group, name="accounts")
    group.command("list", epilog="Example: b2t accounts list")(list_)
    group.command(epilog="Example: b2t accounts invite jordan --role supervisor")(invite)
    group.command(epilog="Example: b2t accounts role jordan --role compliance")(role)
    group.command(epilog="Example: b2t accounts lock jordan")(lock)
    group.command(epilog="Example: b2t accounts unlock jordan")(unlock)
    group.command(epilog="Example: b2t accounts reset admin")(reset)
    group.command(epilog="Example: b2t accounts remove jordan --yes")(remove)


def list_(
    removed: Annotated[bool, typer.Option("--removed", help="Those who were removed, too.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List who has an account, as what, and when they last signed in."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, AccountsAsked(operation="list", by=who(), removed=removed))
    out.document(found)
    rows = [
        (one["name"], one["role"], _state(one), one["signed_in_at"] or "never", one["id"]) for one in found["accounts"]
    ]
    rows += [(one["name"], one["role"], f"removed {one['removed_at']}", "-", one["id"]) for one in found["removed"]]
    out.table(("name", "role", "state", "last signed in", "account"), rows)


def invite(
    name: Annotated[str, typer.Argument(help="What they sign in with: letters, digits and . _ @ -")],
    role: RoleOption,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Make an account and print the link with which they set their own password, once, within three days."""
    out = Output(as_json=as_json)
    _print_link(out, _ask(out, data_dir, _about(out, "invite", name, role)))


def role(account: Account, role: RoleOption, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Give another role; it holds from their next request on."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, _about(out, "role", account, role))
    out.document(found)
    out.text(f"{found['name']} is {found['role']}.")


def lock(account: Account, data_dir: DataDir = None, as_json: Json = False) -> None:
    """End their sessions and refuse their password and API keys until they are unlocked."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, _about(out, "lock", account))
    out.document(found)
    out.text(f"{found['name']} is locked.")


def unlock(account: Account, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Let them sign in again, whether somebody locked them or wrong passwords did."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, _about(out, "unlock", account))
    out.document(found)
    out.text(f"{found['name']} can sign in." if found["state"] == "active" else f"{found['name']} needs a new link.")


def reset(account: Account, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Take their password and sessions away and print a new link; the way back in for the last administrator too."""
    out = Output(as_json=as_json)
    _print_link(out, _ask(out, data_dir, _about(out, "reset", account)))


def remove(account: Account, yes: Yes = False, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Remove an account: its sessions end and its API keys are revoked at once. Entries of the audit log stay."""
    out = Output(as_json=as_json)
    asked = _about(out, "remove", account)
    if not yes:
        if as_json or not sys.stdin.isatty():
            out.fail(WrongUsage("Removing an account needs --yes where nobody can be asked."))
        if not typer.confirm("Remove this account for good?", err=True):
            raise SystemExit(1)
    out.document(_ask(out, data_dir, asked))
    out.text("The account is removed.")


def _about(out: Output, operation: Operation, account: str, role: Role | None = None) -> AccountsAsked:
    """What is no account's name stays out of every record and every answer."""
    try:
        check_name(account)
    except Invalid as error:
        out.fail(WrongUsage(error.title))
    return AccountsAsked(operation=operation, by=who(), account=account, role=role)


def _ask(out: Output, data_dir: Path | None, asked: AccountsAsked) -> dict[str, Any]:
    return run(out, data_dir, lambda box: _carry(box, asked))


async def _carry(box: Box, asked: AccountsAsked) -> dict[str, Any]:
    """Raises Unknown, Unavailable, and for what the gateway refuses otherwise NotChanged."""
    raw = await box.bus.request(SUBJECT, ACCOUNTS_ASKED.dump_json(asked), timeout_s=ASKED_WITHIN_S)
    try:
        answered = ACCOUNTS_ANSWERED.validate_json(raw)
    except ValidationError:
        raise Unavailable("The gateway's answer is not understood.") from None
    if not answered.code:
        return answered.answer
    if answered.code == Unknown.code:
        raise Unknown(answered.title)
    if answered.code == Unavailable.code:
        raise Unavailable(answered.title)
    raise NotChanged(answered.code, answered.title)


class NotChanged(B2TError):
    def __init__(self, code: str, title: str) -> None:
        super().__init__(title)
        self.code = code


def _state(one: dict[str, Any]) -> str:
    if one["tries_until"] is not None and one["state"] != "locked":
        return f"wrong passwords, until {one['tries_until']}"
    return f"invited until {one['invited_until']}" if one["state"] == "invited" else str(one["state"])


def _print_link(out: Output, found: dict[str, Any]) -> None:
    out.document(found)
    out.text(found["link"])
    out.text(f"For {found['account']['name']} ({found['account']['role']}); works once, until {found['expires_at']}.")
    out.text("It is shown this once. Pass it on by a way that only they can read.")
