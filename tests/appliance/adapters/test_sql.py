from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text

from appliance.adapters.sql import open_database
from appliance.errors import Invalid, Unavailable

TABLES = MetaData()
NOTE = Table("note", TABLES, Column("id", Integer, primary_key=True), Column("words", String))


def add_author(connection):
    connection.execute(text("ALTER TABLE note ADD COLUMN author VARCHAR"))


def test_a_database_is_private_durable_and_opens_again(tmp_path):
    file = tmp_path / "unit" / "records.sqlite"
    engine = open_database(file, TABLES)
    with engine.begin() as connection:
        connection.execute(insert(NOTE).values(id=1, words="kept"))
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    engine.dispose()
    assert file.stat().st_mode & 0o777 == 0o600
    with open_database(file, TABLES).begin() as connection:
        assert connection.execute(select(NOTE.c.words)).scalar_one() == "kept"


def test_migrations_run_once_in_order(tmp_path):
    file = tmp_path / "records.sqlite"
    open_database(file, TABLES).dispose()
    open_database(file, TABLES, [add_author]).dispose()
    with open_database(file, TABLES, [add_author]).begin() as connection:
        connection.execute(text("INSERT INTO note VALUES (1, 'x', 'y')"))


def test_a_failed_migration_changes_nothing(tmp_path):
    def half(connection):
        add_author(connection)
        connection.execute(text("SELECT nonsense"))

    file = tmp_path / "records.sqlite"
    open_database(file, TABLES).dispose()
    with pytest.raises(Unavailable):
        open_database(file, TABLES, [half])
    open_database(file, TABLES, [add_author]).dispose()


def test_a_later_releases_database_is_refused(tmp_path):
    file = tmp_path / "records.sqlite"
    open_database(file, TABLES, [add_author]).dispose()
    with pytest.raises(Invalid, match="later release"):
        open_database(file, TABLES)


def test_a_file_that_is_no_database_is_said_so(tmp_path):
    file = tmp_path / "records.sqlite"
    file.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        open_database(file, TABLES)
