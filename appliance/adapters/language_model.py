"""A language model as dialogue uses it: a session with the inference service over the bus for every answer.

Counterpart of `services.inference.language_model`. Whoever leaves an answer, or is killed, ends the work: the worker is
told, or misses the beats.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Final, Literal, cast

from appliance import errors
from appliance.adapters.nats import Bus
from appliance.adapters.speech import OPEN_WITHIN_S, Session
from appliance.ports import Bounds, Piece, Prompt, Shape
from appliance.streams import (
    OPEN_GENERATION,
    OPENING_GENERATION,
    Frame,
    Kind,
    Opener,
    OpenGeneration,
    StreamBroken,
)

WINDOW: Final = 32
MOST: Final = 32_000
"""Characters of an answer, whatever its tokens are."""
LATE_S: Final = 0.5
"""So much longer than the model's own time is waited for its last word."""


class LanguageModelClient:
    """Opens sessions. One for each process is enough; it holds no state."""

    def __init__(self, bus: Bus, opener: Opener) -> None:
        self._bus = bus
        self._opener: Opener = opener

    def generate(self, prompt: Prompt, shape: Shape = Shape(), bounds: Bounds = Bounds()) -> Generation:  # noqa: B008
        """The answer, piece by piece. Returns at once; opening goes on behind."""
        opening = OpenGeneration(
            session=secrets.token_hex(16),
            rules=prompt.rules,
            given=prompt.given,
            schema=shape.schema,
            grammar=shape.grammar,
            tokens=bounds.tokens,
            within_ms=max(1, round(bounds.within_s * 1000)),
            credits=WINDOW,
        )
        return Generation(self._bus, self._opener, opening.session, OPENING_GENERATION.dump_json(opening))

    async def answer(self, prompt: Prompt, shape: Shape = Shape(), bounds: Bounds = Bounds()) -> str:  # noqa: B008
        """The whole answer, once it ended by itself. Raises Unavailable where it does not come in time, Full where the
        model answers others, and Invalid for what it cannot take and for an answer that is too long."""
        said: list[str] = []
        try:
            async with (
                asyncio.timeout(bounds.within_s + OPEN_WITHIN_S + LATE_S),
                self.generate(prompt, shape, bounds) as pieces,
            ):
                async for piece in pieces:
                    said.append(piece.text)
                    if sum(map(len, said)) > MOST:
                        raise errors.Invalid("The language model does not come to an end.")
                    if piece.end == "length":
                        raise errors.Invalid("The language model's answer is cut off.")
                    if piece.end == "time":
                        raise errors.Unavailable("The language model took too long.")
        except TimeoutError:
            raise errors.Unavailable("The language model took too long.") from None
        return "".join(said)


class Generation(Session):
    """One answer being made: iterate for its pieces; `close` (or leaving `async with`) stops the work at once."""

    def __init__(self, bus: Bus, opener: Opener, session: str, opening: bytes) -> None:
        super().__init__(bus, opener, session, OPEN_GENERATION, opening, window=WINDOW)
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue(WINDOW + 2)

    def __aiter__(self) -> AsyncIterator[Piece]:
        return self

    async def __anext__(self) -> Piece:
        """Raises Unavailable where the worker is gone before the answer was whole, and what it refused with."""
        piece = await self._pieces.get()
        if piece is None:
            self._pieces.put_nowait(None)
            if self._failure is not None:
                raise self._failure
            raise StopAsyncIteration
        if piece.end is None and not self._over.is_set():
            credit = self._endpoint.consumed(self._loop.time())
            if credit is not None:
                await self._bus.publish(self._inward, credit)
        return piece

    def _on_frame(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.TEXT:
                if self._pieces.qsize() >= WINDOW:
                    raise StreamBroken("The language model sends more than it was allowed.")
                self._pieces.put_nowait(Piece(_text(frame.payload)))
            case Kind.END:
                end = _text(frame.payload)
                if end not in ("stop", "length", "time"):
                    raise StreamBroken("A frame of the session is malformed.")
                self._pieces.put_nowait(Piece("", cast(Literal["stop", "length", "time"], end)))
                self._over.set()
            case _:
                super()._on_frame(frame)

    def _ended(self) -> None:
        if self._pieces.full():
            self._pieces.get_nowait()
        self._pieces.put_nowait(None)


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise StreamBroken("A frame of the session is malformed.") from None
