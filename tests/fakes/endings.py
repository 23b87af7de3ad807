"""Bringing work of a test to its end."""

from __future__ import annotations

import asyncio
from typing import Any


async def ended(work: asyncio.Task[Any]) -> None:
    """Cancelled until it is over: what a library swallows on its way out is told again."""
    async with asyncio.timeout(30):
        while not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=1)
    if not work.cancelled():
        work.exception()
