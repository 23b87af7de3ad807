"""The event log becomes rows once, however often the process dies; queries count them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from appliance.adapters.nats import Bus, conversation_subject
from appliance.config import Paths
from appliance.errors import Conflict, Unavailable
from appliance.events import (
    BATCH,
    Batch,
    Channel,
    ConversationEnded,
    ConversationStarted,
    Event,
    LegAttached,
    Modality,
    TurnHeard,
    TurnMeasured,
    TurnUnderstood,
    Understanding,
)
from appliance.insights.queries import QUERY_ANSWER, AskConversations, AskSummary, ConversationList, QueryRefused
from services.insights.figures import conversations, summary
from services.insights.service import Insights, open_store
from services.insights.store import InsightsStore
from tests.conftest import NatsServer

TODAY = date(2026, 3, 10)


def batch(conversation: str, at: datetime, *events: Event, number: int = 1) -> bytes:
    return BATCH.dump_json(
        Batch(
            conversation=conversation,
            agent="banking",
            version="v1",
            number=number,
            taken=number,
            at=at.isoformat(),
            events=events,
        )
    )


def talk(conversation: str, at: datetime, outcome: str, channel: Channel = Channel.PHONE) -> list[bytes]:
    """A conversation of one turn, as three batches."""
    heard = TurnHeard(f"{conversation}-t", f"{conversation}-l", Modality.TEXT, f"{conversation}-i")
    understood = TurnUnderstood(f"{conversation}-t", Understanding("balance", 0.9))
    measured = TurnMeasured(f"{conversation}-t", {"understood": 4.0, "decided": 2.0})
    opened = (ConversationStarted("banking", "v1", channel, "en"), LegAttached(f"{conversation}-l", channel))
    ended = ConversationEnded("goodbye", outcome)  # type: ignore[arg-type]
    return [
        batch(conversation, at, *opened),
        batch(conversation, at, heard, understood, measured, number=2),
        batch(conversation, at, ended, number=3),
    ]


@pytest.fixture
def store(tmp_path: Path) -> AsyncIterator[InsightsStore]:
    opened = open_store(Paths(tmp_path))
    yield opened
    opened.close()


async def taken_up_to(store: InsightsStore, sequence: int) -> None:
    async with asyncio.timeout(20):
        while store.taken() < sequence:
            await asyncio.sleep(0.02)


async def test_a_rebuild_from_the_log_gives_equal_rows(bus: Bus, store: InsightsStore, tmp_path: Path) -> None:
    last = 0
    for number in range(300):
        for data in talk(f"c{number}", datetime(2026, 3, 9, 8, tzinfo=UTC), "contained"):
            last = await bus.append(conversation_subject(f"c{number}"), data)
    insights, again = Insights(bus, store), open_store(Paths(tmp_path / "again"))
    rebuilt = Insights(bus, again)
    first = asyncio.create_task(insights.take_all())
    await taken_up_to(store, last)
    for data in talk("late", datetime(2026, 3, 9, 9, tzinfo=UTC), "abandoned"):
        last = await bus.append(conversation_subject("late"), data)
    second = asyncio.create_task(rebuilt.take_all())
    await taken_up_to(store, last)
    await taken_up_to(again, last)
    for task in (first, second):
        task.cancel()
    assert store.everything() == again.everything()
    assert {name: len(rows) for name, rows in store.everything().items()} == {
        "started": 301,
        "joined": 301,
        "turns": 301,
        "understood": 301,
        "measured": 602,
        "ended": 301,
    }
    again.close()


async def test_killed_at_any_time_nothing_is_lost_or_counted_twice(nats_server: NatsServer, tmp_path: Path) -> None:
    """kill -9 between the writing of one group and the next, again and again, while batches keep coming."""
    (tmp_path / "config.toml").write_text(f"[bus]\nport = {nats_server.port}\n")
    fault = tmp_path / "fault"
    environment = {**os.environ, "B2T_FAULT_FILE": str(fault)}
    command = (sys.executable, "-m", "services.insights", "--data-dir", str(tmp_path))
    bus = await Bus.connect(nats_server.url, "test")
    await bus.ensure_streams()
    last = number = 0
    for count in (1, 2, 0):
        if count:
            fault.write_text(f"insights.written {count}")
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            async with asyncio.timeout(30):
                while process.poll() is None:
                    number += 1
                    for data in talk(f"k{number}", datetime(2026, 3, 9, 8, tzinfo=UTC), "contained"):
                        last = await bus.append(conversation_subject(f"k{number}"), data)
                    await asyncio.sleep(0.02)
                    if not count and await _asked(bus) >= last - 3:
                        break
        finally:
            process.terminate() if not count else process.kill()
            process.wait(10)
    await bus.close()
    store = open_store(Paths(tmp_path))
    everything, taken = store.everything(), store.taken()
    store.close()
    assert taken > 0
    counted = [row[1] for row in everything["started"]]
    assert len(counted) == len(set(counted))
    assert len(counted) == len([1 for sequence in range(1, taken + 1) if sequence % 3 == 1])
    assert len(everything["turns"]) == len([1 for sequence in range(1, taken + 1) if sequence % 3 == 2])


async def _asked(bus: Bus) -> int:
    try:
        answer = QUERY_ANSWER.validate_json(await bus.request("b2t.insights.query", b'{"query":"summary"}'))
    except Unavailable:
        return -1
    return answer.taken if answer.kind == "summary" else -1


def test_a_batch_that_comes_twice_is_taken_once(store: InsightsStore) -> None:
    from appliance.insights.rows import read_batch, rows_of

    data = talk("c1", datetime(2026, 3, 9, 8, tzinfo=UTC), "contained")
    groups = [(number + 1, rows_of(number + 1, read_batch(item))) for number, item in enumerate(data)]
    assert store.take(groups) == 3
    before = store.everything()
    assert store.take(groups) == 0
    assert store.take(groups[1:]) == 0
    assert store.everything() == before


def fill(store: InsightsStore) -> None:
    from appliance.insights.rows import read_batch, rows_of

    midday = datetime(2026, 3, 10, 12, tzinfo=UTC)
    talks = [
        talk("a", midday, "contained"),
        talk("b", midday, "transferred", Channel.CHAT),
        talk("c", midday - timedelta(days=2), "contained"),
        talk("d", midday - timedelta(days=2), "continued"),
        talk("e", midday - timedelta(days=40), "abandoned"),
    ]
    items = [item for one in talks for item in one]
    items.append(batch("f", midday, ConversationStarted("banking", "v1", Channel.CHAT, "en")))
    store.take((number + 1, rows_of(number + 1, read_batch(item))) for number, item in enumerate(items))


def test_summary_counts_today_and_each_day(store: InsightsStore) -> None:
    fill(store)
    found = summary(store.database, AskSummary(days=7), TODAY, store.taken())
    assert found.taken == 16
    assert (found.today.conversations, found.today.channels) == (3, {"chat": 2, "phone": 1})
    assert found.today.outcomes == {"contained": 1, "transferred": 1}
    assert found.today.containment == 0.5
    assert [(day.first_day, day.conversations) for day in found.days] == [("2026-03-10", 3), ("2026-03-08", 2)]
    assert found.days[1].containment == 1.0, "continued elsewhere does not count"
    assert (found.total.conversations, found.total.turns) == (5, 4)
    assert [(item.intent, item.turns) for item in found.total.top_intents] == [("balance", 4)]
    assert [(item.stage, item.count, item.p50_ms) for item in found.total.latency] == [
        ("decided", 4, 2.0),
        ("understood", 4, 4.0),
    ]


def test_a_box_without_conversations_has_a_summary(store: InsightsStore) -> None:
    found = summary(store.database, AskSummary(days=3), TODAY, 0)
    assert (found.total.conversations, found.total.containment, found.total.latency) == (0, None, ())
    assert len(found.days) == 1


def test_conversations_page_by_page(store: InsightsStore) -> None:
    fill(store)
    first = conversations(store.database, AskConversations(limit=4))
    assert [row.conversation for row in first.conversations] == ["f", "e", "d", "c"]
    assert (first.conversations[0].ended, first.conversations[1].outcome) == (None, "abandoned")
    assert first.conversations[3].turns == 1
    rest = conversations(store.database, AskConversations(limit=4, before=first.next))
    assert [row.conversation for row in rest.conversations] == ["b", "a"]
    assert rest.next is None


async def test_queries_over_the_bus(bus: Bus, store: InsightsStore) -> None:
    fill(store)
    insights = Insights(bus, store)
    stop = await bus.serve("b2t.insights.query", insights.answer)
    listed = QUERY_ANSWER.validate_json(await bus.request("b2t.insights.query", b'{"query":"conversations"}'))
    assert isinstance(listed, ConversationList)
    assert len(listed.conversations) == 6
    for bad in (b"", b"{}", b'{"query":"drop"}', b'{"query":"summary","days":0}', b"\xff"):
        refused = QUERY_ANSWER.validate_json(await bus.request("b2t.insights.query", bad))
        assert isinstance(refused, QueryRefused)
        assert refused.code == "invalid"
    await stop()


async def test_another_log_is_not_counted_as_if_it_were_the_old_one(bus: Bus, store: InsightsStore) -> None:
    fill(store)
    with pytest.raises(Conflict, match="not the log that was counted"):
        await Insights(bus, store).check_log()


def test_what_is_removed_is_in_no_byte_of_the_file_written_anew(tmp_path: Path) -> None:
    from appliance.insights.rows import read_batch, rows_of

    paths = Paths(tmp_path)
    store = open_store(paths)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number, name in enumerate(("kept", "gone")):
        rows = [row for data in talk(name, at, "contained") for row in rows_of(number + 1, read_batch(data))]
        store.take([(number + 1, rows)])
    before = (paths.folder("insights") / "insights.duckdb").stat().st_ino
    assert store.forget(["gone", "unknown"]) == 1
    assert store.forget(["gone"]) == 0
    store.database.write_anew()
    assert (paths.folder("insights") / "insights.duckdb").stat().st_ino != before
    assert [row[0] for row in store.ended()] == ["kept"]
    assert store.taken() == 2
    store.close()
    again = open_store(paths)
    assert [row[0] for row in again.ended()] == ["kept"]
    again.close()
