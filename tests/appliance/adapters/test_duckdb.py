"""The encrypted database: nothing readable on disk, no other key, no way out of its file."""

from __future__ import annotations

import stat
from pathlib import Path

import duckdb
import pytest

from appliance.adapters.duckdb import EncryptedDatabase, read_key
from appliance.errors import Tampered

KEY = b"k" * 32


def filled(file: Path) -> EncryptedDatabase:
    database = EncryptedDatabase(file, KEY)
    database.run("CREATE TABLE t (i INTEGER, s VARCHAR)")
    with database.transaction():
        database.insert("t", [(number, "planted-in-the-clear") for number in range(2000)])
    return database


def test_nothing_readable_lies_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "clear.txt").write_text("planted-in-the-clear")
    database = filled(tmp_path / "a.duckdb")
    open_files = {file.name for file in tmp_path.iterdir() if b"planted-in-the-clear" in file.read_bytes()}
    database.close()
    closed_files = {file.name for file in tmp_path.iterdir() if b"planted-in-the-clear" in file.read_bytes()}
    assert open_files == closed_files == {"clear.txt"}
    assert stat.S_IMODE((tmp_path / "a.duckdb").stat().st_mode) == 0o600


def test_the_rows_are_there_again(tmp_path: Path) -> None:
    filled(tmp_path / "a.duckdb").close()
    database = EncryptedDatabase(tmp_path / "a.duckdb", KEY)
    assert database.run("SELECT count(*), max(i) FROM t") == [(2000, 1999)]
    database.close()


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    filled(tmp_path / "a.duckdb").close()
    with pytest.raises(Tampered, match="key does not open"):
        EncryptedDatabase(tmp_path / "a.duckdb", b"x" * 32)
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(tmp_path / "a.duckdb"))


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.duckdb"
    filled(file).close()
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(Tampered, match="damaged"):
        EncryptedDatabase(file, KEY)


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    database = filled(tmp_path / "a.duckdb")
    with pytest.raises(duckdb.Error), database.transaction():  # noqa: PT012 - what is done before counts
        database.run("DELETE FROM t")
        database.run("SELECT 1 / nothing")
    assert database.run("SELECT count(*) FROM t") == [(2000,)]
    database.close()


def test_sql_reaches_no_other_file_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    database = filled(tmp_path / "a.duckdb")
    for statement in (
        f"SELECT * FROM read_csv('{tmp_path}/other.csv')",
        f"COPY t TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/b.duckdb' AS b",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SET force_mbedtls_unsafe = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            database.run(statement)
    database.close()


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "insights.key"
    key = read_key(file)
    assert len(key) == 32
    assert read_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("not hex")
    with pytest.raises(Tampered):
        read_key(file)
