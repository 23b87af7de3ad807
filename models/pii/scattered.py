"""Pieces of a number among words that nobody said, as a recogniser leaves them that mishears: all of them go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from appliance.ports import PersonalSpan
from models.pii.numbers import Run

_WORD: Final = re.compile(r"[^\W\d_]+")
_SINGLY: Final = re.compile("[0-9]{2}")
_CLOCK: Final = re.compile("(?<![0-9])[0-9]0[0-9](?![0-9])")
_FEW_WORDS, _PIECES = 8, 4


def scattered(text: str, every: Sequence[Run], found: Sequence[PersonalSpan]) -> list[PersonalSpan]:
    """Pieces of a number among words that nobody said, as a recogniser leaves them that mishears: all of them go.

    Four pieces that were said, few words apart, two digits at least of which follow one another.
    """
    spans: list[PersonalSpan] = []
    row: list[Run] = []
    for run in (*every, None):
        near = run is not None and row and len(_WORD.findall(text, row[-1].end, run.start)) <= _FEW_WORDS
        if row and not near:
            pieces = [item for part in row for item in part.items if item.sure]
            if len(pieces) >= _PIECES and len(row) > 1 and any(map(_read_out, row)):
                spans += [PersonalSpan(part.start, part.end, "NUMBER", 0.5) for part in row]
            row = []
        if run is not None and not any(item.written or item.scale for item in run.items):
            row.append(run)
    return [one for one in spans if not any(other.start < one.end and one.start < other.end for other in found)]


def _read_out(run: Run) -> bool:
    """Two digits in a row, as nobody says them of people, hours (`seven thirty`, `nine oh five`) or pounds."""
    rows: list[str] = [""]
    for item in run.items:
        if item.sure and not item.scale:
            rows[-1] += item.digits if len(item.digits) == 1 else "--"
        else:
            rows.append("")
    return any(_SINGLY.search(_CLOCK.sub("-", row)) for row in rows)
