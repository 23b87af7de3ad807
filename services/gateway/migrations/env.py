"""For the `alembic` command at development time (`alembic -x file=PATH …`); the gateway itself calls `upgrade`."""

from __future__ import annotations

from pathlib import Path

from alembic import context

from appliance.adapters.sql import open_engine
from services.gateway.records import TABLES

with open_engine(Path(context.get_x_argument(as_dictionary=True)["file"])).begin() as connection:
    context.configure(connection=connection, target_metadata=TABLES)
    context.run_migrations()
