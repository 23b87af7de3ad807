"""`b2t agents test`: an agent's scenarios, played without a box by what a box runs."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from xml.etree import ElementTree as Xml

import structlog
import typer

from appliance.agents.loading import AgentMistakes, Version, load_agent
from appliance.agents.scenarios import ScenarioMistakes, Written, load_scenarios
from appliance.agents.simulated import Simulated, load_users
from appliance.agents.understood import Understood
from appliance.cli import agents_understood
from appliance.cli.agents_editing import either, or_template
from appliance.cli.box import DataDir, Json
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.cli.scratch import scratch
from appliance.errors import B2TError

SHOWN = 20
"""Failures in full."""
MISHEARD_SHOWN = 30

if TYPE_CHECKING:
    from appliance.cli.trying.playing import Played


def register(group: typer.Typer) -> None:
    group.command("test", epilog="Example: b2t agents test my-agents/banking --filter balance --coverage")(
        run_scenarios
    )


def run_scenarios(
    path: Annotated[
        Path,
        typer.Argument(callback=or_template, help="An agent's folder with `scenarios/` in it, or a template's name."),
    ],
    only: Annotated[
        str | None, typer.Option("--filter", help="Only scenarios whose name or file has this in it.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML.")] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Name the steps and ways that were not gone.")] = False,
    variants: Annotated[
        bool, typer.Option(help="Also what is made of each: said otherwise, misspelt, interrupted, digressing.")
    ] = True,
    speech: Annotated[
        bool,
        typer.Option("--speech", help="Also spoken by the box's voice and heard by its recogniser, as on the phone."),
    ] = False,
    sample: Annotated[int, typer.Option(min=1, help="With --speech: so many of the scenarios, evenly chosen.")] = 40,
    models: Annotated[
        Path | None, typer.Option(help="Keep what is trained in this folder, so that it is not trained each time.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Say what is understood worse than by this one: a path, a template, or NAME@VERSION."),
    ] = None,
    understanding: Annotated[
        bool, typer.Option(help="Also ask for each example that was left out of training.")
    ] = True,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Play an agent's scenarios without a box; exit status 1 where one fails, or with --against where publishing after
    that one would be refused."""
    out = Output(as_json=as_json)
    started = time.perf_counter()
    version, scenarios, users = _read(out, path)
    chosen = tuple(one for one in scenarios if only is None or only in one.name or only in one.place().file)
    talking = tuple(one for one in users if only is None or only in one.name or only in one.place().file)
    if not (chosen or talking):
        sys.stderr.write("b2t: There is no such scenario.\n" if scenarios else "b2t: There are no scenarios.\n")
        raise SystemExit(int(Exit.FAILED))
    before = either(out, against, data_dir) if against is not None else None
    measure = understanding and (only is None or against is not None)
    asked = Asked(path, version, chosen, talking, variants, sample if speech else 0, measure, before)
    try:
        document = asyncio.run(_run(out, asked, models))
    except B2TError as error:
        out.fail(error)
    understood = document.pop("figures")
    document["seconds"] = round(time.perf_counter() - started, 2)
    out.document(document)
    _tell(out, document, whole=coverage)
    agents_understood.tell(out, version, understood)
    if junit is not None:
        junit.write_bytes(as_junit(document))
    refused = against is not None and document.get("understanding", {}).get("refused")
    raise SystemExit(int(Exit.FAILED if document["failed"] or refused else Exit.OK))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be played. `speech`: so many scenarios aloud. `measure`: ask for each example too, of `before` beside
    it."""

    path: Path
    version: Version
    scenarios: tuple[Written, ...]
    users: tuple[Simulated, ...]
    vary: bool
    speech: int
    measure: bool = False
    before: Version | None = None


def _read(out: Output, path: Path) -> tuple[Version, tuple[Written, ...], tuple[Simulated, ...]]:
    try:
        version = load_agent(path)
        folder = path if path.is_dir() else path.parent
        return version, load_scenarios(folder, version.agent), load_users(folder, version.agent)
    except (AgentMistakes, ScenarioMistakes) as error:
        found = [{"place": str(one.place), "key": one.key, "problem": one.problem} for one in error.mistakes]
        out.document({"valid": False, "mistakes": found})
        out.mistakes(error.mistakes)
        raise SystemExit(int(Exit.FAILED)) from None


async def _run(out: Output, asked: Asked, models: Path | None) -> dict[str, Any]:
    from appliance.cli.trying.coverage import Coverage

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    covered = Coverage(asked.version.agent)
    results: list[dict[str, Any]] = []
    misheard: list[dict[str, Any]] = []
    understood: dict[str, Understood] = {}
    with scratch("b2t-agents-test-") as folder:
        kept = models or folder / "models"
        kept.mkdir(parents=True, exist_ok=True)
        async for played in _plays(asked, kept, folder, understood):
            covered.take(played.events)
            results.append(played.document())
            misheard += [asdict(one) | {"scenario": played.written.name} for one in played.misheard]
            if played.failures:
                _show(out, played.written.title, results, [str(one) for one in played.failures])
    return {
        "agent": asked.version.name,
        "version": asked.version.version,
        "written": sum(one["kind"] == "written" for one in results),
        "generated": sum(one["kind"] == "variant" for one in results),
        "simulated": _counted(results, "simulated"),
        **({"understanding": agents_understood.document(asked.version, understood)} if asked.measure else {}),
        **({"spoken": _counted(results, "spoken") | {"misheard": misheard}} if asked.speech else {}),
        "figures": understood,
        "passed": sum(one["passed"] for one in results),
        "failed": sum(not one["passed"] for one in results),
        "coverage": covered.document(),
        "scenarios": results,
    }


async def _plays(asked: Asked, models: Path, folder: Path, understood: dict[str, Understood]) -> AsyncIterator[Played]:
    """All that is to be played: as written and what is made of it, simulated users, and aloud. Last, what every example
    comes to that was left out is put into `understood`."""
    from appliance.cli.trying.engines import documents, engines, speech
    from appliance.cli.trying.playing import play_all, ready
    from appliance.cli.trying.simulating import simulate_all
    from appliance.cli.trying.speaking import speak_all
    from appliance.cli.trying.stage import Cast

    moment = datetime.now().astimezone()
    held = documents(asked.path, asked.version.agent, models, moment)
    async with engines(models, moment) as inference, held as answering:
        given = Cast(await ready(asked.version, inference), inference, moment, folder, answering)
        async for played in play_all(given, asked.scenarios, vary=asked.vary):
            yield played
        async for played in simulate_all(given, asked.users):
            yield played
        if asked.speech:
            async with speech(moment) as aloud:
                async for played in speak_all(given, aloud, asked.scenarios, asked.speech):
                    yield played
        if asked.measure:
            understood |= await agents_understood.figures(inference, asked.version, asked.before)


def _counted(results: list[dict[str, Any]], kind: str) -> dict[str, int]:
    several = [one for one in results if one["kind"] == kind]
    passed = [one for one in several if one["passed"]]
    return {
        "played": len(several),
        "passed": len(passed),
        "passed_with_notes": sum(bool(one["notes"]) for one in passed),
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
    kinds = [f"{found['written']} written", f"{found['generated']} made of them"]
    if users := found["simulated"]["played"]:
        kinds.append(f"{users} simulated users")
    if spoken := found.get("spoken"):
        _tell_misheard(out, spoken)
        kinds.append(f"{spoken['played']} spoken")
    out.text(
        f"{found['passed']} of {found['passed'] + found['failed']} passed "
        f"({', '.join(kinds)}) in {found['seconds']:.1f} s; "
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


def _tell_misheard(out: Output, spoken: dict[str, Any]) -> None:
    rows = [
        (one["scenario"], one["turn"], one["said"], one["heard"] or "(nothing)", one["then"])
        for one in spoken["misheard"][:MISHEARD_SHOWN]
    ]
    if rows:
        out.table(("spoken scenario", "turn", "said", "heard", "and then"), rows)
    if len(spoken["misheard"]) > MISHEARD_SHOWN:
        out.text(f"… {len(spoken['misheard'])} in all; --json has them")
    out.text(
        f"spoken: {spoken['passed']} of {spoken['played']} reach what they want in text, "
        f"{spoken['passed_with_notes']} of them after saying something again"
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
            suite, "testcase", classname=f"{one['file']}.{one['kind']}", name=title, file=one["file"],
            line=str(one["line"]), time=str(one["seconds"]),
        )  # fmt: skip
        if one["notes"]:
            Xml.SubElement(case, "system-out").text = "\n".join(one["notes"])
        for failure in one["failures"]:
            told = Xml.SubElement(case, "failure", message=failure["what"])
            told.text = f"{failure['file']}:{failure['line']}\nexpected: {failure['expected']}\ngot: {failure['got']}\n"
    return bytes(Xml.tostring(suite, encoding="utf-8", xml_declaration=True))
