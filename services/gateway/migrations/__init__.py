"""How the records' tables come to be and change: a file a step under `versions`, run by Alembic, never edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from appliance.errors import Invalid


def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest step, in the connection's transaction. Raises Invalid for a later release's."""
    directory = scripts()

    def steps(revision: Any, _context: Any) -> Any:
        return directory._upgrade_revs("head", revision)

    try:
        with EnvironmentContext(Config(), directory, fn=steps) as context:
            context.configure(connection=connection, transactional_ddl=False)
            context.run_migrations()
    except CommandError:
        raise Invalid("The records were written by a later release; start that one, or restore a backup.") from None
