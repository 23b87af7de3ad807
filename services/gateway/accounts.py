"""Accounts and their sessions: signing in and out, who a session token stands for, one's own password, and the first
administrator. What others do to an account is in `managing`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from appliance.access.accounts import check_name
from appliance.access.lockout import Tries
from appliance.access.passwords import check_password
from appliance.access.rights import Principal, Role
from appliance.access.sessions import MAX_S, is_alive, needs_touch
from appliance.access.tokens import digest, is_secret, new_id, new_secret
from appliance.errors import Denied, Invalid, Unknown
from services.gateway.changes import Changes, Tell
from services.gateway.invitations import spend
from services.gateway.passwords import Passwords
from services.gateway.records import ACCOUNTS, SESSIONS, SETUP_TOKENS, Records
from services.gateway.standing import account_principal

MAX_SESSIONS = 20
"""Of one account at once; the oldest goes first."""


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    token: str
    principal: Principal
    role: str


class SignInFailed(Denied):
    """`account` is whose it was, where there is such an account, and `locked` whether it is now; for the audit log."""

    code, status = "sign-in-failed", 401

    def __init__(self, account: str | None, *, locked: bool) -> None:
        super().__init__("The name or the password is wrong, or the account is locked for a while.")
        self.account = account
        self.locked = locked


class Accounts:
    def __init__(self, records: Records, passwords: Passwords, changes: Changes, idle_s: int) -> None:
        self._records = records
        self._passwords = passwords
        self._changes = changes
        self.idle_s = idle_s

    async def sign_in(self, name: str, password: str) -> Session:
        """Raises SignInFailed, which does not say why: an attacker is to learn nothing about names."""
        row = await self._records.reading(lambda c: _account(c, name))
        stored = None if row is None or row.disabled_at is not None else row.password_hash or None
        good = await self._passwords.verify(stored, password)
        if row is None:
            raise SignInFailed(None, locked=False)
        account = str(row.id)
        decided = await self._records.writing(lambda c: _decide(c, account, stored if good else None, int(time.time())))
        if isinstance(decided, SignInFailed):
            raise decided
        return decided

    async def change_password(self, account: str, token: str, current: str, new: str, source: str) -> None:
        """One's own; every other session ends, and the lock counts wrong tries as it does at signing in.

        Raises SignInFailed for a wrong current password, Invalid for a weak new one.
        """
        row = await self._records.reading(lambda c: c.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == account)).first())
        if row is None:
            raise Unknown("There is no such account.")
        check_password(new, row.name)
        if new == current:
            raise Invalid("The new password is the one that you have.")
        stored = row.password_hash or None
        good = await self._passwords.verify(stored, current)
        proved = stored if good else None
        failed = await self._records.writing(lambda c: _try(c, account, proved, int(time.time())))
        if isinstance(failed, SignInFailed):
            raise failed
        fresh, kept = await self._passwords.hash(new), digest(token)

        def work(connection: Connection, tell: Tell) -> None:
            same = (ACCOUNTS.c.id == account, ACCOUNTS.c.password_hash == stored, ACCOUNTS.c.disabled_at.is_(None))
            wanted = update(ACCOUNTS).where(*same)
            changed = wanted.values(password_hash=fresh, password_changed_at=int(time.time()))
            if connection.execute(changed).rowcount == 0:
                raise SignInFailed(account, locked=False)
            spend(connection, account, but=kept)
            who = f"account:{account}"
            tell("credential_changed", account=who, credential="password", by=who, source=source)

        await self._changes.make(work)

    async def find(self, token: str) -> Principal | None:
        """Who a session token stands for; its idle time starts anew. None if the session is over."""
        return await self.look(digest(token), used=True) if is_secret(token) else None

    async def look(self, key: str, *, used: bool) -> Principal | None:
        """The same for a token's digest. What merely stays open, and is not `used`, keeps no session alive."""
        now = int(time.time())
        row = await self._records.reading(lambda c: _session(c, key))
        if row is None or row.disabled_at is not None:
            return None
        if not is_alive(created=row.created_at, last_used=row.used_at, now=now, idle_s=self.idle_s):
            return None
        if used and needs_touch(row.used_at, now):
            touch = update(SESSIONS).where(SESSIONS.c.digest == key).values(used_at=now)
            await self._records.writing(lambda c: c.execute(touch))
        return account_principal(row, key)

    async def role(self, account: str) -> str | None:
        return await self._records.reading(
            lambda c: c.execute(select(ACCOUNTS.c.role).where(ACCOUNTS.c.id == account)).scalar_one_or_none()
        )

    async def sign_out(self, token: str) -> None:
        key = digest(token)
        await self._records.writing(lambda c: c.execute(delete(SESSIONS).where(SESSIONS.c.digest == key)))
        self._changes.made.announce()

    async def set_up(self, token: str, name: str, password: str, source: str) -> str:
        """Make the first administrator; the account's id. Raises Denied for a wrong, used or old token, Unavailable
        where it cannot be put on record."""
        check_name(name)
        check_password(password, name)
        if not await self._records.reading(lambda c: token_is_good(c, token, int(time.time()))):
            raise Denied(SETUP_DENIED)
        stored = await self._passwords.hash(password)

        def work(connection: Connection, tell: Tell) -> str:
            if not token_is_good(connection, token, now := int(time.time())):
                raise Denied(SETUP_DENIED)
            account = new_id()
            tell("setup_completed", account=f"account:{account}", source=source)
            _make_first(connection, token, account, name, stored, now)
            return account

        return await self._changes.make(work)


SETUP_DENIED = "This setup link is not valid any more. The next start of the box prints a new one."


def normal_name(name: str) -> str:
    return name.strip().casefold()


def has_administrator(connection: Connection) -> bool:
    """In whatever state: a box that has had one is not set up anew, the operator lets them back in."""
    wanted = select(ACCOUNTS.c.id).where(ACCOUNTS.c.role == Role.ADMINISTRATOR)
    return connection.execute(wanted.limit(1)).first() is not None


def token_is_good(connection: Connection, token: str, now: int) -> bool:
    """Whether a setup token can still be used; with an administrator there is nothing left to set up."""
    if not is_secret(token) or has_administrator(connection):
        return False
    wanted = select(SETUP_TOKENS.c.digest).where(
        SETUP_TOKENS.c.digest == digest(token), SETUP_TOKENS.c.used_at.is_(None), SETUP_TOKENS.c.expires_at > now
    )
    return connection.execute(wanted).first() is not None


def _make_first(connection: Connection, token: str, account: str, name: str, stored: str, now: int) -> None:
    connection.execute(update(SETUP_TOKENS).where(SETUP_TOKENS.c.digest == digest(token)).values(used_at=now))
    connection.execute(
        insert(ACCOUNTS).values(
            id=account,
            name=normal_name(name),
            password_hash=stored,
            role=str(Role.ADMINISTRATOR),
            failed_tries=0,
            locked_until=0,
            created_at=now,
            password_changed_at=now,
        )
    )


def _account(connection: Connection, name: str) -> Any:
    return connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == normal_name(name))).first()


def _session(connection: Connection, key: str) -> Any:
    joined = SESSIONS.join(ACCOUNTS, SESSIONS.c.account_id == ACCOUNTS.c.id)
    wanted = select(
        ACCOUNTS.c.id,
        ACCOUNTS.c.name,
        ACCOUNTS.c.role,
        ACCOUNTS.c.disabled_at,
        SESSIONS.c.created_at,
        SESSIONS.c.used_at,
    ).select_from(joined)
    return connection.execute(wanted.where(SESSIONS.c.digest == key)).first()


def _decide(connection: Connection, account: str, proved: str | None, now: int) -> Session | SignInFailed:
    """`proved` is the stored hash that the password belongs to."""
    row = _try(connection, account, proved, now)
    return row if isinstance(row, SignInFailed) else _open_session(connection, row, now)


def _try(connection: Connection, account: str, proved: str | None, now: int) -> Row[Any] | SignInFailed:
    """One transaction, so that tries made at once are all counted and none slips past the lock, nor past a reset."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == account)).first()
    if row is None:
        return SignInFailed(None, locked=False)
    tries = Tries(row.failed_tries, row.locked_until)
    good = bool(proved) and row.password_hash == proved and row.disabled_at is None and not tries.locked(now)
    after = Tries() if good else tries.after_failure(now)
    if after != tries:
        counted = {"failed_tries": after.failed, "locked_until": after.locked_until}
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(**counted))
    return row if good else SignInFailed(account, locked=after.locked(now))


def _open_session(connection: Connection, row: Row[Any], now: int) -> Session:
    connection.execute(delete(SESSIONS).where(SESSIONS.c.created_at <= now - MAX_S))
    mine = select(SESSIONS.c.digest).where(SESSIONS.c.account_id == row.id).order_by(SESSIONS.c.used_at.desc())
    surplus = [found.digest for found in connection.execute(mine)][MAX_SESSIONS - 1 :]
    if surplus:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.digest.in_(surplus)))
    token = new_secret()
    key = digest(token)
    made = {"digest": key, "account_id": row.id, "created_at": now, "used_at": now}
    connection.execute(insert(SESSIONS).values(**made))
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == row.id).values(signed_in_at=now))
    return Session(token, account_principal(row, key), row.role)
