"""`b2t privacy`: the box's own detector of personal data on texts of your own, without a box and with nothing kept.

The detector is run as a child, `python -m services.inference.detecting`: only inference loads engines (see
appliance/decisions/0011), and what the command measures is what a box runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from appliance.cli.box import Json
from appliance.cli.exit_codes import Exit
from appliance.cli.output import Output
from appliance.errors import B2TError, Invalid, Unavailable
from appliance.ports import PersonalSpan
from appliance.privacy.evaluation import Label, Sample, entity, evaluate, read_gold
from appliance.privacy.policy import POLICIES, How, Policy, Redaction, Sink

OURS: Final = "presidio"
PEERS: Final = {"presidio": "stock-presidio"}
ENDS_WITHIN_S: Final = 10.0

Language = Annotated[str, typer.Option(help="Language of the texts: en, de, es or fr.")]


class Detecting:
    """One running detector; a text in, its spans out. It ends with the `with` that opened it."""

    def __init__(self, process: subprocess.Popen[str], language: str) -> None:
        self._process, self._language = process, language

    def spans(self, text: str) -> list[PersonalSpan]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"text": text, "language": self._language}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Unavailable("The detector ended before its time.") from None
        line = self._process.stdout.readline()
        if not line:
            raise Unavailable("The detector ended before its time.")
        answer = json.loads(line)
        if "error" in answer:
            raise Invalid(answer["error"]["title"])
        return [
            PersonalSpan(one["start"], one["end"], one["type"], one["score"], one.get("secret", False))
            for one in answer["spans"]
        ]


def command(engine: str = OURS) -> list[str]:
    return [sys.executable, "-m", "services.inference.detecting", "--engine", engine]


@contextmanager
def detecting(engine: str = OURS, language: str = "en") -> Iterator[Detecting]:
    process = subprocess.Popen(  # noqa: S603 - our own module
        command(engine), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield Detecting(process, language)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Personal data in your own texts: find it, measure it, take it out.", no_args_is_help=True)
    app.add_typer(group, name="privacy")
    group.command(epilog='Example: b2t privacy detect "my card is 4111 1111 1111 1111"')(detect)
    group.command("evaluate", epilog="Example: b2t privacy evaluate --gold labelled.jsonl --peer presidio --json")(
        evaluate_gold
    )
    group.command(epilog="Example: b2t privacy redact --how mask < letters.txt")(redact)


def detect(
    text: Annotated[str | None, typer.Argument(help="A text; standard input's lines unless given.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Lines of {"text": …} in, the same with spans out, one by one.')
    ] = False,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """What is personal in a text: start, end, type and how sure it is."""
    if jsonl:
        raise SystemExit(subprocess.call(command()))  # noqa: S603 - our own module, on our own standard input
    out = Output(as_json=as_json)
    with _failing(out), detecting(language=language) as detector:
        lines = [text] if text is not None else [line.rstrip("\n") for line in sys.stdin]
        found = [(line, detector.spans(line)) for line in lines]
    out.document([{"text": line, "spans": [_document(span) for span in spans]} for line, spans in found])
    out.table(
        ("line", "start", "end", "type", "score", "text"),
        [
            (at, span.start, span.end, span.kind, f"{span.score:.2f}", line[span.start : span.end])
            for at, (line, spans) in enumerate(found, 1)
            for span in spans
        ],
    )


def evaluate_gold(
    gold: Annotated[Path, typer.Option(help="Labelled texts: presidio-research's JSON, or lines of text and spans.")],
    peer: Annotated[
        Literal["presidio"] | None, typer.Option(help="Measure this one as well: Presidio as it comes, with no model.")
    ] = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Recall, precision and F-score on labelled texts, in all and by entity; docs/security.md says by which rule."""
    out = Output(as_json=as_json)
    with _failing(out):
        samples = read_gold(gold)
        document: dict[str, Any] = {"gold": str(gold), "ours": _measured(OURS, samples, language)}
        if peer is not None:
            document["peers"] = {peer: _measured(PEERS[peer], samples, language)}
    out.document(document)
    _print(out, "b2t", document["ours"])
    for name, measured in document.get("peers", {}).items():
        _print(out, name, measured)


def redact(
    text: Annotated[str | None, typer.Argument(help="A text; standard input's lines unless given.")] = None,
    how: Annotated[How | None, typer.Option(help="What stands instead, if not what the sink's policy says.")] = None,
    sink: Annotated[Sink, typer.Option(help="Whose policy.")] = Sink.CONVERSATION,
    key_file: Annotated[Path | None, typer.Option(help="Key for pseudonyms: a file of at least 16 bytes.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Standard input is one text, not one a line.")] = False,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """The text without its personal data, line by line."""
    out = Output(as_json=as_json)
    with _failing(out), detecting(language=language) as detector:
        policy = POLICIES[sink] if how is None else Policy(how)
        redaction = Redaction(policy, _key(key_file))
        for line in _lines(text, whole=whole):
            spans = detector.spans(line)
            redacted = redaction.apply(line, spans)
            taken = [_document(span) for span in policy.taken(spans)]
            sys.stdout.write((json.dumps({"text": redacted, "spans": taken}) if as_json else redacted) + "\n")
            sys.stdout.flush()


def _lines(text: str | None, *, whole: bool) -> Iterator[str]:
    if text is not None:
        yield text
    elif whole:
        yield sys.stdin.read().rstrip("\n")
    else:
        for line in sys.stdin:
            yield line.rstrip("\n")


def _key(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else b""
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None


def _measured(engine: str, samples: Sequence[Sample], language: str) -> dict[str, Any]:
    with detecting(engine, language) as detector:
        predicted = [
            [Label(span.start, span.end, entity(span.kind)) for span in detector.spans(sample.text)]
            for sample in samples
        ]
    return evaluate(samples, predicted).document()


def _print(out: Output, name: str, measured: dict[str, Any]) -> None:
    out.text(f"\n{name}: {measured['samples']} texts, {measured['whole']:.1%} of the labelled values taken out whole")
    rows = [("in all", measured["overall"]), ("untyped", measured["untyped"]), *measured["entities"].items()]
    out.table(
        ("", "labelled", "predicted", "recall", "precision", "F"),
        [
            (label, one["labelled"], one["predicted"], *(f"{one[key]:.3f}" for key in ("recall", "precision", "f")))
            for label, one in rows
        ],
    )


def _document(span: PersonalSpan) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "type": span.kind, "score": round(span.score, 4)}


@contextmanager
def _failing(out: Output) -> Iterator[None]:
    try:
        yield
    except B2TError as error:
        out.fail(error)
    except KeyboardInterrupt:
        raise SystemExit(int(Exit.FAILED)) from None
