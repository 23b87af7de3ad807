"""Accounts of more people than one: invitations, who was removed, and whose an API key is in the end.

Revision ID: 0002
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("signed_in_at", sa.BigInteger))
    op.create_table(
        "former_accounts",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_former_accounts"),
    )
    op.create_index("ix_former_accounts_removed_at", "former_accounts", ["removed_at"])
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_invitations"),
        sa.UniqueConstraint("account_id", name="uq_invitations_account_id"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_invitations_account_id_accounts", ondelete="CASCADE"
        ),
    )
    op.add_column("api_keys", sa.Column("account_id", sa.String(26)))
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id"])
    _fill_owners()


def _fill_owners() -> None:
    """A key that a key made is that key's owner's. One that is nobody's would be bound by nobody's rights: it ends."""
    connection = op.get_bind()
    accounts = {row[0] for row in connection.execute(sa.text("SELECT id FROM accounts"))}
    makers = {row[0]: row[1] for row in connection.execute(sa.text("SELECT id, created_by FROM api_keys"))}
    for key in makers:
        owner = makers[key]
        while owner.startswith("api_key:"):  # a key is older than those it made, so this ends
            owner = makers.get(owner.removeprefix("api_key:"), "")
        account = owner.removeprefix("account:")
        if account in accounts:
            filled = sa.text("UPDATE api_keys SET account_id = :account WHERE id = :key")
            connection.execute(filled, {"account": account, "key": key})
    ended = sa.text("UPDATE api_keys SET revoked_at = :now WHERE account_id IS NULL AND revoked_at IS NULL")
    connection.execute(ended, {"now": int(time.time())})


def downgrade() -> None:
    op.drop_index("ix_api_keys_account_id", "api_keys")
    op.drop_column("api_keys", "account_id")
    op.drop_table("invitations")
    op.drop_table("former_accounts")
    op.drop_column("accounts", "signed_in_at")
