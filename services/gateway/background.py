"""Named tasks that outlive the request that began them, bounded in number and ended with the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from appliance.errors import B2TError, Full

log = structlog.get_logger(__name__)

MAX_TASKS: Final = 4096


class Background:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run it; what goes wrong is logged. Raises Full where far too much is running."""
        if len(self._tasks) >= MAX_TASKS:
            work.close()
            raise Full("Too much is going on now.")
        task = asyncio.create_task(_logged(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)


async def _logged(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except B2TError as error:
        log.warning("task_failed", task=name, code=error.code, title=error.title)
    except Exception:
        log.exception("task_failed", task=name)
