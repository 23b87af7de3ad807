"""`b2t rights unredact`: two people see to it that one of them may see the values behind a conversation's references.

Each signs with a key of their own, here; the box carries what they signed to the vault, which believes nobody else.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import typer

from appliance.adapters.vault import KeyRing, unredact
from appliance.cli import ids, unredaction_record
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.conversations import print_transcript, read_batches
from appliance.cli.output import Output
from appliance.cli.person_key import Key, PassphraseFile, make_key, passphrase, public_text, read_key
from appliance.cli.transcript import transcript
from appliance.errors import B2TError, Invalid, Unknown
from appliance.events import ConversationStarted
from appliance.insights.rows import StoredBatch
from appliance.privacy import values
from appliance.privacy.envelopes import EnvelopeKey
from appliance.privacy.references import readable, render
from appliance.privacy.unredaction import (
    RIGHTS,
    PersonRight,
    Signed,
    Statement,
    Step,
    person_id,
    revealed_purpose,
    sign,
)
from appliance.privacy.unredaction_asking import (
    MOST_VALUES,
    Operation,
    SealedValue,
    UnredactionAsked,
    values_of,
)

UNIT: Final = "operator"
Reason = Annotated[str, typer.Option("--reason", help="A case's number, for the audit log: no spaces.")]
RequestArgument = Annotated[str, typer.Argument(help="Its id, as `ask` and `list` show it.")]
Conversation = Annotated[str, typer.Argument(help="Its id, as `conversations list` shows it.")]


def register(rights: typer.Typer) -> None:
    group = typer.Typer(
        help="See the values behind references: one asks, another approves; each signs with a key of their own.",
        no_args_is_help=True,
    )
    rights.add_typer(group, name="unredact")
    group.command("key", epilog="Example: b2t rights unredact key mine.pem")(key)
    group.command("enrol", epilog="Example: b2t rights unredact enrol KEY --label dpo --may approve")(enrol)
    group.command("remove", epilog="Example: b2t rights unredact remove 4f0c2ab91d33e871")(remove)
    group.command("persons", epilog="Example: b2t rights unredact persons")(persons)
    group.command("ask", epilog="Example: b2t rights unredact ask CONVERSATION --reason T-1 --key mine.pem")(ask)
    group.command("approve", epilog="Example: b2t rights unredact approve REQUEST --key mine.pem")(approve)
    group.command("deny", epilog="Example: b2t rights unredact deny REQUEST --key mine.pem")(deny)
    group.command("list", epilog="Example: b2t rights unredact list")(list_)
    group.command("show", epilog="Example: b2t rights unredact show REQUEST")(show)
    group.command("read", epilog="Example: b2t rights unredact read REQUEST --key mine.pem")(read)
    group.command(
        "break-glass", epilog="Example: b2t rights unredact break-glass CONVERSATION --reason T-1 --key mine.pem"
    )(break_glass)
    group.command("acknowledge", epilog="Example: b2t rights unredact acknowledge REQUEST --key mine.pem")(acknowledge)
    unredaction_record.register(group)


# ---- people ------------------------------------------------------------------------------------------------------


def key(
    file: Annotated[Path, typer.Argument(help="Where to make it.")],
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Make a key to sign with, under a passphrase; prints the public half, which the operator enrols."""
    out = Output(as_json=as_json)
    try:
        public = make_key(file, passphrase(passphrase_file, twice=True))
    except B2TError as error:
        out.fail(error)
    out.document({"file": str(file), "public_key": public, "person": person_id(public)})
    out.text(f"The key is in {file}. To enrol: {public} (person {person_id(public)})")


def enrol(
    public_key: Annotated[str, typer.Argument(help="The public half, as `key` prints it.")],
    label: Annotated[str, typer.Option(help="For people to know them by; no name needs to stand here.")],
    may: Annotated[list[str], typer.Option(help="ask, approve or break-glass; more than once.")],
    sponsor: Annotated[
        Path | None, typer.Option("--key", envvar="B2T_PERSON_KEY", help="Of an enrolled approver, from the third on.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Let somebody's signature count. From the third person on an enrolled approver signs for it."""
    out = Output(as_json=as_json)
    rights = _rights(out, may)
    signed = None
    if sponsor is not None:
        step_reason = "/".join(sorted(rights))
        made = _sign_with(out, sponsor, passphrase_file)
        signed = made("enrol", _new_id(), "", step_reason, 0, public_key)
    asked = UnredactionAsked(operation="enrol", public_key=public_key, label=label, rights=rights, signed=signed)
    done = run(out, data_dir, lambda box: _carry(box, asked))
    out.document(done)
    out.text(f"Person {done['id']} ({done['label']}) may {', '.join(done['rights'])}.")


def remove(
    person: Annotated[str, typer.Argument(help="Their id, as `persons` shows it.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Let somebody's signature count no more, for good."""
    out = Output(as_json=as_json)
    done = run(out, data_dir, lambda box: _carry(box, UnredactionAsked(operation="remove", person=person)))
    out.document(done)
    out.text(f"Person {done['id']} ({done['label']}) is removed.")


def persons(data_dir: DataDir = None, as_json: Json = False) -> None:
    """List who is enrolled, and who was."""
    out = Output(as_json=as_json)
    done = run(out, data_dir, lambda box: _carry(box, UnredactionAsked(operation="persons")))
    out.document(done)
    rows = [
        (one["id"], one["label"], ", ".join(one["rights"]), one["enrolled_at"], one["removed_at"] or "-")
        for one in done["persons"]
    ]
    out.table(("person", "label", "may", "enrolled", "removed"), rows)


# ---- requests ----------------------------------------------------------------------------------------------------


def ask(
    conversation: Conversation,
    key: Key,
    reason: Reason,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long from the approval on.")] = 60,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Ask to see a conversation's values. Somebody else approves; then `read` shows them."""
    out = Output(as_json=as_json)
    why = _why(out, reason)
    signed = _sign_with(out, key, passphrase_file)("ask", _new_id(), conversation, why, minutes)
    _print(out, run(out, data_dir, lambda box: _carry(box, UnredactionAsked(operation="ask", signed=signed))))


def break_glass(
    conversation: Conversation,
    key: Key,
    reason: Reason,
    minutes: Annotated[int, typer.Option(min=1, max=60, help="How long from now on.")] = 15,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """In an emergency: see a conversation's values alone, now and shortly. It is told to everybody who watches, and
    stands in every daily review until a second person acknowledges it."""
    out = Output(as_json=as_json)
    why = _why(out, reason)
    signed = _sign_with(out, key, passphrase_file)("break-glass", _new_id(), conversation, why, minutes)
    asked = UnredactionAsked(operation="break-glass", signed=signed)
    _print(out, run(out, data_dir, lambda box: _carry(box, asked)))


def approve(
    request: RequestArgument,
    key: Key,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Approve what somebody else asked: they, and nobody else, can read until the time is over."""
    _decide("approve", request, key, passphrase_file, data_dir, as_json=as_json)


def deny(
    request: RequestArgument,
    key: Key,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Refuse a request, or end one that was approved, or an emergency access, before its time."""
    _decide("deny", request, key, passphrase_file, data_dir, as_json=as_json)


def acknowledge(
    request: RequestArgument,
    key: Key,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Put your name to having looked at somebody else's emergency access."""
    _decide("acknowledge", request, key, passphrase_file, data_dir, as_json=as_json)


def list_(
    conversation: Annotated[str, typer.Option(help="Of this one alone.")] = "",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List requests, youngest first."""
    out = Output(as_json=as_json)
    asked = UnredactionAsked(operation="list", conversation=conversation)
    done = run(out, data_dir, lambda box: _carry(box, asked))
    out.document(done)
    rows = [
        (one["id"], one["state"], one["kind"], one["conversation"], one["asked_by"], one["reason"], one["asked_at"])
        for one in done["requests"]
    ]
    out.table(("request", "state", "kind", "conversation", "asked by", "reason", "asked"), rows)


def show(request: RequestArgument, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Show how far a request has come, and what an approver would sign."""
    out = Output(as_json=as_json)
    _print(out, run(out, data_dir, lambda box: _find(box, request)))


def read(
    request: RequestArgument,
    key: Key,
    passphrase_file: PassphraseFile = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Print the conversation with its values, to who asked and while it is approved; on record first."""
    out = Output(as_json=as_json)
    signing = _sign_with(out, key, passphrase_file)

    async def go(box: Box) -> dict[str, Any]:
        return await read_values(box, request, signing)

    done = run(out, data_dir, go)
    out.document(done | {"lines": [asdict(line) for line in done["lines"]]})
    print_transcript(out, done["lines"])
    out.text(f"Readable until {done['readable_until']}.")


class Signing:
    """Makes statements in one person's name."""

    def __init__(self, key: Any) -> None:
        self._key = key
        self.person = person_id(public_text(key))

    def __call__(
        self, step: Step, request: str, conversation: str, reason: str = "", minutes: int = 0, key: str = ""
    ) -> Signed:
        statement = Statement(
            step=step,
            person=self.person,
            at=int(time.time()),
            request=request,
            conversation=conversation,
            reason=reason,
            minutes=minutes,
            key=key,
        )
        return sign(self._key, statement)


async def read_values(box: Box, request: str, signing: Signing) -> dict[str, Any]:
    """Raises Denied where it was not approved, Unavailable where it cannot be put on record."""
    found = await _find(box, request)
    conversation = str(found["conversation"])
    batches = await read_batches(box, conversation)
    known = await values_behind(box, request, conversation, batches, signing)
    locale = _locale(batches)
    keys = await KeyRing(box.bus, UNIT).lease(conversation)
    lines = transcript(batches, keys, lambda text: render(text, known, "written", locale))
    after = await _find(box, request)
    return {
        "request": request,
        "conversation": conversation,
        "readable_until": after["readable_until"],
        "lines": lines,
    }


async def values_behind(
    box: Box, request: str, conversation: str, batches: list[tuple[int, StoredBatch]], signing: Signing
) -> dict[str, values.Value]:
    """By reference. Raises Denied where it was not approved, Unavailable where it cannot be put on record."""
    sealed = values_of(event for _, batch in batches for event in batch.events)
    return await _opened(box, request, conversation, tuple(sealed.values()), signing)


async def _opened(
    box: Box, request: str, conversation: str, sealed: tuple[SealedValue, ...], signing: Signing
) -> dict[str, values.Value]:
    known: dict[str, values.Value] = {}
    for at in range(0, len(sealed) or 1, MOST_VALUES):
        mine = EnvelopeKey()
        signed = signing("read", request, conversation, key=mine.public)
        asked = UnredactionAsked(operation="read", signed=signed, values=sealed[at : at + MOST_VALUES])
        answered = await unredact(box.bus, UNIT, asked)
        opened = json.loads(mine.open(revealed_purpose(request), answered.envelope))
        found = {name: json.dumps(one).encode() for name, one in opened.items() if one is not None}
        known |= readable(found, conversation)
    return known


def _locale(batches: list[tuple[int, StoredBatch]]) -> str:
    started = (event for _, batch in batches for event in batch.events if isinstance(event, ConversationStarted))
    return next((event.locale for event in started), values.DEFAULT_LOCALE)


def _decide(
    step: Step, request: str, key: Path, passphrase_file: Path | None, data_dir: Path | None, *, as_json: bool
) -> None:
    out = Output(as_json=as_json)
    signing = _sign_with(out, key, passphrase_file)

    async def go(box: Box) -> dict[str, Any]:
        return await decide(box, step, request, signing)

    _print(out, run(out, data_dir, go))


async def decide(box: Box, step: Step, request: str, signing: Signing) -> dict[str, Any]:
    """Approve, deny or acknowledge, with what was asked in the statement."""
    found = await _find(box, request)
    signed = signing(step, request, found["conversation"], found["reason"], found["minutes"])
    operations: dict[Step, Operation] = {"approve": "approve", "deny": "deny", "acknowledge": "acknowledge"}
    return await _carry(box, UnredactionAsked(operation=operations[step], signed=signed))


async def _find(box: Box, request: str) -> dict[str, Any]:
    if not request.isascii() or not request.isalnum() or not 16 <= len(request) <= 32:
        raise Unknown("There is no such request.")
    return await _carry(box, UnredactionAsked(operation="show", request=request))


async def _carry(box: Box, asked: UnredactionAsked) -> dict[str, Any]:
    return (await unredact(box.bus, UNIT, asked)).answer


def signing_with(file: Path, passphrase_file: Path | None) -> Signing:
    """Raises what reading the key does."""
    return Signing(read_key(file, passphrase(passphrase_file)))


def _sign_with(out: Output, file: Path, passphrase_file: Path | None) -> Signing:
    try:
        return signing_with(file, passphrase_file)
    except B2TError as error:
        out.fail(error)


def _why(out: Output, reason: str) -> str:
    try:
        return ids.reason(reason) or ""
    except B2TError as error:
        out.fail(error)


def _rights(out: Output, may: list[str]) -> tuple[PersonRight, ...]:
    if not may or not set(may) <= set(get_args(PersonRight)):
        out.fail(Invalid("--may is ask, approve or break-glass."))
    return tuple(right for right in RIGHTS if right in may)


def _new_id() -> str:
    return secrets.token_hex(8)


def _print(out: Output, found: dict[str, Any]) -> None:
    out.document(found)
    for name, value in found.items():
        if value is not None:
            out.text(f"{name.replace('_', ' '):<15} {value}")
