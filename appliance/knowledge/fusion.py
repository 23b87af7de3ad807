"""Reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009): one order out of several, by places alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeVar

K: Final = 60

Named = TypeVar("Named", bound=str | int)


def fused(*orders: Sequence[Named]) -> list[tuple[Named, float]]:
    """Best first; what only one order has counts too."""
    scores: dict[Named, float] = defaultdict(float)
    for order in orders:
        for place, named in enumerate(order, 1):
            scores[named] += 1 / (K + place)
    return sorted(scores.items(), key=lambda item: -item[1])
