"""The records' migrations lead to the tables the code uses, once, and no release guesses at a later one's."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from appliance.errors import Invalid, Unavailable
from services.gateway.migrations import scripts
from services.gateway.records import HEAD, TABLES, Records


def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    assert scripts().get_heads() == [HEAD]
    records = Records.open(tmp_path / "records.db")
    differences = records.read(lambda connection: compare_metadata(MigrationContext.configure(connection), TABLES))
    assert differences == []
    records.close()


def test_opening_twice_changes_nothing_and_the_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    Records.open(file).close()
    records = Records.open(file)
    records.check()
    records.close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_later_release_is_not_guessed_at(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    Records.open(file).close()
    database = sqlite3.connect(file)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    with pytest.raises(Invalid):
        Records.open(file)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(Unavailable):
        Records.open(file)
