"""How well a draft is understood beside the version that it follows: asked of inference, once however many ask."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from appliance.agents.loading import Version
from appliance.agents.understood import Taught, Understood, lessons, taught

KEPT: Final = 16


class Inference(Protocol):
    async def measure(self, draft: Taught, published: Taught | None = None, language: str = "en") -> Understood: ...


class Measuring:
    """What was measured is kept: who was told that it took too long asks again, and is answered at once."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._measured: OrderedDict[tuple[str, str], asyncio.Task[dict[str, Understood]]] = OrderedDict()

    async def figures(self, draft: Version, published: Version | None) -> dict[str, Understood]:
        """By locale, of languages whose examples are others than before. Raises Unavailable, Invalid."""
        key = (draft.version, published.version if published is not None else "")
        running = self._measured.get(key)
        if running is None or (running.done() and running.exception() is not None):
            running = asyncio.create_task(self._figures(draft, published), name=f"measure {draft.name}")
            self._measured[key] = running
            while len(self._measured) > KEPT:
                self._measured.popitem(last=False)
        return await asyncio.shield(running)

    async def _figures(self, draft: Version, published: Version | None) -> dict[str, Understood]:
        return {
            locale: await self._inference.measure(
                taught(own), taught(theirs) if theirs is not None else None, locale.partition("-")[0]
            )
            for locale, own, theirs in lessons(draft, published)
        }
