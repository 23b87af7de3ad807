"""Changes to who may do what: checked, put on record and made in one transaction; without its entry none is made.

The audit log is told while the transaction is open, so what was checked still holds when it is told, and what is told
still holds when it is made. A change that fails then is told again, as failed; one that is cut off by a crash leaves
an entry of what did not happen, never the other way round.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection

from appliance.errors import B2TError, Unavailable
from services import faults
from services.gateway.records import Records

Result = TypeVar("Result")

TOLD_S: Final = 3.0
"""Less than another writer waits for the database."""


class Audit(Protocol):
    """`services.unit.Unit`, as far as it is needed here."""

    async def audit(self, action: str, *, message_id: str | None = None, **fields: str | int | bool | None) -> None: ...

    async def audit_soon(self, action: str, **fields: str | int | bool | None) -> None: ...


Entry = tuple[str, dict[str, str | None]]
"""An action and its fields."""


class Tell:
    """`tell(action, **fields)` blocks until the audit log has it, `tell.all` until it has each. Raises Unavailable."""

    def __init__(self, unit: Audit, loop: asyncio.AbstractEventLoop) -> None:
        self._unit = unit
        self._loop = loop
        self.told: list[Entry] = []

    def __call__(self, action: str, **fields: str | None) -> None:
        self.all([(action, fields)])

    def all(self, entries: Sequence[Entry]) -> None:
        self.told += entries  # one that is not confirmed may be there all the same
        _wait(self._send(entries), self._loop)
        faults.point("gateway.change_told")

    async def _send(self, entries: Sequence[Entry]) -> None:
        sending = [self._unit.audit(action, result="done", **fields) for action, fields in entries]
        for failed in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed


class Made:
    """Counts changes and sign-outs, so that one made while somebody looks is not missed."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def announce(self) -> None:
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, count: int, timeout_s: float) -> None:
        """Until there are more than these, or the time is over; for changes of other processes there is the time."""
        if self.count == count:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._next.wait(), timeout_s)


class Changes:
    """One at a time in this process; the database keeps those of other processes apart."""

    def __init__(self, records: Records, unit: Audit) -> None:
        self._records = records
        self._unit = unit
        self._changing = asyncio.Lock()
        self.made = Made()
        """Told after every change and sign-out, so that what hangs on a session looks again at once."""

    async def make(self, work: Callable[[Connection, Tell], Result]) -> Result:
        """`work` checks, tells, then changes. Raises Unavailable where the log or the records do not take it."""
        tell = Tell(self._unit, asyncio.get_running_loop())
        async with self._changing:
            try:
                result = await self._records.writing(lambda connection: work(connection, tell))
            except B2TError:
                for action, fields in tell.told:
                    await self._unit.audit_soon(action, result="failed", **fields)
                raise
        self.made.announce()
        return result


def _wait(telling: Awaitable[None], loop: asyncio.AbstractEventLoop) -> None:
    async def within() -> None:
        async with asyncio.timeout(TOLD_S):
            await telling

    try:
        asyncio.run_coroutine_threadsafe(within(), loop).result(TOLD_S + 1)  # a loop that stops tells nothing any more
    except (TimeoutError, CancelledError, Unavailable):
        raise Unavailable("This cannot be put on record now, so it was not done.") from None
