"""BM25 (Robertson, Zaragoza 2009: "The Probabilistic Relevance Framework"), over stems, with what a base counts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

K1: Final = 1.2
B: Final = 0.75


class Bm25:
    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """The stems of each text, in order."""
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for number, stems in enumerate(texts):
            self._lengths.append(len(stems))
            for stem, count in Counter(stems).items():
                self._postings[stem].append((number, count))
        self._postings.default_factory = None
        self._mean = max(1.0, sum(self._lengths) / max(1, len(self._lengths)))

    def weight(self, stem: str) -> float:
        """How much a word tells: the rarer, the more. Most of all one that stands nowhere."""
        held = len(self._postings.get(stem, ()))
        return math.log(1 + (len(self._lengths) - held + 0.5) / (held + 0.5))

    def best(self, stems: Iterable[str], limit: int) -> list[tuple[int, float]]:
        """Numbers of the texts with their scores, best first; those that share no word are not among them."""
        scores: dict[int, float] = defaultdict(float)
        for stem in dict.fromkeys(stems):
            weight = self.weight(stem)
            for number, count in self._postings.get(stem, ()):
                size = 1 - B + B * self._lengths[number] / self._mean
                scores[number] += weight * count * (K1 + 1) / (count + K1 * size)
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
