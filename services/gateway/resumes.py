"""Resume tokens: a leg's right to go on after a dropped connection, kept as keyed hashes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from appliance.access.tokens import is_secret, keyed_digest, new_secret
from services.gateway.records import RESUME_TOKENS, Records

VALID_S: Final = 24 * 3600
MAX_A_CONVERSATION: Final = 16
"""Tabs and reconnections; beyond that the oldest token stops working."""


@dataclass(frozen=True, slots=True)
class Resume:
    conversation: str
    leg: str
    widget: str
    account: str | None


class Resumes:
    """`key` is the gateway's own, so that the database alone lets nobody in."""

    def __init__(self, records: Records, key: bytes) -> None:
        self._records = records
        self._key = key

    async def make(self, resume: Resume) -> str:
        """A new token. Earlier ones stay good: a page may have been copied, or this answer lost."""
        token = new_secret()
        hashed = keyed_digest(self._key, "resume", token)
        now = int(time.time())
        await self._records.writing(lambda c: _keep(c, hashed, resume, now))
        return token

    async def find(self, token: str) -> Resume | None:
        if not is_secret(token):
            return None
        hashed = keyed_digest(self._key, "resume", token)
        wanted = select(RESUME_TOKENS).where(
            RESUME_TOKENS.c.digest == hashed, RESUME_TOKENS.c.expires_at > int(time.time())
        )
        row = await self._records.reading(lambda c: c.execute(wanted).first())
        return None if row is None else Resume(row.conversation, row.leg, row.widget, row.account_id)

    async def expire(self) -> None:
        """Remove what is too old to be used."""
        old = delete(RESUME_TOKENS).where(RESUME_TOKENS.c.expires_at <= int(time.time()))
        await self._records.writing(lambda c: c.execute(old))


def _keep(connection: Connection, hashed: str, resume: Resume, now: int) -> None:
    mine = (
        select(RESUME_TOKENS.c.digest)
        .where(RESUME_TOKENS.c.conversation == resume.conversation)
        .order_by(RESUME_TOKENS.c.created_at.desc(), RESUME_TOKENS.c.digest)
        .offset(MAX_A_CONVERSATION - 1)
    )
    surplus = [row.digest for row in connection.execute(mine)]
    if surplus:
        connection.execute(delete(RESUME_TOKENS).where(RESUME_TOKENS.c.digest.in_(surplus)))
    connection.execute(
        insert(RESUME_TOKENS).values(
            digest=hashed,
            conversation=resume.conversation,
            leg=resume.leg,
            widget=resume.widget,
            account_id=resume.account,
            created_at=now,
            expires_at=now + VALID_S,
        )
    )
