"""PDF files that hold text. Headings come from the file's outline, else from lines that look like one."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from pypdf import PdfReader

from appliance.adapters.documents.reading import UnreadableDocument
from appliance.knowledge.document import MAX_CHARACTERS, MAX_PAGES, Block, Document, Outline, plain

_ENDS: Final = (".", "!", "?", ":", ";", ",")
_BULLET: Final = re.compile(r"^\s*[•·▪●‣\-–*]\s+")
HEADING_WORDS: Final = 9


def read(name: str, raw: bytes) -> Document:
    if b"%PDF-" not in raw[:1024]:
        raise UnreadableDocument(f"{name} is no PDF file.")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it quotes what it reads
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableDocument(f"{name} is locked by a password.")
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableDocument(f"{name} has more than {MAX_PAGES} pages.")
    marked = set(_marked(reader.outline))
    outline, blocks, characters = Outline(), list[Block](), 0
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text() or ""
        characters += len(text)
        if characters > MAX_CHARACTERS:
            raise UnreadableDocument(f"{name} has more than {MAX_CHARACTERS:,} characters.")
        blocks += _blocks(text, number, outline, marked)
    title = plain(str(reader.metadata.title or "")) if reader.metadata else ""
    if not title or title.lower() in ("untitled", "anonymous"):
        title = PurePath(name).stem.replace("_", " ").replace("-", " ")
    return Document(title, tuple(blocks))


def _marked(outline: list[Any]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _marked(entry)
        else:
            yield plain(str(entry.title)).casefold()


def _blocks(text: str, page: int, outline: Outline, marked: set[str]) -> Iterator[Block]:
    held: list[str] = []

    def close() -> Iterator[Block]:
        if said := plain(" ".join(held)):
            yield Block(said, outline.headings, page)
        held.clear()

    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        following = next((other for other in lines[number + 1 :] if other), "")
        said = plain(line)
        if said.casefold() in marked or (not marked and _looks_like_heading(said, held, following)):
            yield from close()
            outline.heading(1, said)
        elif not said or _BULLET.match(line):
            yield from close()
            held.append(_BULLET.sub("", line))
        elif held and held[-1].endswith("-") and said[0].islower():
            held[-1] = held[-1][:-1] + said
        else:
            held.append(said)
    yield from close()


def _looks_like_heading(line: str, held: list[str], following: str) -> bool:
    """Short, begins like one, ends in no point, and what is before it has ended."""
    if not line or line[-1] in _ENDS or not line[0].isupper() or len(line.split()) > HEADING_WORDS:
        return False
    return not (held and held[-1] and held[-1][-1] not in _ENDS) and bool(following) and not following[0].islower()
