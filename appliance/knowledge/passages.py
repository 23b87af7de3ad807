"""`passages`: a document cut where its headings are, and further where a section is long, with a sentence's overlap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from pydantic import TypeAdapter

from appliance.knowledge.document import Block, Document
from appliance.knowledge.words import sentences

CUT: Final = 1
"""Of this way of cutting; what was cut in another way is cut anew."""
WORDS: Final = 110
"""A passage's size: it holds an answer with what belongs to it, and fits into what the embedding model reads."""
LONGEST: Final = 220
OVERLAP: Final = 30
"""Words of the sentence before that a further passage of a section begins with, at most."""
MAX_PASSAGES: Final = 20_000
"""Of one document."""


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    """The same for the same words at the same place."""
    title: str
    headings: tuple[str, ...]
    page: int | None
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def context(self) -> str:
        """Its words with the headings that it stands under: what it is found by."""
        return ". ".join((*self.headings[-2:], self.text)) if self.headings else f"{self.title}. {self.text}"

    @property
    def source(self) -> str:
        """As it is cited: document, innermost heading, page."""
        parts = [self.title]
        if self.headings and self.headings[-1] != self.title:
            parts.append(self.headings[-1].rstrip("?!.:"))
        if self.page is not None:
            parts.append(f"page {self.page}")
        return ", ".join(parts)


PASSAGES: TypeAdapter[tuple[Passage, ...]] = TypeAdapter(tuple[Passage, ...])


def passages(document: Document) -> Iterator[Passage]:
    made = 0
    for headings, section in groupby(document.blocks, key=lambda block: block.headings):
        for page, held in _packed(list(section)):
            if made == MAX_PASSAGES:
                return
            made += 1
            named = "\0".join((document.title, *headings, str(page), *held))
            yield Passage(hashlib.sha256(named.encode()).hexdigest()[:32], document.title, headings, page, tuple(held))


def _packed(section: list[Block]) -> Iterator[tuple[int | None, list[str]]]:
    held: list[str] = []
    page: int | None = None
    words = fresh = 0
    for block in section:
        if block.row:
            if fresh:
                yield page, held
            yield block.page, list(_pieces(block.text))
            held, words, fresh = [], 0, 0
            continue
        for sentence in _pieces(block.text):
            count = len(sentence.split())
            if fresh and words + count > WORDS:
                yield page, held
                held = held[-1:] if len(held[-1].split()) <= OVERLAP else []
                words, fresh = sum(len(one.split()) for one in held), 0
            if not fresh:
                page = block.page
            held.append(sentence)
            words += count
            fresh += 1
    if fresh:
        yield page, held


def _pieces(text: str) -> Iterator[str]:
    """Its sentences; one that is endless is cut."""
    for sentence in sentences(text):
        words = sentence.split()
        for first in range(0, len(words), LONGEST):
            yield " ".join(words[first : first + LONGEST])
