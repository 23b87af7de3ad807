"""`b2t agents replay`: a past conversation, played to a draft or another version; what would come out otherwise."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from appliance.adapters.vault import REDACTED, KeyRing
from appliance.agents.loading import AgentMistakes, Version, load_agent, stored_version
from appliance.agents.publication import VERSIONS, VersionsAsked, read_answer
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.cli.readers import operators_policy
from appliance.cli.scratch import scratch
from appliance.errors import B2TError, Invalid, Unknown
from appliance.privacy.policy import ReadingPolicy
from appliance.privacy.values import Value

if TYPE_CHECKING:
    from appliance.cli.trying.recorded import Recorded
    from appliance.cli.trying.replaying import Replayed

ASKED_WITHIN_S = 10.0
UNIT = "operator"
MEMORY = "/dev/shm"  # noqa: S108 - a folder with a name of its own is made in it


def register(group: typer.Typer) -> None:
    group.command(epilog="Example: b2t agents replay 7f3c0d9a52b84a0f9c1d6e2b7a5f4e31 --draft data/drafts/banking")(
        replay
    )


def replay(
    conversation: Annotated[str, typer.Argument(help="Its id, as `conversations list` shows it.")],
    draft: Annotated[Path | None, typer.Option(help="The agent's folder or file that it is played to.")] = None,
    version: Annotated[
        str | None, typer.Option(help="A published version in place of a draft, or how it begins.")
    ] = None,
    request: Annotated[
        str | None,
        typer.Option(help="An approved request to see its values: they are played in place of stand-ins. Needs --key."),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The signing key of who may see them.")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="A file with the key's passphrase.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Play a past conversation's turns to another definition, and show where intent, reply, calls or flow differ.

    The turns are redacted, with stand-ins for values. Nothing is really called: connectors answer what they answered
    then, or the demo does. Reading it is in the audit log first. Exit status 1 where anything differs.
    """
    out = Output(as_json=as_json)
    if (draft is None) == (version is None):
        raise typer.BadParameter("Give one of --draft and --version.")
    if (request is None) != (key is None):
        raise typer.BadParameter("--request and --key go together.")

    async def gather(box: Box) -> tuple[Recorded, Mapping[str, Value], Version | None, ReadingPolicy]:
        past, known = await _past(box, conversation, request, key, passphrase_file)
        stored = await published(box, past.agent, version) if version else None
        return past, known, stored, operators_policy(box)

    past, known, stored, policy = run(out, data_dir, gather)
    against = stored or _draft(out, draft)
    try:
        found = asyncio.run(_replayed(against, draft, past, known))
    except B2TError as error:
        out.fail(error)
    _tell(out, past, against, seen(found, policy))
    raise SystemExit(int(Exit.FAILED if found.differences else Exit.OK))


async def _past(
    box: Box, conversation: str, request: str | None, key: Path | None, passphrase_file: Path | None
) -> tuple[Recorded, Mapping[str, Value]]:
    """What was said, opened with the redacted key alone; that it is read is on record first."""
    from appliance.cli.conversations import read_batches  # it is registered beside this command
    from appliance.cli.trying.recorded import recorded

    batches = await read_batches(box, conversation)
    keys = await KeyRing(box.bus, UNIT).lease(conversation, classes=REDACTED)
    if any(batch.unread for _, batch in batches):
        raise Invalid("It holds events that this release does not know.")
    past = recorded(conversation, (batch.events for _, batch in batches), keys)
    if request is None or key is None:
        return past, {}
    from appliance.cli.rights_unredacting import signing_with, values_behind

    return past, await values_behind(box, request, conversation, batches, signing_with(key, passphrase_file))


async def published(box: Box, agent: str, start: str) -> Version:
    """The one version of the agent that begins so. Raises Unknown, Tampered."""
    found = await _asked(box, VersionsAsked(agent=agent))
    fitting = [str(one["version"]) for one in found["versions"] if one["version"].startswith(start)]
    if len(fitting) != 1:
        raise Unknown(
            f"There is no version {start}." if not fitting else f"{len(fitting)} versions begin with {start}."
        )
    definition = (await _asked(box, VersionsAsked(agent=agent, content=fitting[0])))["definition"]
    content = json.dumps(definition, ensure_ascii=False, separators=(",", ":")).encode()
    return stored_version(fitting[0], content)


async def _asked(box: Box, asked: VersionsAsked) -> dict[str, Any]:
    order = VERSIONS.dump_json(asked)
    return read_answer(await box.bus.request("b2t.dialogue.versions", order, timeout_s=ASKED_WITHIN_S))


def _draft(out: Output, path: Path | None) -> Version:
    assert path is not None
    try:
        return load_agent(path)
    except AgentMistakes as error:
        out.mistakes(error.mistakes)
        out.document({"error": {"code": "invalid-agent", "title": str(error)}})
        raise SystemExit(int(Exit.FAILED)) from None


def _memory() -> str | None:
    """Where values are on no disk even for a moment, where there is such a place."""
    return MEMORY if Path(MEMORY).is_dir() else None


async def _replayed(version: Version, draft: Path | None, past: Recorded, known: Mapping[str, Value]) -> Replayed:
    from appliance.cli.trying.engines import documents, engines
    from appliance.cli.trying.playing import ready
    from appliance.cli.trying.replaying import replay as play
    from appliance.cli.trying.stage import Cast

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    moment = datetime.now().astimezone()
    with scratch("b2t-agents-replay-", _memory() if known else None) as folder:
        models = folder / "models"
        models.mkdir()
        held = documents(draft or folder, version.agent, models, moment)
        async with engines(models, moment) as inference, held as answering:
            given = Cast(await ready(version, inference), inference, moment, folder, answering)
            return await play(given, past, known, folder)


def seen(found: Replayed, policy: ReadingPolicy) -> Replayed:
    """What the operator sees of it."""
    show = policy.show_kinds
    differences = [
        replace(one, said=show(one.said), before=show(one.before), after=show(one.after)) for one in found.differences
    ]
    return replace(found, differences=differences)


def _tell(out: Output, past: Recorded, against: Version, found: Replayed) -> None:
    out.document(
        {
            "conversation": past.conversation,
            "before": {"agent": past.agent, "version": past.version},
            "after": {"agent": against.name, "version": against.version},
            "turns": found.turns,
            "changed": found.changed,
            "differences": [asdict(one) for one in found.differences],
        }
    )
    for number in dict.fromkeys(one.turn for one in found.differences):
        several = [one for one in found.differences if one.turn == number]
        out.text(f"turn {number}: {several[0].said}")
        for one in several:
            out.text(f"  {one.what}\n    then: {one.before}\n    now:  {one.after}")
    out.text(f"{found.changed} of {found.turns} turns come out otherwise")
