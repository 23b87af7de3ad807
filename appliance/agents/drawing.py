"""An agent's flows as one SVG picture: steps as boxes, ways as arrows. Plain text, no program of anybody else's."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from appliance.agents import definition as d
from appliance.agents.layout import Edge, Layout, layout
from appliance.agents.ways import ways

BOX_W, BOX_H, GAP_X, GAP_Y = 224, 76, 36, 54
WRAP: Final = 32
"""Letters of a line in a box."""
DOT: Final = 26
"""Width of a way that passes through a row."""
MARGIN, TITLE_H, LANE = 28, 46, 16
COLUMNS_W: Final = 1500
"""Flows stand beside each other up to this width."""
_COLOURS: Final = {
    "say": "#e8f1fb", "ask": "#fff4d6", "confirm": "#fff4d6", "collect": "#fde3e3", "call": "#e3f5e6",
    "branch": "#f0e8fa", "when": "#f0e8fa", "transfer": "#eceff1", "hand_over": "#eceff1", "end": "#eceff1",
    "remember": "#f5f5f5", "answer": "#e0f4f4", "run": "#f5f5f5", "call_back": "#e3f5e6",
}  # fmt: skip
_STYLE: Final = """
text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:12px;fill:#1c2733}
.title{font-size:17px;font-weight:600}.intents{fill:#5b6b7a}.kind{font-size:10.5px;fill:#5b6b7a}
.name{font-weight:600}.label{font-size:10.5px;fill:#34506b;paint-order:stroke;stroke:#fff;stroke-width:3px}
.box{stroke:#8696a7;stroke-width:1}.flow{fill:#fff;stroke:#d5dce4}
.way{fill:none;stroke:#6b7f94;stroke-width:1.3;marker-end:url(#tip)}.back{stroke:#b06a2c;stroke-dasharray:5 3}
""".strip().replace("\n", "")


@dataclass(frozen=True, slots=True)
class Block:
    """One flow's picture, from its own upper left corner."""

    width: float
    height: float
    body: str


def draw(agent: d.Agent, flows: Sequence[str]) -> str:
    blocks = [_flow(agent, name) for name in flows]
    placed: list[str] = []
    x = y = float(MARGIN)
    row_h = width = 0.0
    for block in blocks:
        if x > MARGIN and x + block.width > COLUMNS_W:
            x, y, row_h = float(MARGIN), y + row_h + MARGIN, 0.0
        placed.append(f'<g transform="translate({x:.0f},{y:.0f})">{block.body}</g>')
        x += block.width + MARGIN
        row_h, width = max(row_h, block.height), max(width, x)
    height = y + row_h + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(agent.title)}"><style>{_STYLE}</style>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#6b7f94"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#f6f8fa"/>{"".join(placed)}</svg>\n'
    )


def _flow(agent: d.Agent, name: str) -> Block:
    flow = agent.flows[name]
    every = ways(name, flow)
    labels: dict[Edge, list[str]] = {}
    for way in every:
        labels.setdefault((way.step, way.target), []).append(way.label)
    ends = any(way.target == d.FINISH for way in every)
    nodes = [step.name for step in flow.steps] + ([d.FINISH] if ends else [])
    made = layout(nodes, list(labels))
    if ends:
        _sink(made)
    where = _places(made)
    inner = max(x + w / 2 for x, _, w in where.values())
    back = sum(1 for _ in made.back)
    width = inner + MARGIN + LANE * back
    height = TITLE_H + MARGIN + len(made.rows) * (BOX_H + GAP_Y) - GAP_Y - (20 if ends else -MARGIN / 2)
    started = ", ".join(intent for intent, one in agent.intents.items() if one.starts == name)
    width = max(width, 9.5 * len(flow.title) + 2 * MARGIN, 7.0 * len(started) + 110)
    body = [
        f'<rect class="flow" width="{width:.0f}" height="{height:.0f}" rx="10"/>',
        f'<text class="title" x="{MARGIN / 2}" y="27">{escape(flow.title)}</text>',
        f'<text class="intents" x="{MARGIN / 2}" y="45">{escape(name + (f" ← {started}" if started else ""))}</text>',
    ]
    for edge, passed in made.through.items():
        body.append(_down(where, edge, passed, ", ".join(filter(None, labels[edge]))))
    for lane, edge in enumerate(made.back):
        body.append(_up(where, edge, inner + LANE * (lane + 1), ", ".join(filter(None, labels[edge]))))
    body += [_box(step, where[step.name]) for step in flow.steps]
    if ends:
        x, y, _ = where[d.FINISH]
        body.append(f'<circle class="box" cx="{x:.0f}" cy="{y + 14:.0f}" r="13" fill="#dde5ec"/>')
        body.append(f'<text class="kind" text-anchor="middle" x="{x:.0f}" y="{y + 42:.0f}">finish</text>')
    return Block(width, height, "".join(body))


def _sink(made: Layout) -> None:
    """The end of a flow stands alone in its last row."""
    row = made.row_of[d.FINISH]
    others = [name for name in made.rows[row] if name != d.FINISH]
    if others:
        for edge, passed in made.through.items():
            if edge[1] == d.FINISH:
                passed.append(f"{edge[0]}>{d.FINISH}@{row}")
                others.append(passed[-1])
        made.rows[row] = others
        made.rows.append([d.FINISH])
        made.row_of[d.FINISH] = row + 1


def _places(made: Layout) -> dict[str, tuple[float, float, float]]:
    """Name → middle, top and width of its place."""
    sizes = [[DOT if "@" in name else BOX_W for name in row] for row in made.rows]
    widest = max(sum(row) + GAP_X * (len(row) - 1) for row in sizes)
    found: dict[str, tuple[float, float, float]] = {}
    for number, (row, widths) in enumerate(zip(made.rows, sizes, strict=True)):
        x = MARGIN + (widest - sum(widths) - GAP_X * (len(row) - 1)) / 2
        for name, width in zip(row, widths, strict=True):
            found[name] = (x + width / 2, TITLE_H + MARGIN / 2 + number * (BOX_H + GAP_Y), width)
            x += width + GAP_X
    return found


def _box(step: d.Step, place: tuple[float, float, float]) -> str:
    x, y, width = place
    kind = (d.kind_of_step(step) or "#say")[1:]
    about = _about(step, kind)
    lines = textwrap.wrap(about, WRAP, max_lines=2, placeholder=" …")
    left = x - width / 2 + 9
    text = "".join(
        f'<text x="{left:.0f}" y="{y + 45 + 15 * n:.0f}">{escape(line)}</text>' for n, line in enumerate(lines)
    )
    return (
        f'<rect class="box" x="{x - width / 2:.0f}" y="{y:.0f}" width="{width}" height="{BOX_H}" rx="7" '
        f'fill="{_COLOURS[kind]}"><title>{escape(about)}</title></rect>'
        f'<text class="kind" x="{left:.0f}" y="{y + 15:.0f}">{kind.replace("_", " ")}</text>'
        f'<text class="name" x="{left:.0f}" y="{y + 30:.0f}">{escape(step.name)}</text>{text}'
    )


def _about(step: d.Step, kind: str) -> str:
    match step:
        case d.Call():
            return f"{step.call}({', '.join(step.arguments.values())})"
        case d.Branch():
            return f"by {step.branch}"
        case d.Remember():
            given = step.same_as or step.expression or step.value
            return f"{step.remember} = {given}"
        case d.CallBack():
            return f"{step.call_back}({step.at}, {step.number})"
    text = getattr(step, "text", None) or getattr(step, "say", None) or getattr(step, kind)
    return str(text)


def _down(where: dict[str, tuple[float, float, float]], edge: Edge, passed: list[str], label: str) -> str:
    x, y, _ = where[edge[0]]
    points = [(x, y + BOX_H)]
    for name in passed:
        px, py, _ = where[name]
        points += [(px, py), (px, py + BOX_H)]
    ex, ey, _ = where[edge[1]]
    points.append((ex, ey))
    path = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ay + by) / 2
        path += (
            f" C{ax:.0f},{middle:.0f} {bx:.0f},{middle:.0f} {bx:.0f},{by:.0f}" if ax != bx else f" L{bx:.0f},{by:.0f}"
        )
    (ax, ay), (bx, by) = points[0], points[1]
    return f'<path class="way" d="{path}"/>' + _label(ax + (bx - ax) * 0.68, ay + (by - ay) * 0.7, label)


def _up(where: dict[str, tuple[float, float, float]], edge: Edge, lane: float, label: str) -> str:
    x, y, width = where[edge[0]]
    ex, ey, ewidth = where[edge[1]]
    (ax, ay), (bx, by) = (x + width / 2, y + BOX_H / 2), (ex + ewidth / 2, ey + BOX_H / 2 + 8)
    path = (
        f"M{ax:.0f},{ay:.0f} C{lane:.0f},{ay:.0f} {lane:.0f},{ay:.0f} {lane:.0f},{ay - 30:.0f}"
        f" L{lane:.0f},{by + 30:.0f} C{lane:.0f},{by:.0f} {lane:.0f},{by:.0f} {bx:.0f},{by:.0f}"
    )
    return f'<path class="way back" d="{path}"/>' + _label(ax + 22, ay - 5, label)


def _label(x: float, y: float, label: str) -> str:
    return f'<text class="label" text-anchor="middle" x="{x:.0f}" y="{y:.0f}">{escape(label)}</text>' if label else ""
