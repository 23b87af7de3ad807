"""What the demo sales desk keeps, in a SQLite file of its own."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from services.connectors.demo_once import calls_done

TABLES = MetaData()
DONE = calls_done(TABLES)
LEADS = Table("leads", TABLES, Column("id", Integer, primary_key=True), Column("about", Text, nullable=False))
QUOTES = Table("quotes", TABLES, Column("id", Integer, primary_key=True), Column("stands", String(16), nullable=False))
LINES = Table(
    "lines",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("quote", Integer, nullable=False),
    Column("product", String(48), nullable=False),
    Column("count", Integer, nullable=False),
    Column("cents", Integer, nullable=False),
)
LETTERS = Table(
    "letters",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("about", Text, nullable=False),
)
"""What would be sent by e-mail."""
APPOINTMENTS = Table(
    "appointments",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("day", String(10), nullable=False),
    Column("time", String(5), nullable=False),
    Column("address", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""A number is never given twice, also where its appointment was cancelled."""
CALLS = Table(
    "calls",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("number", String(80), nullable=False),
    Column("at", String(16), nullable=False),
)
LISTED = Table("listed", TABLES, Column("number", String(80), primary_key=True))
"""Numbers that nobody calls."""
