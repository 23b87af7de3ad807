"""Markdown (CommonMark with tables), and plain text, which is Markdown that says nothing of itself."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from appliance.adapters.documents.reading import text_of
from appliance.knowledge.document import Block, Document, Outline, plain, row_text

_FRONT: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]{0,500}>")


def read(name: str, raw: bytes) -> Document:
    text = _FRONT.sub("", text_of(name, raw).replace("\r\n", "\n"))
    parser = MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")
    outline = Outline()
    blocks: list[Block] = []
    heads: list[str] = []
    cells: list[str] = []
    tokens = parser.parse(text)
    for number, token in enumerate(tokens):
        opened = tokens[number - 1] if number else token
        if token.type == "inline" and opened.type == "heading_open":
            outline.heading(int(opened.tag[1]), _words(token))
        elif token.type == "inline" and opened.type in ("th_open", "td_open"):
            cells.append(_words(token))
        elif token.type == "tr_close":
            if not heads:
                heads = cells
            elif row := row_text(heads, cells):
                blocks.append(Block(row, outline.headings, row=True))
            cells = []
        elif token.type == "table_close":
            heads = []
        elif token.type == "inline" or token.type in ("fence", "code_block"):
            said = _words(token) if token.children else plain(token.content)
            if said:
                blocks.append(Block(said, outline.headings))
    first = next((block.headings[0] for block in blocks if block.headings), "")
    return Document(first or PurePath(name).stem.replace("_", " ").replace("-", " "), tuple(blocks))


def _words(token: Token) -> str:
    said = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            said.append(" ")
        elif child.type in ("text", "code_inline", "image"):
            said.append(child.content)
    return plain(_TAG.sub("", "".join(said)))
