"""API keys: made by somebody signed in, shown once, kept as hashes, with no more rights than whose they are has now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from appliance.access.rights import Principal, Right, check_grant, read_rights, write_rights
from appliance.access.sessions import needs_touch
from appliance.access.tokens import ApiKey, digest, same
from appliance.errors import Conflict, Denied, Unknown
from services.gateway.records import API_KEYS, Records
from services.gateway.standing import KEYS, key_principal, standing

MAX_KEYS = 500


@dataclass(frozen=True, slots=True)
class KeyRecord:
    id: str
    name: str
    rights: frozenset[Right]
    created_by: str
    created_at: int
    expires_at: int | None
    used_at: int | None


class ApiKeys:
    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(self, text: str) -> Principal | None:
        """Who an API key stands for; None if it is unknown, revoked or too old."""
        key, now = ApiKey.read(text), int(time.time())
        if key is None:
            return None
        row = await self._records.reading(lambda c: c.execute(KEYS.where(API_KEYS.c.id == key.id)).first())
        if row is None or not same(row.digest, digest(key.secret)):
            return None
        principal = key_principal(row, now)
        if principal is not None and needs_touch(row.used_at or 0, now):
            touch = update(API_KEYS).where(API_KEYS.c.id == key.id).values(used_at=now)
            await self._records.writing(lambda c: c.execute(touch))
        return principal

    async def make(
        self, giver: Principal, name: str, rights: frozenset[Right], expires_at: int | None
    ) -> tuple[KeyRecord, str]:
        """The record and the key itself, which nobody can see again. Raises Denied for rights the giver has not got."""
        key = ApiKey.make()
        record = KeyRecord(key.id, name, rights, giver.actor, int(time.time()), expires_at, None)
        await self._records.writing(lambda c: _insert(c, record, digest(key.secret), giver))
        return record, key.show()

    async def all(self) -> list[KeyRecord]:
        """Those not revoked, newest first."""
        wanted = select(API_KEYS).where(API_KEYS.c.revoked_at.is_(None)).order_by(API_KEYS.c.created_at.desc())
        rows = await self._records.reading(lambda c: c.execute(wanted.limit(MAX_KEYS)).all())
        return [_record(row) for row in rows]

    async def revoke(self, id: str, by: Principal | None = None) -> None:
        """`by` nobody: the gateway itself. Raises Unknown where there is no such key, or it is revoked already."""

        def work(connection: Connection) -> None:
            if by is not None:
                standing(connection, by, Right.MANAGE_KEYS)
            revoked = update(API_KEYS).where(API_KEYS.c.id == id, API_KEYS.c.revoked_at.is_(None))
            if connection.execute(revoked.values(revoked_at=int(time.time()))).rowcount == 0:
                raise Unknown("There is no such API key.")

        await self._records.writing(work)


def keys_of(connection: Connection, account: str) -> list[str]:
    """Ids of those not revoked that are this account's, through whatever keys they were made."""
    wanted = select(API_KEYS.c.id).where(API_KEYS.c.account_id == account, API_KEYS.c.revoked_at.is_(None))
    return list(connection.execute(wanted.order_by(API_KEYS.c.created_at, API_KEYS.c.id)).scalars())


def revoke_all(connection: Connection, account: str, now: int) -> None:
    revoked = update(API_KEYS).where(API_KEYS.c.account_id == account, API_KEYS.c.revoked_at.is_(None))
    connection.execute(revoked.values(revoked_at=now))


def _insert(connection: Connection, record: KeyRecord, hashed: str, giver: Principal) -> None:
    giver = standing(connection, giver, Right.MANAGE_KEYS)
    check_grant(giver, record.rights)
    if giver.account is None:
        raise Denied("A key is somebody's.")
    count = select(func.count()).select_from(API_KEYS).where(API_KEYS.c.revoked_at.is_(None))
    if connection.execute(count).scalar_one() >= MAX_KEYS:
        raise Conflict(f"There are {MAX_KEYS} API keys already; revoke those not needed any more.")
    connection.execute(
        insert(API_KEYS).values(
            id=record.id,
            name=record.name,
            digest=hashed,
            rights=write_rights(record.rights),
            created_by=record.created_by,
            created_at=record.created_at,
            expires_at=record.expires_at,
            account_id=giver.account,
        )
    )


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        row.id, row.name, read_rights(row.rights), row.created_by, row.created_at, row.expires_at, row.used_at
    )
