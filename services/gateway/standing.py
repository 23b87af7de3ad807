"""Who asked, as the records have them now: a request may wait for its body while its sender is removed.

What changes who may do what reads this in its own transaction, so that it holds when the change is made.
"""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from appliance.access.rights import Principal, Right, read_rights, rights_of
from appliance.errors import Denied
from services.gateway.records import ACCOUNTS, API_KEYS, SESSIONS

KEYS: Final = select(API_KEYS, ACCOUNTS.c.role, ACCOUNTS.c.disabled_at).select_from(
    API_KEYS.join(ACCOUNTS, API_KEYS.c.account_id == ACCOUNTS.c.id)
)
"""Every key with whose it is; one that is nobody's is none."""


def standing(connection: Connection, principal: Principal, right: Right) -> Principal:
    """With the rights of now. Raises Denied where they are not there any more, or have not got this one."""
    if principal.kind == "account":
        found = _account(connection, principal)
    else:
        row = connection.execute(KEYS.where(API_KEYS.c.id == principal.id)).first()
        found = None if row is None else key_principal(row, int(time.time()))
    if found is None or not found.may(right):
        raise Denied("You may not do this any more.")
    return found


def key_principal(row: Row[Any], now: int) -> Principal | None:
    """None for a key that is revoked or too old, or whose owner is locked."""
    if row.revoked_at is not None or row.disabled_at is not None:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    rights = read_rights(row.rights) & rights_of(row.role)
    return Principal("api_key", row.id, row.name, rights, "api_key", owner=row.account_id, owner_role=row.role)


def account_principal(row: Row[Any], session: str) -> Principal:
    return Principal("account", row.id, row.name, rights_of(row.role), row.role, session=session)


def _account(connection: Connection, principal: Principal) -> Principal | None:
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == principal.id)).first()
    if row is None or row.disabled_at is not None:
        return None
    session = select(SESSIONS.c.digest).where(
        SESSIONS.c.digest == principal.session, SESSIONS.c.account_id == principal.id
    )
    if connection.execute(session).first() is None:
        return None
    return account_principal(row, principal.session)
