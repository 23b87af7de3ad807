"""Weighted word and letter groups: what the intent head sees beside a text's vector. Training and serving share it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_REFERENCE: Final = re.compile(r"<[A-Z]+(?:_[A-Z]+)*_(?:[0-9]{1,6}|r[0-9a-f]{10})>")
_WORD: Final = re.compile(r"(?:[^\W_]|')+")
LETTERS: Final = (2, 3, 4, 5)
MAX_GROUPS: Final = 60_000


def normalised(text: str) -> str:
    """Lower case, without references (a card's number says nothing of what is wanted), single spaces."""
    return " ".join(_REFERENCE.sub(" ", text).lower().replace("’", "'").split())


def groups(text: str) -> Iterator[str]:
    """Words, pairs of words, and letter groups within words (with their ends marked)."""
    words = _WORD.findall(text)
    yield from (f"w {word}" for word in words)
    yield from (f"w {first} {second}" for first, second in pairwise(words))
    for word in words:
        marked = f" {word} "
        for size in LETTERS:
            yield from (f"c{marked[at : at + size]}" for at in range(len(marked) - size + 1))


@dataclass(frozen=True, slots=True)
class Weighting:
    """Which groups count, and how much: learnt from the examples."""

    index: dict[str, int]
    weights: tuple[float, ...]

    @staticmethod
    def learn(texts: Iterable[str], at_least: int = 1) -> Weighting:
        counts: Counter[str] = Counter()
        total = 0
        for text in texts:
            total += 1
            counts.update(set(groups(text)))
        kept = [group for group, count in counts.most_common(MAX_GROUPS) if count >= at_least]
        weights = tuple(math.log((1 + total) / (1 + counts[group])) + 1 for group in kept)
        return Weighting({group: place for place, group in enumerate(kept)}, weights)

    @property
    def words(self) -> list[str]:
        """Single words that count, the most frequent first."""
        return [group[2:] for group in self.index if group[0] == "w" and " " not in group[2:]]

    def features(self, text: str) -> tuple[list[int], list[float]]:
        """Places and values; words and letters each of unit length, so that neither drowns the other."""
        counts = Counter(group for group in groups(text) if group in self.index)
        places: list[int] = []
        values: list[float] = []
        for kind in ("w", "c"):
            own = [(self.index[group], count) for group, count in counts.items() if group[0] == kind]
            weighed = [(1 + math.log(count)) * self.weights[place] for place, count in own]
            length = math.sqrt(sum(value * value for value in weighed)) or 1.0
            places += [place for place, _ in own]
            values += [value / length for value in weighed]
        return places, values
