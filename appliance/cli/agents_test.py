"""`b2t agents test`: an agent's scenarios, played without a box by what a box runs."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree as Xml

import structlog
import typer

from appliance.agents.loading import AgentMistakes, Version, load_agent
from appliance.agents.scenarios import ScenarioMistakes, Written, load_scenarios
from appliance.cli.box import Json
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.errors import B2TError

SHOWN = 20
"""Failures in full."""


def register(group: typer.Typer) -> None:
    group.command("test", epilog="Example: b2t agents test my-agents/banking --filter balance --coverage")(
        run_scenarios
    )


def run_scenarios(
    path: Annotated[Path, typer.Argument(help="An agent's folder, with `scenarios/` in it.")],
    only: Annotated[
        str | None, typer.Option("--filter", help="Only scenarios whose name or file has this in it.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML.")] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Name the steps and ways that were not gone.")] = False,
    variants: Annotated[
        bool, typer.Option(help="Also what is made of each: said otherwise, misspelt, interrupted, digressing.")
    ] = True,
    models: Annotated[
        Path | None, typer.Option(help="Keep what is trained in this folder, so that it is not trained each time.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play an agent's scenarios without a box; exit status 1 where one fails."""
    out = Output(as_json=as_json)
    started = time.perf_counter()
    version, scenarios = _read(out, path)
    chosen = tuple(one for one in scenarios if only is None or only in one.scenario.name or only in one.place().file)
    if not chosen:
        sys.stderr.write("b2t: There is no such scenario.\n" if scenarios else "b2t: There are no scenarios.\n")
        raise SystemExit(int(Exit.FAILED))
    try:
        document = asyncio.run(_run(out, path, version, chosen, vary=variants, models=models))
    except B2TError as error:
        out.fail(error)
    document["seconds"] = round(time.perf_counter() - started, 2)
    out.document(document)
    _tell(out, document, whole=coverage)
    if junit is not None:
        junit.write_bytes(as_junit(document))
    raise SystemExit(int(Exit.OK if document["failed"] == 0 else Exit.FAILED))


def _read(out: Output, path: Path) -> tuple[Version, tuple[Written, ...]]:
    try:
        version = load_agent(path)
        return version, load_scenarios(path if path.is_dir() else path.parent, version.agent)
    except (AgentMistakes, ScenarioMistakes) as error:
        found = [{"place": str(one.place), "key": one.key, "problem": one.problem} for one in error.mistakes]
        out.document({"valid": False, "mistakes": found})
        sys.stderr.write("\n".join(str(mistake) for mistake in error.mistakes) + "\n")
        raise SystemExit(int(Exit.FAILED)) from None


async def _run(
    out: Output, path: Path, version: Version, scenarios: tuple[Written, ...], *, vary: bool, models: Path | None
) -> dict[str, Any]:
    from appliance.cli.trying.coverage import Coverage
    from appliance.cli.trying.engines import documents, engines
    from appliance.cli.trying.playing import play_all, ready
    from appliance.cli.trying.stage import Cast

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    moment = datetime.now().astimezone()
    covered = Coverage(version.agent)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="b2t-agents-test-") as folder:
        kept = models or Path(folder) / "models"
        kept.mkdir(parents=True, exist_ok=True)
        held = documents(path, version.agent, kept, moment)
        async with engines(kept, moment) as inference, held as answering:
            named = await ready(version, inference)
            given = Cast(named, inference, moment, Path(folder), answering)
            async for played in play_all(given, scenarios, vary=vary):
                covered.take(played.events)
                results.append(played.document())
                if played.failures:
                    _show(out, played.written.title, results, [str(one) for one in played.failures])
    return {
        "agent": version.name,
        "version": version.version,
        "written": sum(one["variant"] is None for one in results),
        "generated": sum(one["variant"] is not None for one in results),
        "passed": sum(one["passed"] for one in results),
        "failed": sum(not one["passed"] for one in results),
        "coverage": covered.document(),
        "scenarios": results,
    }


def _show(out: Output, title: str, results: list[dict[str, Any]], failures: list[str]) -> None:
    failed = sum(not one["passed"] for one in results)
    if failed <= SHOWN:
        out.text(f"FAILED {title}")
        out.text("\n".join(f"  {line}" for failure in failures for line in failure.splitlines()))
    elif failed == SHOWN + 1:
        out.text("… and more; --json or --junit has all of them")


def _tell(out: Output, found: dict[str, Any], *, whole: bool) -> None:
    covered = found["coverage"]
    out.text(
        f"{found['passed']} of {found['passed'] + found['failed']} passed "
        f"({found['written']} written, {found['generated']} made of them) in {found['seconds']:.1f} s; "
        f"steps {covered['steps_reached']}/{covered['steps']}, ways {covered['ways_gone']}/{covered['ways']}"
    )
    if not whole:
        return
    out.text()
    out.table(
        ("flow", "steps", "ways", "not gone"),
        [
            (
                name,
                f"{flow['steps_reached']}/{flow['steps']}",
                f"{flow['ways_gone']}/{flow['ways']}",
                "; ".join([*flow["steps_missing"], *flow["ways_missing"]]) or "-",
            )
            for name, flow in covered["flows"].items()
        ],
    )


def as_junit(found: dict[str, Any]) -> bytes:
    """JUnit's XML, as build servers read it: a test case a scenario or variant."""
    suite = Xml.Element(
        "testsuite",
        name=found["agent"],
        tests=str(len(found["scenarios"])),
        failures=str(found["failed"]),
        errors="0",
        time=str(found["seconds"]),
    )
    for one in found["scenarios"]:
        title = one["name"] + (f" [{one['variant']}]" if one["variant"] else "")
        case = Xml.SubElement(
            suite, "testcase", classname=one["file"], name=title, file=one["file"], line=str(one["line"]),
            time=str(one["seconds"]),
        )  # fmt: skip
        for failure in one["failures"]:
            told = Xml.SubElement(case, "failure", message=failure["what"])
            told.text = f"{failure['file']}:{failure['line']}\nexpected: {failure['expected']}\ngot: {failure['got']}\n"
    return bytes(Xml.tostring(suite, encoding="utf-8", xml_declaration=True))
