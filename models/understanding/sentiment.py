"""How a turn is said: glad, plain, unhappy or angry, by a linear head on MiniLM's vector and hashed word groups.

English first, then German, Spanish and French; in other languages only what they share with those is seen. Trained by
`scripts/train/sentiment.py` on sentences put together there; the head lies beside this file.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from models.embedding.ctranslate2 import DIMENSIONS, MiniLM
from models.understanding.features import normalised

HEAD: Final = Path(__file__).with_name("sentiment.npz")
MOODS: Final = ("angry", "unhappy", "plain", "glad")
BUCKETS: Final = 8192
VALUES: Final = np.array([-1.0, -0.6, 0.0, 1.0], np.float32)
NEGATIVE: Final = -0.25
POSITIVE: Final = 0.25
_REFERENCE: Final = re.compile(r"<[A-Z_]+_(?:[0-9]+|r[0-9a-f]{10})>")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Mood:
    """`sentiment` from -1 (angry) to 1 (glad); `anger` is how likely the party is angry, 0 to 1."""

    sentiment: float
    anger: float

    @property
    def label(self) -> str:
        """`negative`, `neutral` or `positive`."""
        return "negative" if self.sentiment < NEGATIVE else "positive" if self.sentiment > POSITIVE else "neutral"


class Sentiment:
    """Safe to call from several threads."""

    def __init__(self, embedding: MiniLM, head: Path = HEAD) -> None:
        self._embedding, self._path = embedding, head

    @cached_property
    def _head(self) -> tuple[np.ndarray, np.ndarray]:
        with np.load(self._path, allow_pickle=False) as arrays:
            return np.asarray(arrays["weights"], np.float32), np.asarray(arrays["bias"], np.float32)

    def judge(self, text: str, language: str = "en", vector: np.ndarray | None = None) -> Mood:
        """`vector` is the text's, where it is known already."""
        if not _WORD.search(_REFERENCE.sub(" ", text)):
            return Mood(0.0, 0.0)
        weights, bias = self._head
        seen = features(self._embedding, [(text, language)], None if vector is None else vector[None, :])
        scores = (seen @ weights + bias)[0]
        raised = np.exp(scores - scores.max())
        shares = raised / raised.sum()
        return Mood(round(float(shares @ VALUES), 4), round(float(shares[0]), 4))


def features(embedding: MiniLM, texts: Sequence[tuple[str, str]], vectors: np.ndarray | None = None) -> np.ndarray:
    """[texts, 384 + buckets] of (text, language): hashed words, pairs of words and letters, of unit length; before
    them, for English alone, the vector."""
    seen = [" ".join(_REFERENCE.sub(" ", text).split()) for text, _ in texts]
    made = np.zeros((len(seen), DIMENSIONS + BUCKETS), np.float32)
    english = [row for row, (_, language) in enumerate(texts) if language.startswith("en")]
    if english:
        if vectors is None:
            vectors = embedding.embed_array([normalised(text) for text, _ in texts])
        made[english, :DIMENSIONS] = 2 * vectors[english]
    for row, text in enumerate(seen):
        counts = Counter(zlib.crc32(group.encode()) % BUCKETS for group in _groups(text))
        length = float(np.linalg.norm(list(counts.values()))) or 1.0
        for place, count in counts.items():
            made[row, DIMENSIONS + place] = count / length
    return made


def _groups(text: str) -> list[str]:
    words = _WORD.findall(text)
    lowered = [word.lower().replace("’", "'") for word in words]
    found = [f"w {word}" for word in lowered] + [f"p {one} {other}" for one, other in pairwise(lowered)]
    for word in lowered:
        marked = f" {word} "
        found += [f"c{marked[at : at + 4]}" for at in range(max(len(marked) - 3, 1))]
    if text.count("!") > 1:
        found.append("many exclamation marks")
    if len(words) > 2 and sum(word.isupper() and len(word) > 1 for word in words) > len(words) / 2:
        found.append("loud")
    return found
