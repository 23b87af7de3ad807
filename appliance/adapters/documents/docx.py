"""Word documents (OOXML), which are ZIP files: none is unpacked that would not fit."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Final

from docx import Document as open_docx
from docx.table import Table

from appliance.adapters.documents.reading import UnreadableDocument
from appliance.knowledge.document import Block, Document, Outline, plain, row_text

MAX_ENTRIES: Final = 5000
MAX_UNPACKED: Final = 128 << 20
MAX_XML: Final = 64 << 20
_HEADING: Final = re.compile(r"Heading ([1-9])$")


def read(name: str, raw: bytes) -> Document:
    _check_zip(name, raw)
    document = open_docx(io.BytesIO(raw))
    outline = Outline()
    blocks: list[Block] = []
    title = plain(document.core_properties.title or "")
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            blocks += [Block(row, outline.headings, row=True) for row in _rows(part)]
            continue
        said = plain(part.text)
        style = str(part.style.name) if part.style is not None else ""
        if not said:
            continue
        if heading := _HEADING.search(style):
            outline.heading(int(heading[1]), said)
        elif style == "Title":
            title = said
        else:
            blocks.append(Block(said, outline.headings))
    if not title or title == "Word Document":
        title = PurePath(name).stem.replace("_", " ").replace("-", " ")
    return Document(title, tuple(blocks))


def _check_zip(name: str, raw: bytes) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    except zipfile.BadZipFile:
        raise UnreadableDocument(f"{name} is damaged, or is no Word document.") from None
    xml = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".rels")))
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED or xml > MAX_XML:
        raise UnreadableDocument(f"{name} unpacks to more than a document may.")


def _rows(table: Table) -> list[str]:
    rows = [[plain(cell.text) for cell in row.cells] for row in table.rows]
    if len(rows) < 2:
        return [said for row in rows if (said := row_text([], row))]
    return [said for row in rows[1:] if (said := row_text(rows[0], row))]
