"""Which conversations were started over the API, and by whom: only they take part in them."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from services.gateway.records import API_LEGS, Records

KEPT_S: Final = 30 * 86_400


class ApiLegs:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def keep(self, conversation: str, leg: str, owner: str) -> None:
        """Once, however often a start is asked for."""
        row = {"conversation": conversation, "leg": leg, "owner": owner, "created_at": int(time.time())}
        kept = select(API_LEGS.c.leg).where(API_LEGS.c.conversation == conversation)

        def write(connection: Connection) -> None:
            if connection.execute(kept).first() is None:
                connection.execute(insert(API_LEGS).values(**row))

        await self._records.writing(write)

    async def find(self, conversation: str, owner: str) -> str | None:
        """The owner's leg of the conversation; None where it is not theirs."""
        wanted = select(API_LEGS.c.leg).where(API_LEGS.c.conversation == conversation, API_LEGS.c.owner == owner)
        return await self._records.reading(lambda c: c.execute(wanted).scalar_one_or_none())

    async def expire(self) -> None:
        old = delete(API_LEGS).where(API_LEGS.c.created_at <= int(time.time()) - KEPT_S)
        await self._records.writing(lambda c: c.execute(old))
