"""`read`: a file of any kind there is a reader for, within limits; what is wrong with it is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import Final

from appliance.errors import Invalid
from appliance.knowledge.document import MAX_BLOCKS, MAX_BYTES, MAX_CHARACTERS, Document

READERS: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".csv": "table",
}
"""Each is a module here: what reads a PDF is not loaded for a page of text."""
KINDS: Final = "Markdown, text, HTML, PDF, DOCX and CSV"


class UnreadableDocument(Invalid):
    code = "unreadable-document"


def check_name(name: str) -> str:
    """The module that reads such a file. Raises UnreadableDocument where there is none."""
    module = READERS.get(PurePath(name).suffix.lower())
    if module is None:
        raise UnreadableDocument(f"{name} is of no kind that can be read; there are {KINDS}.")
    return module


def check_size(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise UnreadableDocument(f"{name} is larger than {MAX_BYTES >> 20} MiB.")
    if size == 0:
        raise UnreadableDocument(f"{name} is empty.")


def read(name: str, raw: bytes) -> Document:
    """Raises UnreadableDocument. What a library makes of a damaged file is said as that."""
    module = check_name(name)
    check_size(name, len(raw))
    reader: Callable[[str, bytes], Document] = import_module(f"appliance.adapters.documents.{module}").read
    try:
        document = reader(name, raw)
    except UnreadableDocument:
        raise
    except MemoryError:
        raise UnreadableDocument(f"{name} needs more memory than a document may.") from None
    except Exception:  # readers meet bytes from anywhere, and their libraries raise what they like
        raise UnreadableDocument(f"{name} is damaged, or is not what its name says.") from None
    if not document.blocks:
        raise UnreadableDocument(f"{name} has no text that can be read; a scanned page has to be recognised first.")
    if len(document.blocks) > MAX_BLOCKS or sum(len(block.text) for block in document.blocks) > MAX_CHARACTERS:
        raise UnreadableDocument(f"{name} has more than {MAX_CHARACTERS:,} characters or {MAX_BLOCKS:,} paragraphs.")
    return document


def text_of(name: str, raw: bytes) -> str:
    """UTF-8, with or without its mark, UTF-16 with its mark, else Windows' Western code page."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    if b"\0" in raw[:4096]:
        raise UnreadableDocument(f"{name} is no text.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
