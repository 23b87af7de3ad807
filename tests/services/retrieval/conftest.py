"""Knowledge with an embedding of words alone: the real one takes a second to load, and is tried where it is meant."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.knowledge import questions as q
from appliance.knowledge.words import stems
from services.retrieval.knowledge import Knowledge, Tools
from services.retrieval.shelf import Shelf


class WordVectors:
    """Texts that share words are near each other."""

    name = "words"

    def __init__(self) -> None:
        self.texts = 0

    def embed_array(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += len(texts)
        rows = np.full((len(texts), 64), 1e-6, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for stem in stems(text, "en"):
                row[zlib.crc32(stem.encode()) % 64] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


class Blind:
    """Vectors that are kept nowhere, for a process that is killed before anybody asks."""

    def holds(self, collection: str, count: int) -> bool:
        return True

    def name(self, alias: str, collection: str) -> None: ...

    def drop(self, collection: str) -> None: ...


@dataclass
class Desk:
    """Knowledge over a folder, as the service holds it."""

    folder: Path
    embedding: WordVectors
    vectors: Any
    knowledge: Knowledge

    async def add(self, name: str, content: str | bytes, base: str = "faq") -> None:
        raw = content.encode() if isinstance(content, str) else content
        incoming = uuid.uuid4().hex
        (self.folder / "incoming" / incoming).write_bytes(raw)
        await self.knowledge.add(q.AddDocument(base, name, incoming))

    async def said(self, question: str, base: str = "faq", **generations: str) -> str | None:
        given = {name.replace("__", "."): one for name, one in generations.items()}
        reply = await self.knowledge.ask(q.Ask(question, (base,), given))
        return reply.text if isinstance(reply, q.Answered) else None

    def again(self) -> Desk:
        """As after a restart."""
        return desk_over(self.folder)


def desk_over(folder: Path, vectors: Any = None) -> Desk:
    embedding = WordVectors()
    if vectors is None:
        from appliance.adapters.qdrant import Vectors

        vectors = Vectors(None)
    knowledge = Knowledge(Shelf(folder), lambda: Tools(embedding, vectors), embedding.name)
    return Desk(folder, embedding, vectors, knowledge)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, a question waits until its bases are loaded."""
    monkeypatch.setattr("services.retrieval.knowledge.READ_WITHIN_S", 90)
    monkeypatch.setattr("services.retrieval.service.READ_WITHIN_S", 90)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = desk_over(tmp_path / "retrieval")
    await made.knowledge.open()
    yield made
    made.knowledge.close()
