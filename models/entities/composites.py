"""Values that belong together: `two large pizzas` is a number and an option that stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from appliance.privacy import values as v
from models.entities.words import words

WORDS_BETWEEN: Final = 3
Piece = tuple[str, int, int, v.Value]
"""Entity, start, end, value."""


def wholes(parts: Mapping[str, str], pieces: Iterable[Piece], text: str) -> Iterator[tuple[int, int, v.Composite]]:
    """Start, end and value of each row of pieces that has every part once, with little between them."""
    row: dict[str, Piece] = {}
    for piece in sorted(pieces, key=lambda piece: piece[1]):
        entity, start = piece[:2]
        if entity not in parts.values() or isinstance(piece[3], v.Composite):
            continue
        free = [name for name, of in parts.items() if of == entity and name not in row]
        far = row and len(words(text[max(one[2] for one in row.values()) : start])) > WORDS_BETWEEN
        if far or not free:
            row = {}
            free = [name for name, of in parts.items() if of == entity]
        row[free[0]] = piece
        if len(row) == len(parts):
            inside = {name: value for name in parts if not isinstance(value := row[name][3], v.Composite)}
            yield min(one[1] for one in row.values()), max(one[2] for one in row.values()), v.Composite(inside)
            row = {}
