"""An agent's own regular expressions, in written text and in what is spelled: `a b dash one two` is `AB-12`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import regex
from pydantic import TypeAdapter, ValidationError

from appliance.privacy import values as v
from models.entities.english import ENGLISH
from models.entities.typed import Candidate
from models.entities.words import Word

WITHIN_S: Final = 0.05
"""An expression that takes longer on one text finds nothing in it."""
_SPELLED: Final = {"dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "dot": ".", "point": "."}
_LEAST: Final = 3
_CODE: Final[TypeAdapter[v.Code]] = TypeAdapter(v.Code)


class PatternFinder:
    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._patterns = {name: regex.compile(pattern, regex.IGNORECASE) for name, pattern in patterns.items()}

    def find(self, text: str, said: list[Word]) -> Iterator[tuple[str, Candidate]]:
        """With the entity's name. A group called `value` is the value, else all of it."""
        for name, pattern in self._patterns.items():
            try:
                found = list(pattern.finditer(text, timeout=WITHIN_S))
                for match in found:
                    value = match["value"] if "value" in pattern.groupindex else match[0]
                    if match.end() > match.start() and value:
                        yield name, Candidate("pattern", match.start(), match.end(), _value(value))
                if not found:
                    for spelled, start, end in _spelled(said):
                        if pattern.fullmatch(spelled, timeout=WITHIN_S):
                            yield name, Candidate("pattern", start, end, _value(spelled), 0.8)
            except TimeoutError:
                continue


def _value(text: str) -> v.Value:
    """A code where it is nothing but letters, digits and marks; else its text."""
    try:
        return _CODE.validate_python({"code": text.upper()})
    except ValidationError:
        return v.Text(re.sub(r"\s+", " ", text).strip())


def _spelled(said: list[Word]) -> Iterator[tuple[str, int, int]]:
    """Single letters, digits and marks in a row, as one word."""
    row: list[tuple[str, Word]] = []
    for word in (*said, None):
        piece = _piece(word.text) if word else None
        if piece and word:
            row.append((piece, word))
            continue
        if len(row) >= _LEAST:
            yield "".join(piece for piece, _ in row).upper(), row[0][1].start, row[-1][1].end
        row = []


def _piece(word: str) -> str | None:
    if len(word) == 1 or word.isdigit():
        return word
    if word in ENGLISH.ones:
        return str(ENGLISH.ones[word])
    return "0" if word == "oh" else _SPELLED.get(word)
