"""Takes the event log in groups, one transaction each, and answers `b2t.insights.query`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog
from pydantic import ValidationError

from appliance.adapters.duckdb import EncryptedDatabase, read_key
from appliance.adapters.nats import Bus
from appliance.config import Paths, RetentionConfig
from appliance.errors import B2TError, Conflict, Invalid
from appliance.insights.queries import QUERY, QUERY_ANSWER, AskSummary, Query, QueryAnswer, QueryRefused
from appliance.insights.rows import Row, read_batch, rows_of
from appliance.privacy.forgetting import FORGET, FORGOTTEN, INSIGHTS, MOST, Forget, Forgotten
from appliance.privacy.retention import Ended, Held, over
from services import faults
from services.insights.figures import conversations, summary
from services.insights.store import InsightsStore
from services.unit import Unit

log = structlog.get_logger(__name__)

STREAM: Final = "CONVERSATIONS"
SUBJECT: Final = "b2t.conversation.*"
LOOK_EVERY_S: Final = 0.5
"""What was stored meanwhile is written in one go: a transaction costs more than its rows."""
GROUP: Final = 256

T = TypeVar("T")


def open_store(paths: Paths) -> InsightsStore:
    """The database under the data folder. Its key is a file of its own until the vault lends keys for stores."""
    folder = paths.folder("insights")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = read_key(paths.secrets / "insights.key")
    return InsightsStore(EncryptedDatabase(folder / "insights.duckdb", key))


class Insights:
    """One store, one thread that touches it."""

    def __init__(self, bus: Bus, store: InsightsStore, retention: RetentionConfig | None = None) -> None:
        self._bus, self._store = bus, store
        self._retention = retention or RetentionConfig()
        self._removed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb")

    async def check_log(self) -> None:
        """Raises Conflict where the event log is not the one that was counted: it would be counted wrongly."""
        end, taken = await self._bus.stream_end(STREAM), await self._in_thread(self._store.taken)
        if taken > end:
            raise Conflict(
                f"The event log ends at {end}, but insights has counted up to {taken}: it is not the log that was"
                " counted. Remove the folder insights under the data folder, and it is counted anew."
            )

    async def take_all(self) -> None:
        """Take the event log for ever, from where the store says it is complete; nothing else keeps the place."""
        taken = await self._in_thread(self._store.taken)
        while True:
            try:
                async for group in self._groups(taken):
                    await self._in_thread(self._store.take, group)
                    taken = group[-1][0]
                    faults.point("insights.written")
            except B2TError as error:
                log.warning("rows_not_taken", code=error.code, title=error.title)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _groups(self, after: int) -> AsyncIterator[list[tuple[int, list[Row]]]]:
        """What is stored after a sequence, as rows, in groups for one transaction each."""
        group: list[tuple[int, list[Row]]] = []
        async for sequence, data in self._bus.read(STREAM, SUBJECT, after=after):
            group.append((sequence, _rows(sequence, data)))
            if len(group) == GROUP:
                yield group
                group = []
        if group:
            yield group

    async def _in_thread(self, work: Callable[..., T], *values: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    async def answer(self, raw: bytes) -> bytes:
        try:
            ask = QUERY.validate_json(raw)
            answer: QueryAnswer = await self._in_thread(self._answer, ask)
        except ValidationError:
            answer = QueryRefused(Invalid.code, "The query is not understood.")
        except B2TError as error:
            answer = QueryRefused(error.code, error.title, error.retryable)
        return QUERY_ANSWER.dump_json(answer)

    async def forget(self, raw: bytes) -> bytes:
        """Remove rows: of the conversations named, and of those whose figures have been kept long enough."""
        try:
            asked = FORGET.validate_json(raw)
            count = await self._in_thread(self._forget, asked)
            return FORGOTTEN.dump_json(Forgotten(removed=count))
        except ValidationError:
            return FORGOTTEN.dump_json(Forgotten(code=Invalid.code, title="Insights did not understand the question."))
        except B2TError as error:
            log.warning("not_forgotten", code=error.code, title=error.title)
            return FORGOTTEN.dump_json(Forgotten(code=error.code, title=error.title))

    def _forget(self, asked: Forget) -> int:
        going = list(asked.conversations)
        if asked.purge:
            held = Held(frozenset(asked.keep))
            ended = (Ended(*row) for row in self._store.ended())
            due = over(self._retention, "analytics", ended, datetime.now(UTC))
            going += [one.conversation for one in due if not held.holds(one.conversation)]
        if asked.dry_run:
            return len(going)
        count = sum(self._store.forget(going[at : at + MOST]) for at in range(0, len(going), MOST))
        self._removed = self._removed or count > 0
        if asked.rewrite and self._removed:
            self._store.database.write_anew()
            self._removed = False
        return count

    def _answer(self, ask: Query) -> QueryAnswer:
        if isinstance(ask, AskSummary):
            return summary(self._store.database, ask, datetime.now(UTC).date(), self._store.taken())
        return conversations(self._store.database, ask)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self._store.close()


def _rows(sequence: int, data: bytes) -> list[Row]:
    try:
        batch = read_batch(data)
    except Invalid:
        log.error("batch_not_read", sequence=sequence)
        return []
    if batch.unread:
        log.warning("events_not_known", sequence=sequence, count=batch.unread)
    return rows_of(sequence, batch)


async def run(unit: Unit) -> None:
    insights = Insights(unit.bus, open_store(unit.paths), unit.config.retention)
    await insights.check_log()
    unit.parts["database"] = "ok"
    stops = [
        await unit.bus.serve("b2t.insights.query", insights.answer, queue="insights"),
        await unit.bus.serve(INSIGHTS, insights.forget, queue="insights", limit=1),
    ]
    unit.ready()
    try:
        await insights.take_all()
    finally:
        for stop in stops:
            await stop()
        insights.close()
