"""Words that no English word list and no example knows are read as the example's word they are one slip away from.

MiniLM takes a misspelt word apart into pieces that mean something else; one letter then puts a sentence out of scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from models.embedding.ctranslate2 import whole_words

LEAST: Final = 4
"""Letters; of a shorter word too little is left to know it by."""
REMEMBERED: Final = 20_000
_WORD: Final = re.compile(r"[^\W\d_]+")


class Spelling:
    def __init__(self, words: Iterable[str]) -> None:
        """`words` of the examples, the most frequent first: of two that are as near, the first is taken."""
        self._own = dict.fromkeys(word for word in words if len(word) >= LEAST - 1)
        self._by_length: dict[int, list[str]] = {}
        for word in self._own:
            self._by_length.setdefault(len(word), []).append(word)
        self._read = lru_cache(REMEMBERED)(self._nearest)

    def corrected(self, text: str) -> str:
        """`text` is normalised."""
        return _WORD.sub(lambda found: self._read(found[0]), text)

    def _nearest(self, word: str) -> str:
        if len(word) < LEAST or word in self._own or word in whole_words():
            return word
        near = (other for size in (0, -1, 1) for other in self._by_length.get(len(word) + size, ()))
        return next((other for other in near if OSA.distance(word, other, score_cutoff=1) <= 1), word)
