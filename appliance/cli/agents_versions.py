"""`b2t agents publish`, `versions`, `deploy`, `canary`, `rollback`: which definition answers where on a box."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.agents.comparing import differences
from appliance.agents.definition import Agent
from appliance.agents.document import NotYaml, files_of
from appliance.agents.knowledge_folder import documents_of, generations_of
from appliance.agents.loading import AGENT, AgentMistakes, Version, load_agent
from appliance.agents.publication import (
    DEPLOY,
    PUBLISH,
    VERSIONS,
    DeployAsked,
    PublishAsked,
    VersionsAsked,
    read_answer,
)
from appliance.agents.versions import Trial
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.knowledge import hand_over
from appliance.cli.output import Output
from appliance.errors import Conflict, Unknown

BY = "operator"
TRAINED_WITHIN_S = {"linear": 240.0, "setfit": 3700.0}
ASKED_WITHIN_S = 10.0
SHORT = 12

To = Annotated[
    list[str] | None,
    typer.Option("--to", help="number:1000, widget:demo or agent:NAME (API). None: everywhere the agent answers."),
]


def register(group: typer.Typer) -> None:
    group.command(epilog="Example: b2t agents publish data/agents/my_bank")(publish)
    group.command(epilog="Example: b2t agents versions banking --diff 1bdf72a07bac 09ce0fe859bd")(versions)
    group.command(epilog="Example: b2t agents deploy banking 09ce0fe859bd --to number:1000 --share 10")(deploy)
    group.command(epilog="Example: b2t agents canary banking")(canary)
    group.command(epilog="Example: b2t agents rollback banking --to number:1000")(rollback)


def publish(
    path: Annotated[Path, typer.Argument(help="A definition's file, or its folder with `scenarios/` in it.")],
    skip_tests: Annotated[bool, typer.Option("--skip-tests", help="Publish without playing its scenarios.")] = False,
    reason: Annotated[
        str | None, typer.Option(help="Publish whatever is found, and why, for the record; needed with --skip-tests.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Play an agent's scenarios and store it as a signed version; nobody hears it until it is deployed.

    Refused where a scenario fails, or where less passes, is reached or is understood than of the version before, by
    more than the agent's budgets allow.
    """
    out = Output(as_json=as_json)
    if skip_tests and reason is None:
        raise typer.BadParameter("--skip-tests goes with --reason.")
    try:
        version, files, documents = load_agent(path), files_of(path), generations_of(path)
    except (AgentMistakes, NotYaml) as error:
        out.mistakes(str(error).splitlines() if isinstance(error, NotYaml) else error.mistakes)
        out.document({"error": {"code": "invalid-agent", "title": str(error)}})
        raise SystemExit(int(Exit.FAILED)) from None
    tests = None if skip_tests else scenarios_played(path)
    if documents:
        _hand_over(out, data_dir, version, path)
    asked = PublishAsked(files=files, documents=documents, by=BY, name=version.name, tests=tests, reason=reason)
    within_s = TRAINED_WITHIN_S[version.agent.understanding.engine]
    made = _ask(out, data_dir, "b2t.dialogue.publish", PUBLISH.dump_json(asked), within_s)
    out.document(made)
    out.text(f"{made['agent']} {made['version'][:SHORT]} is published.")
    for locale, one in made["understanding"].items():
        now, was = one["after"], one["before"]
        before = f" (before: {was['accuracy']:.1%} and {was['out_of_scope']:.1%})" if was else ""
        out.text(
            f"{locale}: {now['accuracy']:.1%} of {one['examples']} examples left out are understood, "
            f"{now['out_of_scope']:.1%} of {one['outside']} sentences of other things refused{before}."
        )
    out.text(f"Deploy it: b2t agents deploy {made['agent']} {made['version'][:SHORT]}")


def _hand_over(out: Output, data_dir: Path | None, version: Version, path: Path) -> None:
    """Its documents go before it, so that the first conversation with it has them."""

    async def work(box: Box) -> None:
        for base, files in documents_of(path).items():
            if files:
                await hand_over(box, f"{version.name}.{base}", version.agent.locales[0][:2], files)

    run(out, data_dir, work)


def scenarios_played(path: Path) -> Trial | None:
    """What `b2t agents test` found; None where there is nothing to play. What is wrong it says itself."""
    command = [sys.executable, "-m", "appliance.cli", "agents", "test", str(path), "--no-understanding", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603
    try:
        found = json.loads(done.stdout)
        covered = found["coverage"]
        shares = {name: covered[name] for name in ("steps", "steps_reached", "ways", "ways_gone")}
        counts = {name: found[name] for name in ("passed", "failed", "written")}
        return Trial(version=found["version"], **counts, **shares)
    except (ValueError, KeyError):
        return None


def versions(
    agent: Annotated[str, typer.Argument(help="The agent's name.")],
    diff: Annotated[
        tuple[str, str] | None, typer.Option(help="What differs between two of them: texts, flows, examples.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """List an agent's published versions, the youngest first, with where each answers."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, "b2t.dialogue.versions", VERSIONS.dump_json(VersionsAsked(agent=agent)))
    if diff is not None:
        before, after = (_definition(out, data_dir, agent, _version(out, found, one)) for one in diff)
        changes = differences(before, after)
        out.document([{"kind": one.kind, "key": one.key, "before": one.before, "after": one.after} for one in changes])
        out.text("\n".join(f"{one.kind:9} {one}" for one in changes) or "They are the same.")
        return
    out.document(found)
    out.table(
        ("version", "published", "by", "scenarios", "answers"),
        [
            (one["version"][:SHORT], one["at"], one["by"], _proof(one), ", ".join(one["deployed"]) or "-")
            for one in found["versions"]
        ],
    )


def deploy(
    agent: Annotated[str, typer.Argument(help="The agent's name.")],
    version: Annotated[str, typer.Argument(help="A published version, or how it begins.")],
    to: To = None,
    share: Annotated[
        int | None, typer.Option(min=1, max=99, help="Only so many of a hundred new conversations.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Have new conversations get a version; those that run stay with theirs.

    A share is taken back by itself where the version does worse than the one in use by more than the agent's budget.
    """
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, "b2t.dialogue.versions", VERSIONS.dump_json(VersionsAsked(agent=agent)))
    whole = _version(out, found, version)
    asked = DeployAsked(id=str(uuid.uuid4()), by=BY, agent=agent, version=whole, to=tuple(to or ()), share=share)
    _tell(out, _ask(out, data_dir, "b2t.dialogue.deploy", DEPLOY.dump_json(asked)), agent)


def rollback(
    agent: Annotated[str, typer.Argument(help="The agent's name.")],
    to: To = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """End a share; where there is none, go back to the version before. New conversations get it at once."""
    out = Output(as_json=as_json)
    asked = DeployAsked(id=str(uuid.uuid4()), by=BY, agent=agent, action="roll_back", to=tuple(to or ()))
    _tell(out, _ask(out, data_dir, "b2t.dialogue.deploy", DEPLOY.dump_json(asked)), agent)


def canary(
    agent: Annotated[str, typer.Argument(help="The agent's name.")], data_dir: DataDir = None, as_json: Json = False
) -> None:
    """Show how versions with a share of new conversations do beside those in use."""
    out = Output(as_json=as_json)
    found = _ask(out, data_dir, "b2t.dialogue.deployments", b"{}")
    running = [one for one in found["canaries"] if one["agent"] == agent]
    out.document(running)
    if not running:
        out.text(f"No version of {agent} has a share.")
    for one in running:
        out.text(f"{', '.join(one['to'])}; judged from {one['least']} conversations of each on")
        rows = [
            (name, row["version"][:SHORT], row["ended"], row["contained"], row["failed"], row["slow"])
            for name, row in (("in use", one["stable"]), ("share", one["candidate"]))
        ]
        out.table(("", "version", "ended", "contained", "failed", "slow"), rows)


def _ask(out: Output, data_dir: Path | None, subject: str, order: bytes, within_s: float = ASKED_WITHIN_S) -> Any:
    async def ask(box: Box) -> dict[str, Any]:
        return read_answer(await box.bus.request(subject, order, timeout_s=within_s))

    return run(out, data_dir, ask)


def _version(out: Output, found: dict[str, Any], start: str) -> str:
    """The one version that begins so."""
    fitting = [str(one["version"]) for one in found["versions"] if one["version"].startswith(start)]
    if not fitting:
        out.fail(Unknown(f"There is no version {start}."))
    if len(fitting) > 1:
        out.fail(Conflict(f"{len(fitting)} versions begin with {start}."))
    return fitting[0]


def _definition(out: Output, data_dir: Path | None, agent: str, version: str) -> Agent:
    asked = VERSIONS.dump_json(VersionsAsked(agent=agent, content=version))
    definition = _ask(out, data_dir, "b2t.dialogue.versions", asked)["definition"]
    return AGENT.validate_json(json.dumps(definition))


def _proof(record: dict[str, Any]) -> str:
    tests = record["tests"]
    if tests is not None:
        return f"{tests['passed']} passed"
    return f"not played: {record['reason']}" if record["reason"] else "-"


def _tell(out: Output, found: dict[str, Any], agent: str) -> None:
    out.document(found)
    rows = [
        (
            name,
            target["version"][:SHORT],
            f"{target['canary']['share']} % {target['canary']['version'][:SHORT]}" if target["canary"] else "-",
        )
        for name, target in found["targets"].items()
        if target["agent"] == agent
    ]
    out.table(("target", "version", "share"), rows)
