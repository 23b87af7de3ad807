"""What those who manage accounts do to them: invite, give another role, lock, unlock, reset, remove.

Each is judged by `appliance.access.accounts` and is in the audit log before it counts (`changes`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from appliance.access import accounts as rules
from appliance.access.accounts import MAX_ACCOUNTS, Asker, Holder, State
from appliance.access.rights import Right, Role
from appliance.access.tokens import new_id
from appliance.errors import Conflict, Denied, Unknown
from services.gateway.accounts import normal_name
from services.gateway.api_keys import keys_of, revoke_all
from services.gateway.changes import Changes, Entry, Tell
from services.gateway.invitations import invite, spend
from services.gateway.records import ACCOUNTS, FORMER_ACCOUNTS, INVITATIONS, Records
from services.gateway.standing import standing

Result = TypeVar("Result")

FORMER_S = 400 * 86_400
"""The names of those removed go after the twelve months that entries are asked about (PCI DSS 10.5.1), and a month."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """Times are seconds since the epoch. `tries_until`: too many wrong passwords keep it shut until then."""

    id: str
    name: str
    role: str
    state: State
    created_at: int
    signed_in_at: int | None
    invited_until: int | None
    tries_until: int | None


@dataclass(frozen=True, slots=True)
class FormerRecord:
    id: str
    name: str
    role: str
    created_at: int
    removed_at: int


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """`token` is shown once, to whoever passes it on."""

    account: AccountRecord
    token: str


class Managing:
    def __init__(self, records: Records, changes: Changes) -> None:
        self._records = records
        self._changes = changes

    async def all(self) -> list[AccountRecord]:
        """By name."""
        now = int(time.time())
        rows = await self._records.reading(lambda c: c.execute(_SHOWN.order_by(ACCOUNTS.c.name)).all())
        return [_record(row, now) for row in rows]

    async def former(self) -> list[FormerRecord]:
        """Those removed, the last first."""
        wanted = select(FORMER_ACCOUNTS).order_by(FORMER_ACCOUNTS.c.removed_at.desc()).limit(MAX_ACCOUNTS)
        rows = await self._records.reading(lambda c: c.execute(wanted).all())
        return [FormerRecord(row.id, row.name, row.role, row.created_at, row.removed_at) for row in rows]

    async def named(self, name: str) -> str:
        """The id of the account with this name or id. Raises Unknown, without what was given."""
        wanted = select(ACCOUNTS.c.id).where((ACCOUNTS.c.name == normal_name(name)) | (ACCOUNTS.c.id == name))
        found = await self._records.reading(lambda c: c.execute(wanted).scalars().all())
        if not found:
            raise _unknown()
        return name if name in found else found[0]

    async def invite(self, asker: Asker, name: str, role: Role, source: str) -> Invitation:
        """A new account that waits for its person. Raises Denied, Invalid, NameTaken."""
        rules.check_name(name)

        def work(connection: Connection, tell: Tell, asker: Asker) -> Invitation:
            rules.check_invited(asker, role)
            now, id = int(time.time()), new_id()
            _check_room(connection, name)
            tell("account_created", account=f"account:{id}", by=asker.name, role=role, source=source)
            made = {"id": id, "name": normal_name(name), "password_hash": "", "role": str(role)}
            times = {"created_at": now, "password_changed_at": now}
            connection.execute(insert(ACCOUNTS).values(**made, **times, failed_tries=0, locked_until=0))
            token = invite(connection, id, now)
            return Invitation(_shown(connection, id), token)

        return await self._make(asker, work)

    async def change_role(self, asker: Asker, id: str, role: Role, source: str) -> AccountRecord:
        """It holds from the next request on. Raises Unknown, and what `check_role` does."""

        def work(connection: Connection, tell: Tell, asker: Asker) -> AccountRecord:
            row, holder = _found(connection, id)
            rules.check_role(asker, holder, role)
            if row.role != role:
                about = {"account": f"account:{id}", "by": asker.name, "before": row.role, "role": str(role)}
                tell("role_changed", **about, source=source)
                _set(connection, id, role=str(role))
            return _shown(connection, id)

        return await self._make(asker, work)

    async def lock(self, asker: Asker, id: str, source: str) -> AccountRecord:
        """Its sessions end; it cannot sign in and its API keys are refused, until it is unlocked."""

        def work(connection: Connection, tell: Tell, asker: Asker) -> AccountRecord:
            row, holder = _found(connection, id)
            rules.check_locked(asker, holder)
            if row.disabled_at is None:
                tell("account_locked", account=f"account:{id}", by=asker.name, source=source)
                _set(connection, id, disabled_at=int(time.time()))
                spend(connection, id)
            return _shown(connection, id)

        return await self._make(asker, work)

    async def unlock(self, asker: Asker, id: str, source: str) -> AccountRecord:
        """Whether somebody or wrong passwords locked it."""

        def work(connection: Connection, tell: Tell, asker: Asker) -> AccountRecord:
            row, holder = _found(connection, id)
            rules.check_unlocked(asker, holder)
            if row.disabled_at is not None or row.failed_tries or row.locked_until:
                tell("account_unlocked", account=f"account:{id}", by=asker.name, source=source)
                _set(connection, id, disabled_at=None, failed_tries=0, locked_until=0)
            return _shown(connection, id)

        return await self._make(asker, work)

    async def reset(self, asker: Asker, id: str, source: str) -> Invitation:
        """Its password and sessions are gone; a new invitation waits. It also renews one that lapsed."""

        def work(connection: Connection, tell: Tell, asker: Asker) -> Invitation:
            row, holder = _found(connection, id)
            rules.check_reset(asker, holder)
            if row.disabled_at is not None:
                raise Conflict("This account is locked; unlock it first.")
            about = {"account": f"account:{id}", "by": asker.name}
            tell("credential_changed", **about, credential="password/reset", source=source)
            _set(connection, id, password_hash="", failed_tries=0, locked_until=0)
            token = invite(connection, id, int(time.time()))
            return Invitation(_shown(connection, id), token)

        return await self._make(asker, work)

    async def remove(self, asker: Asker, id: str, source: str) -> None:
        """Its sessions end and its API keys are revoked at once; entries of the audit log keep the id."""

        def work(connection: Connection, tell: Tell, asker: Asker) -> None:
            row, holder = _found(connection, id)
            rules.check_removed(asker, holder)
            gone = {"account": f"account:{id}", "by": asker.name, "role": row.role, "source": source}
            entries: list[Entry] = [("account_removed", gone)]
            for key in keys_of(connection, id):
                entries.append(("api_key_revoked", {"key": key, "account": asker.name, "source": source}))
            tell.all(entries)
            now = int(time.time())
            revoke_all(connection, id, now)
            spend(connection, id)
            connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.id == id))
            former = {"id": id, "name": row.name, "role": row.role, "created_at": row.created_at, "removed_at": now}
            connection.execute(insert(FORMER_ACCOUNTS).values(**former))

        await self._make(asker, work)

    async def expire(self) -> None:
        """Forget the names of those who were removed long ago."""
        old = delete(FORMER_ACCOUNTS).where(FORMER_ACCOUNTS.c.removed_at < int(time.time()) - FORMER_S)
        await self._records.writing(lambda c: c.execute(old))

    async def _make(self, asker: Asker, work: Callable[[Connection, Tell, Asker], Result]) -> Result:
        """`work` is given the asker as they are now, who may have been another when they began to ask."""
        return await self._changes.make(lambda connection, tell: work(connection, tell, _now(connection, asker)))


_SHOWN = select(
    ACCOUNTS.c.id,
    ACCOUNTS.c.name,
    ACCOUNTS.c.role,
    ACCOUNTS.c.password_hash,
    ACCOUNTS.c.disabled_at,
    ACCOUNTS.c.locked_until,
    ACCOUNTS.c.created_at,
    ACCOUNTS.c.signed_in_at,
    INVITATIONS.c.expires_at.label("invited_until"),
).select_from(ACCOUNTS.outerjoin(INVITATIONS, INVITATIONS.c.account_id == ACCOUNTS.c.id))


def _now(connection: Connection, asker: Asker) -> Asker:
    if asker.is_operator:
        return asker
    if asker.principal is None:
        raise Denied("Nobody asked for this.")
    return Asker.of(standing(connection, asker.principal, Right.MANAGE_ACCOUNTS))


def _found(connection: Connection, id: str) -> tuple[Row[Any], Holder]:
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == id)).first()
    if row is None:
        raise _unknown()
    able = (ACCOUNTS.c.role == Role.ADMINISTRATOR, ACCOUNTS.c.disabled_at.is_(None), ACCOUNTS.c.password_hash != "")
    others = select(func.count()).select_from(ACCOUNTS).where(*able, ACCOUNTS.c.id != id)
    return row, Holder(row.id, row.role, connection.execute(others).scalar_one())


def _check_room(connection: Connection, name: str) -> None:
    taken = select(ACCOUNTS.c.id).where(ACCOUNTS.c.name == normal_name(name))
    if connection.execute(taken).first() is not None:
        raise NameTaken("There is an account of this name already.")
    if connection.execute(select(func.count()).select_from(ACCOUNTS)).scalar_one() >= MAX_ACCOUNTS:
        raise Conflict(f"There are {MAX_ACCOUNTS} accounts already; remove those not needed any more.")


class NameTaken(Conflict):
    code, retryable = "name-taken", False


def _set(connection: Connection, id: str, **values: Any) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == id).values(**values))


def _shown(connection: Connection, id: str) -> AccountRecord:
    return _record(connection.execute(_SHOWN.where(ACCOUNTS.c.id == id)).one(), int(time.time()))


def _record(row: Any, now: int) -> AccountRecord:
    if row.disabled_at is not None:
        state = State.LOCKED
    elif row.password_hash:
        state = State.ACTIVE
    else:
        state = State.INVITED if (row.invited_until or 0) > now else State.LAPSED
    tries_until = row.locked_until if row.locked_until > now else None
    return AccountRecord(
        row.id, row.name, row.role, state, row.created_at, row.signed_in_at, row.invited_until, tries_until
    )


def _unknown() -> Unknown:
    return Unknown("There is no such account.")
