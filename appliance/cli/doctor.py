"""`b2t doctor`: is everything in order on this machine, and if not, what to do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import typer

from appliance.cli import checks, checks_model
from appliance.cli.box import DataDir, Json, connected, quiet
from appliance.cli.checks import Finding
from appliance.cli.exit_codes import Exit
from appliance.cli.output import NotRunning, Output
from appliance.config import Config, Paths, load_config
from appliance.errors import B2TError

MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def register(app: typer.Typer) -> None:
    @app.command(epilog="Example: b2t doctor")
    def doctor(data_dir: DataDir = None, as_json: Json = False) -> None:
        """Check machine and box; exit status 1 if something fails. Works on a stopped box too."""
        quiet()
        out = Output(as_json=as_json)
        findings = asyncio.run(look(Paths.of(data_dir)))
        out.document([asdict(finding) for finding in findings])
        width = max(len(finding.part) for finding in findings)
        for finding in findings:
            out.text(f"{MARKS[finding.state]}  {finding.part:<{width}}  {finding.found}")
            if finding.mend:
                out.text(f"      {'':<{width}}  -> {finding.mend}")
        failed = any(finding.state == "fail" for finding in findings)
        raise SystemExit(int(Exit.FAILED if failed else Exit.OK))


async def look(paths: Paths) -> list[Finding]:
    """Every finding. What cannot be looked at is a finding too."""
    try:
        config = load_config(paths)
        findings = [Finding("configuration", "ok", str(paths.config) if paths.config.exists() else "all defaults")]
    except B2TError as error:
        return [Finding("configuration", "fail", error.title, "Mend the file; docs/operations.md lists the settings.")]
    box, stepped = await _box(paths)
    findings += [
        *checks.python(),
        *checks.disk(paths),
        *checks.clock(stepped),
        *checks.programs(),
        *checks.secrets(paths),
        *checks.certificates(config),
        *checks_model.language_model(config, paths),
        *_ports(config, running=bool(box and box[0].part != "box")),
        *box,
    ]
    return findings


def _ports(config: Config, *, running: bool) -> list[Finding]:
    return list(checks.ports(config, running=running))


async def _box(paths: Paths) -> tuple[list[Finding], float | None]:
    try:
        async with connected(paths) as box:
            status = json.loads(await box.bus.request("b2t.status.supervisor", b"", timeout_s=2.0))
            return [*await checks.bus(box), *await checks.units(box)], float(status["clock_stepped_s"])
    except NotRunning as error:
        return [Finding("box", "warn", error.title, "Start it: b2t up (or scripts/run).")], None
    except B2TError as error:
        return [Finding("box", "fail", error.title, "See the logs under the data folder.")], None
