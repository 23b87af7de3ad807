"""`python -m services.inference.detecting`: the detector alone, without a box. A line of JSON in, the same line out.

`{"text": …, "language"?: "en", "expecting_secret"?: false}` comes back with `spans` of start, end, type and score, and
is flushed line by line, so that it can stand in a pipe. A line that is not understood comes back as `{"error": …}`; the
others go on, and the exit status is 1. Its asker is `b2t privacy`. Nothing is kept, logged or sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models import registry

MAX_TEXT = 1_000_000


class Line(BaseModel):
    """What one line asks; whatever else it holds is handed back as it was."""

    model_config = ConfigDict(extra="allow", frozen=True)

    text: Annotated[str, Field(max_length=MAX_TEXT)]
    language: Annotated[str, Field(max_length=35)] = "en"
    expecting_secret: bool = False


def answer(line: str, detector: Any) -> tuple[str, bool]:
    """The line to write, and whether it could be answered."""
    try:
        asked = Line.model_validate_json(line)
    except ValidationError:
        return _problem("invalid", "The line is not a JSON object with a text."), False
    try:
        spans = detector.detect(asked.text, asked.language, expecting_secret=asked.expecting_secret)
    except Exception as error:
        return _problem("unavailable", f"The engine failed: {type(error).__name__}."), False
    found = [
        {"start": span.start, "end": span.end, "type": span.kind, "score": round(span.score, 4)}
        | ({"secret": True} if span.secret else {})
        for span in spans
    ]
    return json.dumps({**json.loads(line), "spans": found}, ensure_ascii=False), True


def run(lines: Iterable[str], out: IO[str], detector: Any) -> int:
    failed = 0
    for line in lines:
        if not line.strip():
            continue
        written, understood = answer(line, detector)
        failed += not understood
        out.write(written + "\n")
        out.flush()
    return 1 if failed else 0


def _problem(code: str, title: str) -> str:
    return json.dumps({"error": {"code": code, "title": title}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="presidio", choices=sorted(registry.ENGINES["personal_data"]))
    parser.add_argument("--folder", type=Path, help="Where the engine's own files are, if it needs any.")
    given = parser.parse_args()
    weights = {"folder": given.folder or Path(given.engine)} if given.engine in registry.NEED_WEIGHTS else {}
    detector = registry.load("personal_data", given.engine, **weights)
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        status = run(sys.stdin, sys.stdout, detector)
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        raise SystemExit(1) from None
    raise SystemExit(status)


if __name__ == "__main__":
    main()
