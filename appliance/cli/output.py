"""How every command prints: a table or sentences for a person, one JSON document with `--json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from appliance.cli.exit_codes import Exit
from appliance.errors import B2TError, Invalid, Unavailable, Unknown


class Output:
    """Standard output takes the answer, standard error whatever is said about it."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def document(self, value: Any) -> None:
        """The whole answer, with `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def text(self, line: str = "") -> None:
        if not self.as_json:
            sys.stdout.write(line + "\n")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        if self.as_json:
            return
        cells = [[str(head) for head in heads], *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        for row in cells:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write(line.rstrip() + "\n")

    def fail(self, error: B2TError) -> NoReturn:
        """End the command: one sentence, and the exit status that goes with the error."""
        sys.stderr.write(f"b2t: {error.title}\n")
        self.document({"error": {"code": error.code, "title": error.title}})
        raise SystemExit(int(exit_of(error)))


def exit_of(error: B2TError) -> Exit:
    if isinstance(error, Unavailable):
        return Exit.NOT_RUNNING
    if isinstance(error, WrongUsage):
        return Exit.USAGE
    if isinstance(error, Unknown):
        return Exit.UNKNOWN
    return Exit.FAILED


class WrongUsage(Invalid):
    """The command line cannot be meant as it is written."""

    code = "usage"


class NotRunning(Unavailable):
    code = "not-running"
