"""PDF through reportlab: pages of headings, paragraphs and tables, drawn in order. The only file that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

INK: Final = HexColor("#1b1f24")
FAINT: Final = HexColor("#5b6570")
LINE: Final = HexColor("#c9d0d8")
SHADE: Final = HexColor("#eef2f6")
_TEXT: Final = ParagraphStyle("text", fontName="Helvetica", fontSize=9, leading=12.5, textColor=INK, spaceAfter=5)
_TITLE: Final = ParagraphStyle("title", _TEXT, fontName="Helvetica-Bold", fontSize=19, leading=23, spaceAfter=4)
_HEAD: Final = ParagraphStyle("head", _TEXT, fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=11)
_CELL: Final = ParagraphStyle("cell", _TEXT, fontSize=7.5, leading=9.2, spaceAfter=0, splitLongWords=1)
_NAMES: Final = ParagraphStyle("names", _CELL, fontName="Helvetica-Bold", textColor=FAINT)
_MONO: Final = ParagraphStyle("mono", _CELL, fontName="Courier", fontSize=7, leading=9)
WIDTH: Final = 175.7
"""Of the text, in millimetres."""


@dataclass(slots=True)
class Report:
    """Collects what is on the pages; all of it is held in memory, so callers bound their tables."""

    title: str
    foot: str
    _parts: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._parts.append(Paragraph(escape(self.title), _TITLE))

    def heading(self, text: str) -> None:
        self._parts.append(Paragraph(escape(text), _HEAD))

    def text(self, text: str) -> None:
        self._parts.append(Paragraph(escape(text), _TEXT))

    def code(self, text: str) -> None:
        """Lines as they are, broken where they are too long."""
        for line in text.split("\n"):
            self._parts.append(Paragraph(escape(line) or "&nbsp;", _MONO))
        self._parts.append(Spacer(0, 2 * mm))

    def table(self, names: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float]) -> None:
        """`widths` are shares of the text's width; the head is repeated on every page."""
        if not rows:
            self.text("None.")
            return
        total = sum(widths)
        cells = [[Paragraph(escape(name), _NAMES) for name in names]]
        cells += [[Paragraph(escape(str(cell)), _CELL) for cell in row] for row in rows]
        made = Table(cells, [share / total * WIDTH * mm for share in widths], repeatRows=1 if names else 0)
        made.setStyle(
            TableStyle(
                [
                    ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                    ("LEFTPADDING", (0, 0), (-1, -1), 3),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ]
            )
        )
        self._parts += [made, Spacer(0, 3 * mm)]

    def write(self, file: Path) -> None:
        """With the same content the same bytes."""

        def foot(canvas: Any, document: Any) -> None:
            canvas.saveState()
            canvas.setFont("Helvetica", 7)
            canvas.setFillColor(FAINT)
            canvas.drawString(15 * mm, 10 * mm, self.foot)
            canvas.drawRightString(195 * mm, 10 * mm, f"Page {document.page}")
            canvas.restoreState()

        margins = {"leftMargin": 15 * mm, "rightMargin": 15 * mm, "topMargin": 16 * mm, "bottomMargin": 18 * mm}
        document = SimpleDocTemplate(
            str(file), pagesize=A4, title=self.title, author="B2T Voice", invariant=1, **margins
        )
        document.build(self._parts, onFirstPage=foot, onLaterPages=foot)
