"""Invitations: the one-time link with which somebody sets their own password, at first and after a reset.

The token stands in the link's fragment, which browsers send to nobody, and only its hash is kept. Nobody ever types
another person's password.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from appliance.access.accounts import INVITED_S
from appliance.access.passwords import check_password
from appliance.access.tokens import digest, is_secret, new_secret
from appliance.errors import Denied
from services.gateway.changes import Changes, Tell
from services.gateway.passwords import Passwords
from services.gateway.records import ACCOUNTS, INVITATIONS, SESSIONS, Records

REFUSED = "This invitation is not valid any more. Whoever sent it can send a new one."
PATH = "/invitation"


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for."""

    id: str
    name: str
    role: str


class Invitations:
    def __init__(self, records: Records, passwords: Passwords, changes: Changes) -> None:
        self._records = records
        self._passwords = passwords
        self._changes = changes

    async def look(self, token: str) -> Invited:
        """Raises Denied for a token that is wrong, used, replaced or too old, and where the account is locked."""
        row = await self._records.reading(lambda c: _find(c, token, int(time.time())))
        return Invited(row.id, row.name, row.role)

    async def accept(self, token: str, password: str, source: str) -> Invited:
        """Set the password; the invitation is spent. Raises Denied as `look` does, Invalid for a weak password."""
        invited = await self.look(token)
        check_password(password, invited.name)
        stored = await self._passwords.hash(password)

        def work(connection: Connection, tell: Tell) -> Invited:
            now = int(time.time())
            row = _find(connection, token, now)
            account = f"account:{row.id}"
            tell("credential_changed", account=account, credential="password/invited", by=account, source=source)
            spend(connection, row.id)
            fresh = {"password_hash": stored, "password_changed_at": now, "failed_tries": 0, "locked_until": 0}
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == row.id).values(**fresh))
            return Invited(row.id, row.name, row.role)

        return await self._changes.make(work)


def invite(connection: Connection, account: str, now: int) -> str:
    """A new invitation in place of the one before, if there was one; its token. What was open closes."""
    spend(connection, account)
    token = new_secret()
    made = {"digest": digest(token), "account_id": account, "created_at": now, "expires_at": now + INVITED_S}
    connection.execute(insert(INVITATIONS).values(**made))
    return token


def spend(connection: Connection, account: str, but: str = "") -> None:
    """Neither an invitation nor a session from before is good any more, `but` the one with this digest."""
    connection.execute(delete(INVITATIONS).where(INVITATIONS.c.account_id == account))
    connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account, SESSIONS.c.digest != but))


def _find(connection: Connection, token: str, now: int) -> Any:
    if not is_secret(token):
        raise Denied(REFUSED)
    joined = INVITATIONS.join(ACCOUNTS, INVITATIONS.c.account_id == ACCOUNTS.c.id)
    wanted = select(ACCOUNTS.c.id, ACCOUNTS.c.name, ACCOUNTS.c.role).select_from(joined)
    row = connection.execute(
        wanted.where(
            INVITATIONS.c.digest == digest(token),
            INVITATIONS.c.expires_at > now,
            ACCOUNTS.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise Denied(REFUSED)
    return row
