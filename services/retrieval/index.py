"""One generation of one base in memory: found by words and by meaning. It never changes; a new one takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from appliance.knowledge.answering import Candidate, covered
from appliance.knowledge.bm25 import Bm25
from appliance.knowledge.fusion import fused
from appliance.knowledge.passages import Passage
from appliance.knowledge.words import stems

LOOKED_AT: Final = 50
"""Of each of the two orders."""
WEIGHED: Final = 4
"""Passages whose sentences are compared with the question one by one."""


class Embedding(Protocol):
    name: str

    def embed_array(self, texts: Sequence[str]) -> np.ndarray: ...


class Collections(Protocol):
    """`appliance.adapters.qdrant.Vectors`."""

    def holds(self, collection: str, count: int) -> bool: ...

    def fill(self, collection: str, vectors: np.ndarray, ids: Sequence[str]) -> None: ...

    def name(self, alias: str, collection: str) -> None: ...

    def nearest(self, collection: str, vector: np.ndarray, limit: int) -> list[tuple[int, float]]: ...

    def drop(self, collection: str) -> None: ...

    def collections(self) -> list[str]: ...


class Index:
    def __init__(self, collection: str, language: str, passages: tuple[Passage, ...], vectors: Collections) -> None:
        self.collection, self.passages = collection, passages
        self._language, self._vectors = language, vectors
        texts = [stems(passage.context, language) for passage in passages]
        self._held = [frozenset(words) for words in texts]
        self._bm25 = Bm25(texts)

    def candidates(self, question: str, embedding: Embedding, limit: int) -> list[Candidate]:
        """The best of the fused order, each weighed."""
        if not self.passages:
            return []
        words = stems(question, self._language)
        vector = embedding.embed_array([question])[0]
        near = self._vectors.nearest(self.collection, vector, LOOKED_AT)
        shared = self._bm25.best(words, LOOKED_AT)
        order = fused([number for number, _ in near], [number for number, _ in shared])[: max(limit, WEIGHED)]
        weights = [(word, self._bm25.weight(word)) for word in dict.fromkeys(words)]
        return self._weighed(vector, dict(near), order, weights, embedding)

    def _weighed(
        self,
        vector: np.ndarray,
        near: dict[int, float],
        order: list[tuple[int, float]],
        weights: list[tuple[str, float]],
        embedding: Embedding,
    ) -> list[Candidate]:
        chosen = [self.passages[number] for number, _ in order]
        texts = [text for passage in chosen for text in (*_in_context(passage), passage.context)]
        cosines = iter((embedding.embed_array(texts) @ vector).tolist())
        found = []
        for (number, score), passage in zip(order, chosen, strict=True):
            each = tuple(next(cosines) for _ in passage.sentences)
            whole = next(cosines)
            share = covered(weights, self._held[number])
            found.append(Candidate(passage, near.get(number, whole), each, share, score))
        return found


def _in_context(passage: Passage) -> list[str]:
    """A sentence means what it means under its heading."""
    heading = passage.headings[-1] if passage.headings else ""
    return [f"{heading}. {sentence}" if heading else sentence for sentence in passage.sentences]
