"""The gateway's own records: accounts, sessions, API keys, invitations, resume tokens; no secret is kept but as a hash.

Tables change by Alembic migrations (`migrations/versions`), in types that SQLite and PostgreSQL share. Times are
seconds since the epoch, UTC. `read` and `write` block; `reading`, `writing` and `run` work off the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from appliance.adapters.sql import open_engine
from appliance.errors import Unavailable

Result = TypeVar("Result")

HEAD: Final = "0002"
"""The newest migration. A test holds it against `migrations/versions`."""

TABLES = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNTS = Table(
    "accounts",
    TABLES,
    Column("id", String(26), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("failed_tries", Integer, nullable=False, default=0),
    Column("locked_until", BigInteger, nullable=False, default=0),
    Column("created_at", BigInteger, nullable=False),
    Column("password_changed_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
    Column("signed_in_at", BigInteger),
)
"""`password_hash` is empty as long as an invitation waits; `disabled_at` is when somebody locked it."""

FORMER_ACCOUNTS = Table(
    "former_accounts",
    TABLES,
    Column("id", String(26), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger, nullable=False),
    Index(None, "removed_at"),
)
"""Whose the ids of audit entries were, as long as somebody may ask."""

INVITATIONS = Table(
    "invitations",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("account_id", String(26), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

SESSIONS = Table(
    "sessions",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("account_id", String(26), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index(None, "account_id"),
    Index(None, "used_at"),
)

API_KEYS = Table(
    "api_keys",
    TABLES,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("rights", Text, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("used_at", BigInteger),
    Column("account_id", String(26)),
    Index(None, "account_id"),
)
"""`account_id`: whose it is in the end, whatever key made it; it may no more than they may now."""

SETUP_TOKENS = Table(
    "setup_tokens",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

RESUME_TOKENS = Table(
    "resume_tokens",
    TABLES,
    Column("digest", String(64), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("leg", String(64), nullable=False),
    Column("widget", String(64), nullable=False),
    Column("account_id", String(26)),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "conversation"),
    Index(None, "expires_at"),
)

API_LEGS = Table(
    "api_legs",
    TABLES,
    Column("conversation", String(64), primary_key=True),
    Column("leg", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "created_at"),
)


class Records:
    """The open database. Copies of the gateway on one machine share the file; on several they will share PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="records")

    @classmethod
    def open(cls, file: Path) -> Records:
        """Open and migrate. Raises Unavailable where the file cannot be used."""
        engine = open_engine(file)
        try:
            with engine.begin() as connection:
                if _version(connection) != HEAD:
                    from services.gateway.migrations import upgrade

                    upgrade(connection)
        except SQLAlchemyError as error:
            raise Unavailable(f"The database {file.name} cannot be opened: {type(error).__name__}.") from None
        return cls(engine)

    def read(self, work: Callable[[Connection], Result]) -> Result:
        try:
            with self._engine.connect().execution_options(read_only=True) as connection:
                return work(connection)
        except SQLAlchemyError:  # its message holds the statement's values
            raise Unavailable("The records do not answer now.") from None

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """In one transaction, durable on return. What `work` raises of our own errors undoes it."""
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError:
            raise Unavailable("The records cannot be written now.") from None

    async def reading(self, work: Callable[[Connection], Result]) -> Result:
        return await self.run(lambda: self.read(work))

    async def writing(self, work: Callable[[Connection], Result]) -> Result:
        return await self.run(lambda: self.write(work))

    async def run(self, work: Callable[[], Result]) -> Result:
        """Off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def check(self) -> None:
        """Raises Unavailable where the database does not answer."""
        self.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None
