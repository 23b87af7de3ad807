"""HTML pages: what a reader of the page sees, without menus, scripts and forms."""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePath
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from appliance.adapters.documents.reading import text_of
from appliance.knowledge.document import Block, Document, Outline, plain, row_text

LEFT_OUT: Final = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "aside",
    "form",
    "button",
    "select",
    "svg",
    "iframe",
)
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS: Final = {
    *HEADINGS,
    *[
        "address",
        "article",
        "blockquote",
        "body",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "header",
        "html",
        "li",
        "main",
        "ol",
        "p",
    ],
    *["pre", "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"],
}
MAX_DEPTH: Final = 200


def read(name: str, raw: bytes) -> Document:
    tree = LexborHTMLParser(text_of(name, raw))
    named = tree.css_first("title")
    title = plain(named.text()) if named else ""
    for node in tree.css(", ".join(LEFT_OUT)):
        node.decompose()
    outline = Outline()
    blocks: list[Block] = []
    body = tree.body
    heads: dict[int, list[str]] = {}
    pieces = [(block, node) for node in _texts(body) if (block := _block_of(node)) is not None] if body else []
    for _, group in groupby(pieces, key=lambda piece: _unit(piece[0]).mem_id):
        held = list(group)
        unit = _unit(held[0][0])
        tag = str(unit.tag)
        if tag == "tr":
            cells = _cells(held)
            table = _table_of(unit)
            if table not in heads:
                heads[table] = cells if all(block.tag == "th" for block, _ in held) else []
                if heads[table]:
                    continue
            said = row_text(heads[table], cells)
        else:
            said = plain("".join(_said(node) for _, node in held))
        if tag in HEADINGS:
            outline.heading(int(tag[1]), said)
        elif said:
            blocks.append(Block(said, outline.headings, row=tag == "tr"))
    first = next((block.headings[0] for block in blocks if block.headings), "")
    return Document(title or first or PurePath(name).stem, tuple(blocks))


def _texts(body: LexborNode) -> list[LexborNode]:
    return [node for node in body.traverse(include_text=True) if node.tag in ("-text", "br")]


def _said(node: LexborNode) -> str:
    return " " if node.tag == "br" else node.text_content or ""


def _block_of(node: LexborNode) -> LexborNode | None:
    parent = node.parent
    for _ in range(MAX_DEPTH):
        if parent is None or parent.tag in BLOCKS:
            return parent
        parent = parent.parent
    return None


def _unit(block: LexborNode) -> LexborNode:
    """A cell's row; any other block itself."""
    if block.tag in ("td", "th") and block.parent is not None:
        return block.parent
    return block


def _table_of(row: LexborNode) -> int:
    parent = row.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent.mem_id if parent is not None else 0


def _cells(held: list[tuple[LexborNode, LexborNode]]) -> list[str]:
    cells = []
    for _, group in groupby(held, key=lambda piece: piece[0].mem_id):
        cells.append(plain("".join(_said(node) for _, node in group)))
    return [cell for cell in cells if cell]
