"""`b2t understanding`: how well a box understands, on texts of your own, without a box and with nothing kept.

Each command runs a module of the inference service as a child (appliance/decisions/0016): only inference loads engines,
and what is measured is what a box runs. See `privacy.py`, which does the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from appliance.cli.box import Json
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output

ENGINES: Final = ("linear", "setfit")
SHOWN_CONFUSIONS: Final = 10


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="How well a box understands texts of your own.", no_args_is_help=True)
    app.add_typer(group, name="understanding")
    group.command(
        epilog="Example: b2t understanding evaluate --train train.jsonl --test test.jsonl --shots 10 --seeds 5 --json"
    )(evaluate)
    group.command("detect-language", epilog="Example: b2t understanding detect-language --jsonl < lines.jsonl")(
        detect_language
    )


def evaluate(
    train: Annotated[Path, typer.Option(exists=True, dir_okay=False, help='Lines of {"text": …, "intent": …}.')],
    test: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Lines of the same kind, to be told.")],
    shots: Annotated[int | None, typer.Option(min=1, help="Train on so many examples of each intent only.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="With --shots: how many draws are averaged.")] = 5,
    engine: Annotated[str, typer.Option(help=f"One of: {', '.join(ENGINES)}.")] = ENGINES[0],
    as_json: Json = False,
) -> None:
    """Train as at publish, measure as at a turn. An intent "out_of_scope", "oos" or null is none of the agent's."""
    if engine not in ENGINES:
        raise typer.BadParameter(f"There are: {', '.join(ENGINES)}.", param_hint="--engine")
    command = ["--train", str(train), "--test", str(test), "--seeds", str(seeds), "--engine", engine]
    command += ["--shots", str(shots)] if shots else []
    out = Output(as_json=as_json)
    done = subprocess.run(child("evaluating", *command), stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        found = {"error": {"code": "unavailable", "title": "The evaluation ended before its time."}}
    out.document(found)
    if "error" in found:
        sys.stderr.write(f"b2t: {found['error']['title']}\n")
        raise SystemExit(int(Exit.FAILED))
    _tell(out, found)


def detect_language(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts; standard input's lines unless given.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Lines of {"text": …} in, the same with language and confidence out.')
    ] = False,
    among: Annotated[list[str] | None, typer.Option(help="A language or locale it may be; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Which language each text is in: de, en, es, fr, it, nl or pt, unless others are named with --among."""
    command = child("identifying", *(part for one in among or () for part in ("--among", one)))
    if jsonl:
        raise SystemExit(subprocess.call(command))  # noqa: S603 - our own module, on our own standard input
    out = Output(as_json=as_json)
    lines = texts if texts else [line.rstrip("\n") for line in sys.stdin]
    asked = "".join(json.dumps({"text": line}) + "\n" for line in lines)
    done = subprocess.run(command, input=asked.encode(), stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    found = [json.loads(line) for line in done.stdout.splitlines()]
    out.document(found)
    out.table(
        ("language", "confidence", "text"),
        [(one["language"] or "-", f"{one['confidence']:.2f}", one["text"]) for one in found if "error" not in one],
    )
    raise SystemExit(int(Exit.FAILED if done.returncode else Exit.OK))


def child(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"services.inference.{module}", *arguments]


def _tell(out: Output, found: dict[str, Any]) -> None:
    out.table(
        ("measure", "value"),
        [
            (name.replace("_", " "), f"{found[name]:.4f}")
            for name in (
                "accuracy",
                "accuracy_deviation",
                "macro_f1",
                "in_scope_accuracy",
                "in_scope_refused",
                "out_of_scope_recall",
                "out_of_scope_precision",
                "calibration_error",
            )
            if found[name] is not None
        ]
        + [("training, s", found["training_s"])]
        + [(f"ms per utterance, {share}", value) for share, value in found["ms_per_utterance"].items()],
    )
    if found["confusions"]:
        out.text()
    out.table(
        ("intent", "taken for", "times"),
        [(one["intent"], one["taken_for"], one["times"]) for one in found["confusions"][:SHOWN_CONFUSIONS]],
    )
