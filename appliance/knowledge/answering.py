"""`answer`: whether the passages found answer a question, and what of the best of them is quoted.

How sure an answer is comes from three measures of a passage: its best sentence's cosine to the question, the cosine of
the whole, and the share of the question's words that it has, each weighed by how rare it is. The weights are fitted on
the tuning half of `scripts/bench/knowledge`; below `SURE_AT` nothing is said to be known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.knowledge.passages import Passage

SURE_AT: Final = 0.35
BIAS: Final = -7.4
SENTENCE: Final = 6.5
WHOLE: Final = 4.2
COVERED: Final = 4.8
QUOTED: Final = 320
"""Characters of a quotation, beyond its first sentence: it may have to be listened to."""
MORE: Final = 2
"""Sentences that may stand beside the best one."""
NEAR: Final = 0.6
"""A sentence beside it is quoted too from this share of the best one's cosine on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    passage: Passage
    cosine: float
    sentence_cosines: tuple[float, ...]
    """Of each of the passage's sentences, with the heading it stands under."""
    covered: float
    """Share of the question's words, by weight, 0 to 1."""
    score: float = 0.0
    """Of the fused order."""

    @property
    def confidence(self) -> float:
        said = SENTENCE * max(self.sentence_cosines, default=0.0) + WHOLE * self.cosine + COVERED * self.covered
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, BIAS + said))))


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    """Sentences of the passage, word for word."""
    source: str
    passage: Passage
    confidence: float


def answer(candidates: Sequence[Candidate], sure_at: float = SURE_AT) -> Answer | None:
    """None where none of them answers it: that is said, rather than anything else."""
    best = max(candidates, key=lambda one: one.confidence, default=None)
    if best is None or best.confidence < sure_at or not best.passage.sentences:
        return None
    return Answer(quotation(best), best.passage.source, best.passage, round(best.confidence, 4))


def quotation(candidate: Candidate) -> str:
    """The best sentence, and those beside it that are about the same, the nearer first."""
    sentences, cosines = candidate.passage.sentences, candidate.sentence_cosines
    best = max(range(len(cosines)), key=lambda number: cosines[number])
    first = last = best
    for _ in range(MORE):
        beside = [number for number in (first - 1, last + 1) if 0 <= number < len(sentences)]
        nearest = max(beside, key=lambda number: cosines[number], default=None)
        if nearest is None or cosines[nearest] < NEAR * cosines[best]:
            break
        wider = (min(first, nearest), max(last, nearest))
        if len(" ".join(sentences[wider[0] : wider[1] + 1])) > QUOTED:
            break
        first, last = wider
    return " ".join(sentences[first : last + 1])


def covered(weights: Sequence[tuple[str, float]], held: frozenset[str]) -> float:
    """Of a question's stems with their weights, the share that a text has."""
    whole = sum(weight for _, weight in weights)
    return sum(weight for stem, weight in weights if stem in held) / whole if whole else 0.0
