"""`b2t agents`: which agents are deployed, and whether a definition is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from appliance.cli import agents_editing, agents_replay, agents_test, agents_versions
from appliance.cli.box import Box, DataDir, Json, run
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The agents of this box.", no_args_is_help=True)
    app.add_typer(group, name="agents")
    agents_test.register(group)
    agents_editing.register(group)
    agents_versions.register(group)
    agents_replay.register(group)

    @group.command("list", epilog="Example: b2t agents list --json")
    def list_(data_dir: DataDir = None, as_json: Json = False) -> None:
        """List the agents, also those published and deployed nowhere; exit status 1 if one has mistakes."""
        out = Output(as_json=as_json)
        found = run(out, data_dir, ask_agents)
        out.document(found)
        rows = [
            (
                agent["name"],
                agent["version"][:12],
                ", ".join(agent["deployments"]["numbers"]) or "-",
                ", ".join(agent["deployments"]["widgets"]) or "-",
                len(agent["intents"]),
                len(agent["flows"]),
            )
            for agent in found["agents"]
        ]
        rows += [
            (agent["name"], agent["version"][:12], "answers nowhere", "", len(agent["intents"]), len(agent["flows"]))
            for agent in found.get("published", ())
        ]
        out.table(("agent", "version", "numbers", "widgets", "intents", "flows"), rows)
        for name, problem in found["problems"].items():
            out.text(f"\n{name} is left out:\n{problem}")
        raise SystemExit(int(Exit.FAILED if found["problems"] else Exit.OK))

    @group.command(epilog="Example: b2t agents validate my-agents/front-desk.yaml")
    def validate(
        paths: Annotated[list[Path], typer.Argument(help="A definition's file, or its folder.")], as_json: Json = False
    ) -> None:
        """Check definitions without a box; each mistake is named with file, line, key and what is allowed."""
        from appliance.agents.loading import AgentMistakes, load_agent
        from appliance.agents.scenarios import ScenarioMistakes, load_scenarios
        from appliance.agents.simulated import load_users

        out = Output(as_json=as_json)
        results: list[dict[str, Any]] = []
        for path in paths:
            try:
                version = load_agent(path)
                if path.is_dir():
                    load_scenarios(path, version.agent)
                    load_users(path, version.agent)
            except (AgentMistakes, ScenarioMistakes) as error:
                mistakes = [
                    {
                        "file": mistake.place.file,
                        "line": mistake.place.line,
                        "column": mistake.place.column,
                        "key": mistake.key,
                        "problem": mistake.problem,
                        "suggestion": mistake.suggestion,
                    }
                    for mistake in error.mistakes
                ]
                results.append({"path": str(path), "valid": False, "mistakes": mistakes})
                out.text("\n".join(str(mistake) for mistake in error.mistakes))
            else:
                results.append({"path": str(path), "valid": True, "name": version.name, "version": version.version})
                out.text(f"{path}: {version.name} {version.version[:12]} is in order")
        out.document(results)
        raise SystemExit(int(Exit.OK if all(result["valid"] for result in results) else Exit.FAILED))


async def ask_agents(box: Box) -> dict[str, Any]:
    answer = json.loads(await box.bus.request("b2t.dialogue.agents", b"{}", timeout_s=5.0))
    assert isinstance(answer, dict)
    return answer
