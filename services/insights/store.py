"""The tables of insights: rows, and the stream sequence up to which they are complete, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Final

from appliance.adapters.duckdb import EncryptedDatabase
from appliance.insights.rows import ROW_TYPES, Row

SCHEMA: Final = 1
TABLES: Final = {
    "Started": "started (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, agent VARCHAR, version VARCHAR,"
    " channel VARCHAR, continued_from VARCHAR)",
    "Joined": "joined (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, leg VARCHAR, channel VARCHAR,"
    " assurance VARCHAR)",
    "Turn": "turns (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, turn VARCHAR, leg VARCHAR,"
    " modality VARCHAR, confidence DOUBLE)",
    "Understood": "understood (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, turn VARCHAR, intent VARCHAR,"
    " confidence DOUBLE, language VARCHAR, sentiment DOUBLE)",
    "Measured": "measured (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, turn VARCHAR, stage VARCHAR,"
    " took_ms DOUBLE)",
    "Ended": "ended (sequence BIGINT, conversation VARCHAR, happened TIMESTAMP, reason VARCHAR, outcome VARCHAR)",
}


class InsightsStore:
    """Written by one thread. What is read sees whole transactions only."""

    def __init__(self, database: EncryptedDatabase) -> None:
        self.database = database
        with database.transaction():
            for columns in TABLES.values():
                database.run(f"CREATE TABLE IF NOT EXISTS {columns}")
            database.run("CREATE TABLE IF NOT EXISTS taken (schema INTEGER, sequence BIGINT)")
            if not database.run("SELECT 1 FROM taken"):
                database.run("INSERT INTO taken VALUES (?, 0)", [SCHEMA])

    def taken(self) -> int:
        """Stream sequence up to which every batch has become rows."""
        return int(self.database.run("SELECT sequence FROM taken")[0][0])

    def take(self, batches: Iterable[tuple[int, list[Row]]]) -> int:
        """Add the rows of the batches that are not in yet, and note how far we are; how many were new."""
        known = self.taken()
        new = sorted((item for item in dict(batches).items() if item[0] > known), key=lambda item: item[0])
        if not new:
            return 0
        with self.database.transaction():
            for kind in ROW_TYPES:
                rows = [_values(row) for _, found in new for row in found if isinstance(row, kind)]
                self.database.insert(TABLES[kind.__name__].split(" ", 1)[0], rows)
            self.database.run("UPDATE taken SET sequence = ?", [new[-1][0]])
        return len(new)

    def ended(self) -> list[tuple[str, str, str, datetime]]:
        """Conversation, agent, the channel it began on and when it ended, of all that did."""
        return [
            (conversation, agent, channel, ended.replace(tzinfo=UTC))
            for conversation, agent, channel, ended in self.database.run(
                "SELECT s.conversation, any_value(s.agent), any_value(s.channel), max(e.happened)"
                " FROM started s JOIN ended e USING (conversation) GROUP BY s.conversation"
            )
        ]

    def forget(self, conversations: Sequence[str]) -> int:
        """Remove every row of these; how many of them had any."""
        if not conversations:
            return 0
        places = ", ".join("?" * len(conversations))
        had = self.database.run(
            f"SELECT count(DISTINCT conversation) FROM started WHERE conversation IN ({places})",  # noqa: S608
            list(conversations),
        )
        with self.database.transaction():
            for columns in TABLES.values():
                name = columns.split(" ", 1)[0]
                statement = f"DELETE FROM {name} WHERE conversation IN ({places})"  # noqa: S608
                self.database.run(statement, list(conversations))
        return int(had[0][0])

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows by table, in order: what a rebuild from the log must equal."""
        names = [columns.split(" ", 1)[0] for columns in TABLES.values()]
        return {name: self.database.run(f"SELECT * FROM {name} ORDER BY ALL") for name in names}  # noqa: S608

    def close(self) -> None:
        self.database.close()


def _values(row: Row) -> tuple[object, ...]:
    sequence, conversation, at, *rest = astuple(row)
    return (sequence, conversation, at.replace(tzinfo=None), *rest)
