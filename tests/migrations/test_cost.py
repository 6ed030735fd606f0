"""What `init` costs: a program calls it at every start, and a test suite for every test."""

from __future__ import annotations

import pytest

from tests.migrations.support import Tracker
from tests.support.fixtures import OpenDatabase
from tests.support.statements import count_statements
from trackercore import Base

ITEMS = sum(1 + len(table.indexes) for table in Base.metadata.tables.values())
"""Tables and indexes."""


@pytest.mark.parametrize(
    ("backend", "in_memory"), [("sqlite", False), ("sqlite", True), ("postgresql", False)]
)
def test_creating_takes_a_statement_for_every_table_and_index_and_few_others(
    backend: str, in_memory: bool, tracker: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database("sqlite://" if in_memory else tracker.url)
    with count_statements(database.engine) as statements:
        database.init()
    reads = [sql for sql in statements if sql.lstrip().upper().startswith("SELECT")]
    assert len(statements) - len(reads) == ITEMS + 2, statements  # the version table, and its row
    at_most = {"sqlite": 4 + len(Base.metadata.tables), "postgresql": 7}
    assert len(reads) <= at_most[backend], reads


@pytest.mark.parametrize("backend", ["postgresql"])
def test_creating_in_a_schema_takes_at_most_five_more(
    tracker: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(tracker.url, schema="My tracker")
    with count_statements(database.engine) as statements:
        database.init()
    assert len(statements) <= ITEMS + 2 + 6 + 5, statements


@pytest.mark.parametrize("upgrade", [False, True])
def test_current_tables_are_recognised_in_two_reads(
    upgrade: bool, tracker: Tracker, open_database: OpenDatabase
) -> None:
    """An upgrade takes its lock first, and checks references on SQLite."""
    database = open_database(tracker.url)
    database.init()
    with count_statements(database.engine) as statements:
        database.upgrade() if upgrade else database.init()
    assert all(sql.lstrip().upper().startswith("SELECT") for sql in statements), statements
    assert len(statements) <= (4 + len(Base.metadata.tables) if upgrade else 2), statements
