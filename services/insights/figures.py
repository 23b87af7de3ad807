"""Answers to queries, read from the tables. Days are UTC days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from appliance.adapters.duckdb import EncryptedDatabase
from appliance.insights.queries import (
    AskConversations,
    AskSummary,
    ConversationList,
    ConversationRow,
    IntentCount,
    Period,
    StageLatency,
    Summary,
)

TOP_INTENTS: Final = 10
JUDGED: Final = ("contained", "transferred", "abandoned")
"""Outcomes that count for containment; a conversation continued elsewhere is judged there."""

Rows = list[tuple[Any, ...]]


def summary(database: EncryptedDatabase, ask: AskSummary, today: date, taken: int) -> Summary:
    first = today - timedelta(days=ask.days - 1)
    by_day = [
        period
        for number in range(ask.days)
        if (period := _period(database, today - timedelta(days=number), today - timedelta(days=number)))
        and (number == 0 or period.conversations or period.turns)
    ]
    return Summary(taken=taken, today=by_day[0], total=_period(database, first, today), days=tuple(by_day))


def _period(database: EncryptedDatabase, first: date, last: date) -> Period:
    span = [datetime(first.year, first.month, first.day), datetime(last.year, last.month, last.day) + timedelta(days=1)]  # noqa: DTZ001
    channels = database.run(
        "SELECT channel, count(*) FROM started WHERE happened >= ? AND happened < ? GROUP BY channel ORDER BY channel",
        span,
    )
    outcomes = database.run(
        "SELECT e.outcome, count(*) FROM ended e JOIN started s USING (conversation)"
        " WHERE s.happened >= ? AND s.happened < ? GROUP BY e.outcome ORDER BY e.outcome",
        span,
    )
    turns = database.run("SELECT count(*) FROM turns WHERE happened >= ? AND happened < ?", span)
    intents = database.run(
        "SELECT coalesce(intent, 'none'), count(*) AS turns FROM understood WHERE happened >= ? AND happened < ?"
        " GROUP BY 1 ORDER BY turns DESC, 1 LIMIT ?",
        [*span, TOP_INTENTS],
    )
    latency = database.run(
        "SELECT stage, count(*), quantile_cont(took_ms, 0.5), quantile_cont(took_ms, 0.95)"
        " FROM measured WHERE happened >= ? AND happened < ? GROUP BY stage ORDER BY stage",
        span,
    )
    found = dict(outcomes)
    judged = sum(found.get(outcome, 0) for outcome in JUDGED)
    return Period(
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        conversations=sum(count for _, count in channels),
        channels=dict(channels),
        outcomes=found,
        containment=found.get("contained", 0) / judged if judged else None,
        turns=turns[0][0],
        top_intents=tuple(IntentCount(*row) for row in intents),
        latency=tuple(StageLatency(stage, n, round(p50, 3), round(p95, 3)) for stage, n, p50, p95 in latency),
    )


def conversations(database: EncryptedDatabase, ask: AskConversations) -> ConversationList:
    found = database.run(
        "SELECT s.sequence, s.conversation, s.agent, s.version, s.channel, s.happened, e.happened, e.outcome, e.reason,"
        " (SELECT count(*) FROM turns t WHERE t.conversation = s.conversation)"
        " FROM started s LEFT JOIN ended e USING (conversation)"
        " WHERE s.sequence < ? ORDER BY s.sequence DESC LIMIT ?",
        [ask.before or 1 << 62, ask.limit],
    )
    channels = _channels(database, [row[1] for row in found])
    rows = [
        ConversationRow(
            conversation=conversation,
            agent=agent,
            version=version,
            channels=tuple(sorted({channel, *channels[conversation]})),
            started=_utc(started),
            ended=_utc(ended) if ended else None,
            outcome=outcome,
            reason=reason,
            turns=turns,
        )
        for _, conversation, agent, version, channel, started, ended, outcome, reason, turns in found
    ]
    return ConversationList(tuple(rows), next=found[-1][0] if len(found) == ask.limit else None)


def _channels(database: EncryptedDatabase, wanted: Sequence[str]) -> dict[str, set[str]]:
    by_conversation: dict[str, set[str]] = defaultdict(set)
    if wanted:
        places = ", ".join("?" * len(wanted))
        statement = f"SELECT DISTINCT conversation, channel FROM joined WHERE conversation IN ({places})"  # noqa: S608
        for conversation, channel in database.run(statement, list(wanted)):
            by_conversation[conversation].add(channel)
    return by_conversation


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds") + "Z"
