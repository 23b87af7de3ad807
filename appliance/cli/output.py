"""How every command prints: a table or sentences for a person, one JSON document with `--json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from appliance.cli.exit_codes import Exit
from appliance.errors import B2TError, Invalid, Unavailable, Unknown

LONGEST: Final = 400
"""Letters of an error's sentence: what somebody typed may stand in it."""
_UNSHOWN: Final = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), 0x061C, *range(0x200E, 0x2010), *range(0x202A, 0x202F),
                 *range(0x2066, 0x206A), 0xFEFF)
}  # fmt: skip
"""What moves a terminal's cursor, colours it or turns the order of its letters round."""
_IN_TEXT: Final = {code: shown for code, shown in _UNSHOWN.items() if chr(code) not in "\n\t"}
_IN_JSON: Final = {code: f"\\u{code:04x}" for code in _IN_TEXT}


class Output:
    """Standard output takes the answer, standard error whatever is said about it. What somebody else wrote may be in
    both, so nothing that a terminal obeys is passed on."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def document(self, value: Any) -> None:
        """The whole answer, with `--json`."""
        if self.as_json:
            sys.stdout.write(_encodable(json.dumps(value, ensure_ascii=False, indent=2).translate(_IN_JSON)) + "\n")

    def text(self, line: str = "") -> None:
        if not self.as_json:
            sys.stdout.write(_encodable(line.translate(_IN_TEXT)) + "\n")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        if self.as_json:
            return
        cells = [[str(head) for head in heads], *([shown(str(cell)) for cell in row] for row in rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
        for row in cells:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write(line.rstrip() + "\n")

    def mistakes(self, found: Iterable[object]) -> None:
        """What is wrong with somebody's files, a line each."""
        sys.stderr.write("".join(f"{shown(str(one))}\n" for one in found))

    def fail(self, error: B2TError) -> NoReturn:
        """End the command: one sentence, and the exit status that goes with the error."""
        title = shown(error.title)
        title = title if len(title) <= LONGEST else f"{title[:LONGEST]}…"
        sys.stderr.write(f"b2t: {title}\n")
        self.document({"error": {"code": error.code, "title": title}})
        raise SystemExit(int(exit_of(error)))


def shown(text: str) -> str:
    """On one line, with nothing in it that a terminal obeys."""
    return _encodable(text.translate(_UNSHOWN))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


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
