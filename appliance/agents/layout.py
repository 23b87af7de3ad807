"""Places for the steps of a flow: in rows from first to last, ordered so that few ways cross (after Sugiyama 1981).

Pure geometry in units of rows and columns; `drawing.py` makes a picture of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Edge = tuple[str, str]
SWEEPS = 8


@dataclass(slots=True)
class Layout:
    """`rows` hold nodes and, where a way passes through, its own names (`a>b@2`); `back` are the ways that go up."""

    rows: list[list[str]] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)
    through: dict[Edge, list[str]] = field(default_factory=dict)
    """Way down → what it passes through, row by row."""
    back: list[Edge] = field(default_factory=list)


def layout(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """`nodes` in order, the first one on top."""
    made = Layout()
    down = _without_circles(nodes, edges, made)
    row_of = made.row_of
    for node in nodes:
        row_of[node] = 0
    for _ in nodes:
        changed = False
        for start, end in down:
            if row_of[end] < row_of[start] + 1:
                row_of[end], changed = row_of[start] + 1, True
        if not changed:
            break
    made.rows = [[] for _ in range(max(row_of.values(), default=0) + 1)]
    for node in nodes:
        made.rows[row_of[node]].append(node)
    neighbours: list[Edge] = []
    for start, end in down:
        passed = [f"{start}>{end}@{row}" for row in range(row_of[start] + 1, row_of[end])]
        for row, name in enumerate(passed, row_of[start] + 1):
            made.rows[row].append(name)
        made.through[(start, end)] = passed
        chain = [start, *passed, end]
        neighbours += pairwise(chain)
    _order(made.rows, neighbours)
    return made


def _without_circles(nodes: Sequence[str], edges: Sequence[Edge], made: Layout) -> list[Edge]:
    """The ways that go down; those that close a circle go up."""
    onward: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in edges:
        if start != end:
            onward[start].append(end)
    state: dict[str, int] = {}
    up: set[Edge] = {(start, end) for start, end in edges if start == end}

    def visit(node: str) -> None:
        state[node] = 1
        for end in onward[node]:
            if state.get(end) == 1:
                up.add((node, end))
            elif end not in state:
                visit(end)
        state[node] = 2

    for node in nodes:
        if node not in state:
            visit(node)
    made.back = [edge for edge in dict.fromkeys(edges) if edge in up]
    return [edge for edge in dict.fromkeys(edges) if edge not in up]


def _order(rows: list[list[str]], neighbours: Sequence[Edge]) -> None:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for start, end in neighbours:
        above.setdefault(end, []).append(start)
        below.setdefault(start, []).append(end)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        beside = above if down else below
        for number in range(len(rows)) if down else reversed(range(len(rows))):
            other = number - 1 if down else number + 1
            if not 0 <= other < len(rows):
                continue
            place = {name: at / max(1, len(rows[other]) - 1) for at, name in enumerate(rows[other])}
            now = {name: at / max(1, len(rows[number]) - 1) for at, name in enumerate(rows[number])}

            def middle(name: str, place: dict[str, float] = place, now: dict[str, float] = now) -> float:
                near = [place[one] for one in beside.get(name, []) if one in place]  # noqa: B023 - used at once
                return sum(near) / len(near) if near else now[name]

            rows[number].sort(key=middle)
