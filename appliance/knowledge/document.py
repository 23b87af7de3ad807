"""A document as readers make it of a file, of any kind: blocks of text in order, each under its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

MAX_BYTES: Final = 32 << 20
MAX_PAGES: Final = 2000
MAX_CHARACTERS: Final = 8_000_000
MAX_BLOCKS: Final = 100_000
_SPACE = re.compile(r"\s+")
_REFERENCE = re.compile(r"<([A-Z][A-Z_]*_\d+)>")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, an item of a list or a row of a table."""

    text: str
    headings: tuple[str, ...] = ()
    """From the outermost to the innermost."""
    page: int | None = None
    """Counted from 1; None where the file has no pages."""
    row: bool = False
    """It says what it says alone, whatever stands beside it."""


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    blocks: tuple[Block, ...]


DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


def plain(text: str) -> str:
    """One line without control characters. What looks like a reference to somebody's value loses its brackets: no
    document can have a caller's own values said."""
    kept = "".join(one if one.isprintable() else " " for one in text)
    return _REFERENCE.sub(r"\1", _SPACE.sub(" ", kept)).strip()


class Outline:
    """The headings that hold at a place of a document."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def heading(self, level: int, text: str) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if text:
            self._open.append((level, text))

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._open)


def row_text(heads: list[str], cells: list[str]) -> str:
    """A table's row as it may be read out: `Fee: 12 dollars; Account: savings.`"""
    named = [
        f"{head}: {cell}" if head else cell
        for head, cell in zip([*heads, *[""] * len(cells)], cells, strict=False)
        if cell
    ]
    text = "; ".join(named)
    return text if not text or text[-1] in ".!?" else text + "."
