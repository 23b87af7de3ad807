"""`b2t agents new`, `lint`, `graph`, `diff`, `schema`: what a designer does before anybody talks to an agent."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from appliance.agents.loading import TEMPLATES, AgentMistakes, Version, load_agent
from appliance.cli.agents_replay import published
from appliance.cli.box import DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.errors import B2TError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def _templates() -> set[str]:
    return {found.parent.name for found in TEMPLATES.glob("*/agent.yaml")}


def or_template(path: Path) -> Path:
    """A template's folder by its name, where there is nothing else of that name."""
    return TEMPLATES / path if path.name in _templates() and path.name == str(path) and not path.exists() else path


Definition = Annotated[
    Path, typer.Argument(callback=or_template, help="A definition's file or folder, or a template's name.")
]


def register(group: typer.Typer) -> None:
    group.command(epilog="Example: b2t agents new my_bank --from banking --in data/agents")(new)
    group.command(epilog="Example: b2t agents lint data/agents/my_bank")(lint)
    group.command(epilog="Example: b2t agents graph data/agents/my_bank --out flows.svg")(graph)
    group.command(epilog="Example: b2t agents diff banking data/agents/my_bank")(diff)
    group.command(epilog="Example: b2t agents schema > agent.schema.json")(schema)


def new(
    name: Annotated[str, typer.Argument(help="The new agent's name: lower-case letters, digits and underscores.")],
    template: Annotated[str, typer.Option("--from", help="The template that it begins as.")],
    folder: Annotated[Path, typer.Option("--in", file_okay=False, help="Where its folder is made.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make an agent from a template: a folder to edit, with its scenarios."""
    out = Output(as_json=as_json)
    there = sorted(_templates())
    if template not in there:
        raise typer.BadParameter(f"There are: {', '.join(there)}.", param_hint="--from")
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("Lower-case letters, digits and underscores, beginning with a letter.")
    made = folder / name
    if made.exists():
        sys.stderr.write(f"b2t: {made} is there already.\n")
        raise SystemExit(int(Exit.FAILED))
    shutil.copytree(TEMPLATES / template, made)
    file = made / "agent.yaml"
    file.write_text(re.sub(r"(?m)^name: .*$", f"name: {name}", file.read_text("utf-8"), count=1), "utf-8")
    version = load_agent(made)
    out.document({"name": name, "template": template, "path": str(made), "version": version.version})
    out.text(f"{made} is a {template} agent. Edit it, then: b2t agents lint {made} && b2t agents test {made}")


def lint(path: Definition, as_json: Json = False) -> None:
    """What is valid and yet hardly meant: unused, unreachable, alike, too long. Exit status 1 where there is any."""
    from appliance.agents.linting import lint as remarks

    out = Output(as_json=as_json)
    _loaded(out, path)
    found = remarks(path)
    out.document(
        {
            "path": str(path),
            "remarks": [
                {"file": one.place.file, "line": one.place.line, "key": one.key, "problem": one.problem}
                for one in found
            ],
        }
    )
    out.text("\n".join(str(one) for one in found) if found else f"{path}: nothing to remark")
    raise SystemExit(int(Exit.FAILED if found else Exit.OK))


def graph(
    path: Definition,
    target: Annotated[Path, typer.Option("--out", dir_okay=False, help="The SVG file to write.")],
    flow: Annotated[list[str] | None, typer.Option(help="Only this flow; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Draw an agent's flows as a picture (SVG) that a browser shows."""
    from appliance.agents.drawing import draw

    out = Output(as_json=as_json)
    agent = _loaded(out, path).agent
    unknown = sorted(set(flow or ()) - set(agent.flows))
    if unknown:
        raise typer.BadParameter(f"There are: {', '.join(agent.flows)}.", param_hint="--flow")
    target.write_text(draw(agent, tuple(flow or agent.flows)), "utf-8")
    out.document({"path": str(path), "out": str(target), "flows": list(flow or agent.flows)})
    out.text(f"{target}: {len(flow or agent.flows)} flows")


def diff(
    before: Annotated[str, typer.Argument(help="An agent's file or folder, or a template's name.")],
    after: Annotated[str, typer.Argument(help="Another.")],
    days: Annotated[
        int | None,
        typer.Option(min=1, max=366, help="Also what each takes the utterances of so many days for; needs a box."),
    ] = None,
    conversations: Annotated[int, typer.Option(min=1, max=5000, help="With --days: at most so many.")] = 200,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """What differs between two definitions: texts, flows, examples, settings; with --days also predicted intents.

    A and B may be published versions too, as NAME@VERSION. Utterances are redacted, and reading them is in the audit
    log first. Exit status 1 where anything differs.
    """
    from appliance.agents.comparing import differences
    from appliance.cli import agents_predictions as lately

    out = Output(as_json=as_json)
    first, second = (either(out, one, data_dir) for one in (before, after))
    found = differences(first.agent, second.agent)
    said, predicted = None, None
    if days is not None:
        names = {first.name, second.name}
        said = run(out, data_dir, lambda box: lately.said_lately(box, names, days, conversations))
        try:
            predicted = asyncio.run(lately.predictions(first, second, said.texts))
        except B2TError as error:
            out.fail(error)
    out.document(
        {
            "before": {"path": before, "version": first.version},
            "after": {"path": after, "version": second.version},
            "differences": [
                {"kind": one.kind, "key": one.key, "before": one.before, "after": one.after} for one in found
            ],
            **({"predictions": lately.document(said, predicted)} if said and predicted else {}),
        }
    )
    for kind in ("texts", "flows", "examples", "settings"):
        several = [one for one in found if one.kind == kind]
        if several:
            out.text(f"{kind}:")
            out.text("\n".join(f"  {one}" for one in several))
    if not found:
        out.text("Nothing differs.")
    if said is not None and predicted is not None:
        lately.tell(out, said, predicted)
    raise SystemExit(int(Exit.FAILED if found or (predicted and predicted.changed) else Exit.OK))


def schema(
    of: Annotated[
        Literal["agent", "scenarios", "users", "translation"],
        typer.Argument(help="Of an agent's files, its scenarios, its simulated users, or a file of `locales/`."),
    ] = "agent",
    as_json: Json = False,
) -> None:
    """JSON Schema (2020-12) for editors; with or without --json it is the same document."""
    from appliance.agents import loading, localising, scenarios, simulated

    made = {
        "agent": loading.json_schema,
        "scenarios": scenarios.json_schema,
        "users": simulated.json_schema,
        "translation": localising.json_schema,
    }
    found: dict[str, Any] = made[of]()
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def either(out: Output, given: str, data_dir: Path | None) -> Version:
    """Of a path, a template's name, or a published version."""
    name, at, start = given.partition("@")
    if not at or Path(given).exists():
        return _loaded(out, or_template(Path(given)))
    return run(out, data_dir, lambda box: published(box, name, start))


def _loaded(out: Output, path: Path) -> Version:
    try:
        return load_agent(path)
    except AgentMistakes as error:
        mistakes = [{"place": str(one.place), "key": one.key, "problem": one.problem} for one in error.mistakes]
        out.document({"path": str(path), "valid": False, "mistakes": mistakes})
        out.mistakes(error.mistakes)
        raise SystemExit(int(Exit.FAILED)) from None
