"""`b2t.inference.generate`: one answer a session, its text sent as it is made. Nothing is kept.

A session that is cancelled, or whose opener is gone, stops the engine at its next token.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from appliance.adapters.nats import Bus
from appliance.errors import B2TError, Unavailable
from appliance.ports import Bounds, LanguageModel, Piece, Prompt, Shape
from appliance.streams import GENERATION_OPENERS, OPEN_GENERATION, OPENING_GENERATION, Kind, OpenGeneration
from models import registry
from services import faults
from services.inference.sessions import Session, SessionHost, Work
from services.unit import Unit

log = structlog.get_logger(__name__)

MADE_AHEAD: Final = 256
"""Pieces that may wait for the opener's credit; further ones wait to be made."""
STOPPED_WITHIN_S: Final = 2.0
"""So long does a session keep its place, once it is over, for the engine to stop."""


def load(unit: Unit) -> LanguageModel | None:
    """The model that the configuration names; None where it cannot be used, and why stands in the unit's status."""
    config = unit.config.inference
    name = config.language_model
    part = "language_model"
    if name is None:
        unit.parts[part] = "The configuration names no language model."
        return None
    try:
        engine: LanguageModel = registry.load(
            "language_model",
            name,
            folder=unit.paths.folder("models") / name,
            context=config.language_model_context,
            threads=config.language_model_threads or None,
            gpu_layers=config.language_model_gpu_layers,
        )
    except B2TError as error:
        unit.parts[part] = error.title
        log.error("language_model_not_loaded", code=error.code, title=error.title)
        return None
    unit.parts[f"{part} {engine.capabilities.model}"] = "ok"
    log.info("language_model_loaded", engine=engine.capabilities.name, model=engine.capabilities.model)
    return engine


class Generating:
    def __init__(self, engine: LanguageModel, threads: ThreadPoolExecutor) -> None:
        self._engine, self._threads = engine, threads

    def host(self, bus: Bus, limit: int) -> SessionHost[OpenGeneration]:
        name = self._engine.capabilities.name
        return SessionHost(
            bus,
            OPEN_GENERATION,
            OPENING_GENERATION,
            self.begin,
            engine=name,
            limit=limit,
            openers=GENERATION_OPENERS,
        )

    async def begin(self, opening: OpenGeneration) -> Work:
        async def work(session: Session) -> None:
            making = _Making(self._engine, opening)
            made = asyncio.get_running_loop().run_in_executor(self._threads, making.run)
            try:
                while (piece := await making.next()) is not None:
                    if piece.text:
                        await session.send(Kind.TEXT, piece.text.encode())
                    faults.point("inference.generated")
                    if piece.end is not None:
                        await made
                        return await session.send(Kind.END, piece.end.encode())
                await made  # raises what the engine raised
                raise Unavailable("The language model came to no end.")
            finally:
                making.stop()
                await asyncio.shield(asyncio.wait({made}, timeout=STOPPED_WITHIN_S))

        return work


class _Making:
    """The engine running in a thread, and what it has made so far."""

    def __init__(self, engine: LanguageModel, opening: OpenGeneration) -> None:
        self._engine, self._opening = engine, opening
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[Piece | None] = asyncio.Queue(MADE_AHEAD)
        self._stopped = threading.Event()

    def run(self) -> None:
        """In a thread. Raises what the engine raises."""
        try:
            for piece in self._pieces():
                self._put(piece)
                if self._stopped.is_set():
                    return
        finally:
            self._put(None)

    def _pieces(self) -> Iterator[Piece]:
        asked = self._opening
        return self._engine.generate(
            Prompt(asked.rules, asked.given),
            Shape(asked.schema, asked.grammar),
            Bounds(asked.tokens, asked.within_ms / 1000),
            self._stopped.is_set,
        )

    def _put(self, piece: Piece | None) -> None:
        if not self._stopped.is_set():
            put = asyncio.run_coroutine_threadsafe(self._made.put(piece), self._loop)
            while not self._stopped.is_set():
                try:
                    return put.result(0.05)
                except TimeoutError:
                    continue
            put.cancel()

    async def next(self) -> Piece | None:
        return await self._made.get()

    def stop(self) -> None:
        self._stopped.set()
