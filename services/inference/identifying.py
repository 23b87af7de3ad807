"""`python -m services.inference.identifying`: languages alone, without a box. A line of JSON in, the same line out.

`{"text": …}` comes back with `language` (null where there are no words) and `confidence`, line by line, so that it can
stand in a pipe. A line that is not understood comes back as `{"error": …}`; the others go on, and the exit status is 1.
Its asker is `b2t understanding detect-language`. Nothing is kept, logged or sent anywhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.errors import Invalid
from appliance.ports import LanguageIdentifier
from models import registry

MAX_TEXT = 1_000_000


class Line(BaseModel):
    """What one line asks; whatever else it holds is handed back as it was."""

    model_config = ConfigDict(extra="allow", frozen=True)

    text: Annotated[str, Field(max_length=MAX_TEXT)]


def answer(line: str, identifier: LanguageIdentifier, among: Sequence[str]) -> tuple[str, bool]:
    """The line to write, and whether it could be answered."""
    try:
        asked = Line.model_validate_json(line)
    except ValidationError:
        problem = {"code": "invalid", "title": "The line is not a JSON object with a text."}
        return json.dumps({"error": problem}), False
    found = identifier.identify(asked.text, among)
    given = {"language": found.language, "confidence": found.confidence}
    return json.dumps({**json.loads(line), **given}, ensure_ascii=False), True


def run(lines: Iterable[str], out: IO[str], identifier: LanguageIdentifier, among: Sequence[str] = ()) -> int:
    failed = 0
    for line in lines:
        if not line.strip():
            continue
        written, understood = answer(line, identifier, among)
        failed += not understood
        out.write(written + "\n")
        out.flush()
    return 1 if failed else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--among", action="append", default=[], metavar="LANGUAGE")
    among: list[str] = parser.parse_args().among
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        identifier: LanguageIdentifier = registry.load("language", "py3langid")
        identifier.identify("a text", among)
        status = run(sys.stdin, sys.stdout, identifier, among)
    except Invalid as error:
        sys.stderr.write(f"b2t: {error.title}\n")
        raise SystemExit(1) from None
    except (BrokenPipeError, KeyboardInterrupt):
        sys.stderr.close()
        raise SystemExit(1) from None
    raise SystemExit(status)


if __name__ == "__main__":
    main()
