"""All bases: what changes them builds the new index beside the old one, writes it down in one step, and swaps.

One thread makes indexes and another answers, so that an answer never waits for a document. What a base is found by, and
all that is heavy, is loaded when it is first asked: a box on which nobody asks holds none of it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from appliance.errors import B2TError, Invalid, Unavailable, Unknown
from appliance.knowledge import questions as q
from appliance.knowledge.answering import Candidate, answer
from appliance.knowledge.passages import Passage, passages
from services import faults
from services.retrieval.reader import read_apart, read_bytes
from services.retrieval.shelf import KEPT_BEFORE, Base, Kept, Part, Shelf, generation_of, recipe_of

if TYPE_CHECKING:
    from services.retrieval.index import Collections, Embedding, Index

log = structlog.get_logger(__name__)

BATCH: Final = 8
"""Texts embedded at once while indexing: so long may a question wait for the processor's cache."""
READING: Final = "The knowledge is being read."
READ_WITHIN_S: Final = 1.7
"""So long does a question wait for its bases to be loaded; whoever asks waits two seconds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    embedding: Embedding
    vectors: Collections


class Knowledge:
    def __init__(self, shelf: Shelf, tools: Callable[[], Tools], embedding: str) -> None:
        """`embedding` is the name of that of the tools, known before they are made."""
        self._shelf, self._make_tools, self._recipe = shelf, tools, recipe_of(embedding)
        self._tools: Tools | None = None
        self._making, self._filling = threading.Lock(), threading.Lock()
        self._bases: dict[str, Base] = {}
        self._indexes: dict[tuple[str, str], Index] = {}
        """By base and generation: of those that were asked since the start, or changed."""
        self._reading: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._problems: dict[str, tuple[str, ...]] = {}
        self._changing = asyncio.Lock()
        self._building = ThreadPoolExecutor(1, "building", initializer=mildly)
        self._asking = ThreadPoolExecutor(1, "asking")

    # ---- questions --------------------------------------------------------------------------------------------------

    async def ask(self, asked: q.Ask) -> q.Answered | q.NothingKnown:
        """Raises Unavailable where a base takes long to be loaded; it goes on being."""
        found = [self._as_asked(name, asked.generations.get(name)) for name in dict.fromkeys(asked.bases)]
        wanted = [base for base in found if base is not None]
        if not wanted:
            return q.NothingKnown()
        await self._load(wanted)
        there = [(base.name, self._indexes.get(_key(base))) for base in wanted]
        return await _run(self._asking, self._answer, asked, [(name, _loaded(index)) for name, index in there])

    def _answer(self, asked: q.Ask, indexes: list[tuple[str, Index]]) -> q.Answered | q.NothingKnown:
        assert self._tools is not None
        found = [
            (name, candidate)
            for name, index in indexes
            for candidate in index.candidates(asked.question, self._tools.embedding, asked.limit)
        ]
        found.sort(key=lambda item: -item[1].confidence)
        shown = tuple(_found(name, candidate) for name, candidate in found[: asked.limit])
        best = answer([candidate for _, candidate in found])
        if best is None:
            return q.NothingKnown(shown)
        return q.Answered(best.text, best.source, (best.passage.id,), best.confidence, shown)

    def _as_asked(self, name: str, generation: str | None) -> Base | None:
        """As it is in use; an agent's as it was before for a conversation that began with it."""
        base = self._bases.get(name)
        if base is None or generation in (None, generation_of(base.documents)):
            return base
        before = next((held for held in base.before if generation_of(held) == generation), None)
        return replace(base, documents=before) if before is not None else base

    async def _load(self, wanted: list[Base]) -> None:
        """Raises Unavailable where it takes long."""
        reading = [self._loading(base) for base in wanted if _key(base) not in self._indexes]
        if not reading:
            return
        done, late = await asyncio.wait(reading, timeout=READ_WITHIN_S)
        for task in done:
            task.result()
        if late:
            raise Unavailable(READING)

    def _loading(self, base: Base) -> asyncio.Task[None]:
        """Once, however many ask, and to its end also where nobody waits any more."""
        key = _key(base)
        if key not in self._reading:
            task = asyncio.create_task(self._take_up(base), name=f"load {base.name}")
            self._reading[key] = task
            task.add_done_callback(lambda done: self._loading_done(key, done))
        return self._reading[key]

    def _loading_done(self, key: tuple[str, str], done: asyncio.Task[None]) -> None:
        self._reading.pop(key, None)
        if not done.cancelled() and done.exception() is not None:
            log.error("base_not_loaded", base=key[0])

    async def _take_up(self, base: Base) -> None:
        """In the thread that answers: somebody waits. Raises Unavailable where the base changes meanwhile."""
        try:
            index = await self._built(base, self._asking)
        except OSError:
            raise Unavailable(READING) from None  # its documents went
        now = self._as_asked(base.name, _key(base)[1])
        if now is None or _key(now) != _key(base) or now.build != base.build:
            await _run(self._building, self._ready().vectors.drop, index.collection)
            raise Unavailable(READING)
        self._indexes[_key(base)] = index

    # ---- changes ----------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Know what bases there are. What has to be made anew, because it is read or cut otherwise now, is."""
        self._bases = {base.name: base for base in self._shelf.bases()}
        async with self._changing:
            for base in self._bases.values():
                for name, kept in base.documents.items():
                    await self._have_part(name, kept)

    async def load_all(self) -> None:
        """Have the index of every base made, as a server of vectors keeps them."""
        async with self._changing:
            for base in list(self._bases.values()):
                if _key(base) not in self._indexes:
                    await self._swap(base, await self._built(base))

    async def add(self, order: q.AddDocument) -> None:
        """A document of the same name is replaced. Raises Invalid, Unknown, Unavailable."""
        _check_own(order.base)
        async with self._changing:
            file = self._shelf.incoming(order.incoming)
            try:
                base = self._bases.get(order.base) or Base(order.base, order.language or "en", {})
                if order.language not in (None, base.language):
                    raise Invalid(f"The base {base.name} is of the language {base.language}.")
                kept = await self._taken(file)
                await self._part(order.name, kept)
                await self._change(replace(base, documents={**base.documents, order.name: kept}))
            finally:
                file.unlink(missing_ok=True)

    async def hold(self, order: q.HoldDocuments) -> None:
        """Have the documents of a version ready before it is published. Raises Invalid, Unknown, Unavailable."""
        if "." not in order.base:
            raise Invalid("A version's documents belong to a base of its agent: AGENT.NAME.")
        async with self._changing:
            files = {name: self._shelf.incoming(incoming) for name, incoming in order.documents.items()}
            try:
                documents = {name: await self._taken(file) for name, file in files.items()}
                for name, kept in documents.items():
                    await self._part(name, kept)
                await self._hold(order, documents)
            finally:
                for file in files.values():
                    file.unlink(missing_ok=True)

    async def _hold(self, order: q.HoldDocuments, documents: dict[str, Kept]) -> None:
        known = self._bases.get(order.base)
        if known is None:
            return await self._change(Base(order.base, order.language, documents, published=True))
        generation = generation_of(documents)
        if generation in (generation_of(held) for held in (known.documents, *known.before)):
            return await self._change(replace(known, published=True)) if not known.published else None
        await self._change(replace(known, published=True, before=(documents, *known.before)[:KEPT_BEFORE]))

    async def remove(self, order: q.RemoveDocument) -> None:
        """Raises Unknown, Invalid, Unavailable."""
        async with self._changing:
            base = self._known(order.base)
            if base.of_agent:
                _check_own(order.base)
            if order.name is not None and order.name not in base.documents:
                raise Unknown(f"The base {base.name} has no document of this name.")
            left = {name: kept for name, kept in base.documents.items() if order.name not in (None, name)}
            if left:
                return await self._change(replace(base, documents=left))
            await self._forget(base)

    async def reindex(self, order: q.Reindex) -> None:
        """Make every part anew, and swap. Raises Unknown, Unavailable."""
        names = [order.base] if order.base is not None else list(self._bases)
        for name in names:
            async with self._changing:
                base = self._known(name)
                for document, kept in base.documents.items():
                    await self._part(document, kept, anew=True)
                await self._change(replace(base, build=base.build + 1))

    async def take_agents(self, found: dict[str, tuple[str, dict[str, Path]]]) -> None:
        """The bases that agents bring: name → language and documents' files. Those no agent brings any more go."""
        async with self._changing:
            for name, (language, files) in found.items():
                try:
                    await self._take_agent(name, language, files)
                except B2TError as error:
                    self._problems[name] = (error.title,)
                    log.error("base_not_read", base=name, code=error.code)
            for base in [
                one for one in self._bases.values() if one.of_agent and not one.published and one.name not in found
            ]:
                await self._forget(base)

    async def _take_agent(self, name: str, language: str, files: dict[str, Path]) -> None:
        known = self._bases.get(name)
        documents: dict[str, Kept] = {}
        problems = []
        for document, file in files.items():
            try:
                kept = await self._taken(file)
                await self._have_part(document, kept)
            except Invalid as error:
                problems.append(error.title)
                log.error("document_not_read", base=name, code=error.code)
                continue
            same = known.documents.get(document) if known else None
            documents[document] = same if same and same.digest == kept.digest else kept
        self._problems[name] = tuple(problems)
        if known is None:
            return await self._put(Base(name, language, documents, of_agent=True))
        if (documents, language) == (known.documents, known.language):
            return
        generation = generation_of(documents)
        before = [known.documents, *known.before] if generation_of(known.documents) != generation else [*known.before]
        kept_before = tuple(one for one in before if generation_of(one) != generation)[:KEPT_BEFORE]
        await self._put(replace(known, language=language, documents=documents, before=kept_before))

    def rows(self) -> q.Bases:
        """Reads files for what nobody has asked yet."""
        return q.Bases(tuple(self._row(base) for _, base in sorted(self._bases.items())))

    def _row(self, base: Base) -> q.BaseRow:
        generation = generation_of(base.documents)
        index = self._indexes.get((base.name, generation))
        rows = tuple(q.DocumentRow(name, kept.size, kept.added) for name, kept in sorted(base.documents.items()))
        count = len(index.passages) if index else self._passages(base)
        problems = self._problems.get(base.name, ())
        return q.BaseRow(base.name, base.language, generation, count, rows, base.of_agent, problems)

    def _passages(self, base: Base) -> int:
        parts = (self._shelf.part(name, kept.digest, self._recipe) for name, kept in base.documents.items())
        return sum(len(part.passages) for part in parts if part is not None)

    def close(self) -> None:
        for task in self._reading.values():
            task.cancel()
        self._building.shutdown(wait=True, cancel_futures=True)
        self._asking.shutdown(wait=True, cancel_futures=True)

    # ---- the steps of a change --------------------------------------------------------------------------------------

    async def _put(self, base: Base) -> None:
        """The same change where nobody has asked for the base yet: its index is made when somebody does."""
        if any(name == base.name for name, _ in self._indexes):
            return await self._change(base)
        await _run(self._building, self._shelf.put, base)
        self._bases[base.name] = base
        await _run(self._building, self._shelf.sweep, self._recipe)

    async def _change(self, base: Base) -> None:
        """Beside, then in one step, then swap: killed anywhere, what is on disk is the old base or the new one."""
        index = await self._built(base)
        faults.point("retrieval.built")
        await _run(self._building, self._shelf.put, base)
        faults.point("retrieval.written")
        await self._swap(base, index)
        faults.point("retrieval.swapped")
        await _run(self._building, self._shelf.sweep, self._recipe)

    async def _swap(self, base: Base, index: Index) -> None:
        generation = generation_of(base.documents)
        old = {key for key in self._indexes if key[0] == base.name and key[1] != generation}
        replaced = self._indexes.get((base.name, generation))
        self._bases[base.name] = base
        self._indexes[(base.name, generation)] = index
        unused = [self._indexes.pop(key) for key in old] + ([replaced] if replaced else [])
        vectors = self._ready().vectors
        await _run(self._building, vectors.name, f"b2t-{base.name.replace('.', '-')}", index.collection)
        await _run(self._asking, lambda: None)  # whoever asks is done with the old one after this
        for one in unused:
            if one.collection != index.collection:
                await _run(self._building, vectors.drop, one.collection)

    async def _forget(self, base: Base) -> None:
        await _run(self._building, self._shelf.remove, base.name)
        self._bases.pop(base.name, None)
        self._problems.pop(base.name, None)
        gone = [self._indexes.pop(key) for key in list(self._indexes) if key[0] == base.name]
        await _run(self._asking, lambda: None)
        for index in gone:
            await _run(self._building, self._ready().vectors.drop, index.collection)
        await _run(self._building, self._shelf.sweep, self._recipe)

    async def _built(self, base: Base, pool: ThreadPoolExecutor | None = None) -> Index:
        parts = [await self._part(name, kept, pool=pool) for name, kept in sorted(base.documents.items())]
        return await _run(pool or self._building, self._index_of, base, parts)

    def _index_of(self, base: Base, parts: list[Part]) -> Index:
        import numpy as np

        from services.retrieval.index import Index

        tools = self._ready()
        found = tuple(passage for part in parts for passage in part.passages)
        collection = f"b2t-{base.name.replace('.', '-')}-{generation_of(base.documents)}-{base.build}"
        with self._filling:
            if found and not tools.vectors.holds(collection, len(found)):
                vectors = np.concatenate([part.array() for part in parts if part.passages])
                tools.vectors.fill(collection, vectors, [passage.id for passage in found])
        return Index(collection, base.language, found, tools.vectors)

    async def _taken(self, file: Path) -> Kept:
        raw = await _run(self._building, read_bytes, file)
        digest = await _run(self._building, self._shelf.keep, raw)
        faults.point("retrieval.kept")
        return Kept(digest, len(raw), datetime.now(UTC).isoformat(timespec="seconds"))

    async def _have_part(self, name: str, kept: Kept) -> None:
        """Make it where it is not there. Raises UnreadableDocument."""
        if not self._shelf.has_part(name, kept.digest, self._recipe):
            await self._part(name, kept)

    async def _part(self, name: str, kept: Kept, *, anew: bool = False, pool: ThreadPoolExecutor | None = None) -> Part:
        """A document's passages and vectors: as they were made before, or made now. Raises UnreadableDocument."""
        if not anew:
            part = await _run(pool or self._building, self._shelf.part, name, kept.digest, self._recipe)
            if part is not None:
                return part
        document = await read_apart(name, self._shelf.document(kept.digest))
        return await _run(self._building, self._embedded, name, kept.digest, tuple(passages(document)))

    def _embedded(self, name: str, digest: str, cut: tuple[Passage, ...]) -> Part:
        import numpy as np

        texts = [passage.context for passage in cut]
        rows = [self._ready().embedding.embed_array(batch) for batch in _batches(texts)]
        part = self._shelf.put_part(name, digest, self._recipe, cut, np.concatenate(rows))
        faults.point("retrieval.part_written")
        return part

    def _ready(self) -> Tools:
        with self._making:
            if self._tools is None:
                self._tools = self._make_tools()
            return self._tools

    def _known(self, name: str) -> Base:
        base = self._bases.get(name)
        if base is None:
            raise Unknown(f"There is no knowledge base {name}.")
        return base


def _key(base: Base) -> tuple[str, str]:
    return base.name, generation_of(base.documents)


def _loaded(index: Index | None) -> Index:
    if index is None:
        raise Unavailable(READING)  # it changed while it was loaded
    return index


def _check_own(name: str) -> None:
    if "." in name:
        raise Invalid(f"The base {name} belongs to an agent: its documents are in the agent's folder knowledge/.")


def _found(base: str, one: Candidate) -> q.Found:
    passage = one.passage
    figures = (round(one.confidence, 4), round(one.cosine, 4), round(one.covered, 4))
    return q.Found(passage.id, base, passage.source, passage.text, *figures)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(texts), BATCH):
        yield texts[first : first + BATCH]


async def _run(pool: ThreadPoolExecutor, work: Callable[..., T], *values: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work, *values)


def mildly() -> None:
    """Indexing leaves the processor to whoever talks."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
