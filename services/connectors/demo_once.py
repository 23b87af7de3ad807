"""What the demo connectors share: each call is done once, noted in the very transaction of what it did."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import Column, Connection, Float, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_database
from appliance.connectors import Operation, Outcome
from appliance.errors import Invalid, Unavailable
from appliance.privacy import values
from appliance.privacy.values import money

DONE_KEPT_S: Final = 7 * 86_400
Counter = Mapping[str, Callable[[Connection, Mapping[str, str]], Outcome]]
"""Operation → what it does."""


def calls_done(tables: MetaData) -> Table:
    """The table of the calls done, among a demo connector's own."""
    return Table(
        "calls_done",
        tables,
        Column("idempotency_key", String(64), primary_key=True),
        Column("outcome", Text, nullable=False),
        Column("done_at", Float, nullable=False),
    )


class DemoConnector:
    """A connector with data of its own in a SQLite file. A class of it says what it is called, has and does."""

    title: ClassVar[str]
    tables: ClassVar[MetaData]
    done: ClassVar[Table]
    counter: ClassVar[Counter]
    operations: Mapping[str, Operation]
    knows_keys = True

    def __init__(self, file: Path) -> None:
        self._engine = open_database(file, self.tables)
        with self._engine.begin() as connection:
            connection.execute(delete(self.done).where(self.done.c.done_at < time.time() - DONE_KEPT_S))
            self._furnish(connection)

    async def call(
        self, operation: str, arguments: Mapping[str, str], idempotency_key: str, deadline_s: float
    ) -> Outcome:
        if operation not in self.counter or set(arguments) != set(self.operations[operation].arguments):
            raise Invalid(f"The {self.title} has no such operation, or not with these arguments.")
        return await asyncio.to_thread(self._once, operation, arguments, idempotency_key)

    async def recall(self, idempotency_key: str) -> Outcome | None:
        return await asyncio.to_thread(self._recalled, idempotency_key)

    async def close(self) -> None:
        self._engine.dispose()

    def _furnish(self, connection: Connection) -> None:
        """Put in what it begins with."""

    def _committed(self) -> None:
        """A call has just been done."""

    def _recalled(self, key: str) -> Outcome | None:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return self._find(connection, key)
        except SQLAlchemyError as error:
            raise Unavailable(f"The {self.title}'s database does not answer.") from error

    def _once(self, operation: str, arguments: Mapping[str, str], key: str) -> Outcome:
        try:
            with self._engine.begin() as connection:
                done = self._find(connection, key)
                if done is not None:
                    return done
                outcome = self.counter[operation](connection, arguments)
                told = {name: values.encode(value).decode() for name, value in outcome.values.items()}
                content = json.dumps({"name": outcome.name, "values": told})
                noted: dict[str, Any] = {"idempotency_key": key, "outcome": content, "done_at": time.time()}
                connection.execute(insert(self.done).values(**noted))
        except SQLAlchemyError as error:
            raise Unavailable(f"The {self.title}'s database does not answer.") from error
        self._committed()
        return outcome

    def _find(self, connection: Connection, key: str) -> Outcome | None:
        wanted = select(self.done.c.outcome).where(self.done.c.idempotency_key == key)
        found = connection.execute(wanted).scalar_one_or_none()
        if found is None:
            return None
        content = json.loads(found)
        if "values" not in content:  # as the first release's bank wrote it
            cents = content["cents"]
            return Outcome(content["name"], {} if cents is None else {"balance": money(cents)})
        return Outcome(
            content["name"], {name: values.decode(told.encode()) for name, told in content["values"].items()}
        )
