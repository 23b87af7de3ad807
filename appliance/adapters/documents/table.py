"""CSV files with a row of heads: each row is a block. Two columns of questions and answers are read as that."""

from __future__ import annotations

import csv
import io
from pathlib import PurePath
from typing import Final

from appliance.adapters.documents.reading import UnreadableDocument, text_of
from appliance.knowledge.document import MAX_BLOCKS, Block, Document, plain, row_text

QUESTION: Final = frozenset({"question", "frage", "pregunta", "q"})
ANSWER: Final = frozenset({"answer", "antwort", "respuesta", "a"})


def read(name: str, raw: bytes) -> Document:
    text = text_of(name, raw)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [[plain(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), dialect)]
    except csv.Error:
        raise UnreadableDocument(f"{name} is no table of comma-separated values.") from None
    rows = [row for row in rows if any(row)]
    if len(rows) > MAX_BLOCKS:
        raise UnreadableDocument(f"{name} has more than {MAX_BLOCKS:,} rows.")
    heads, rest = (rows[0], rows[1:]) if rows else ([], [])
    title = PurePath(name).stem.replace("_", " ").replace("-", " ")
    return Document(title, tuple(block for row in rest if (block := _block(heads, row)).text))


def _block(heads: list[str], row: list[str]) -> Block:
    lower = [head.casefold() for head in heads]
    question = next((place for place, head in enumerate(lower) if head in QUESTION), None)
    answer = next((place for place, head in enumerate(lower) if head in ANSWER), None)
    if question is not None and answer is not None and len(row) > max(question, answer):
        return Block(row[answer], (row[question],))
    return Block(row_text(heads, row), row=True)
