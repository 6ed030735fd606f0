"""What `init` costs: a program calls it at every start, and a test suite for every test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time

import pytest
from sqlalchemy import create_engine

from tests.migrations.support import Tracker
from tests.support.fixtures import OpenDatabase
from tests.support.statements import count_statements
from trackercore import Base, Database, prepare_engine

ITEMS = sum(1 + len(table.indexes) for table in Base.metadata.tables.values())
"""Tables and indexes."""


def test_creating_takes_a_statement_for_every_table_and_index_and_few_besides(
    backend: str, tracker: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(tracker.url)
    with count_statements(database.engine) as statements:
        database.init()
    reads = [sql for sql in statements if sql.lstrip().upper().startswith("SELECT")]
    assert len(statements) - len(reads) == ITEMS + 2, statements  # the version table, and its row
    at_most = {"sqlite": 4 + len(Base.metadata.tables), "postgresql": 6}
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
def test_what_is_current_takes_two_reads_to_see(
    upgrade: bool, tracker: Tracker, open_database: OpenDatabase
) -> None:
    """An upgrade takes its lock first, and checks references on SQLite."""
    database = open_database(tracker.url)
    database.init()
    with count_statements(database.engine) as statements:
        database.upgrade() if upgrade else database.init()
    assert all(sql.lstrip().upper().startswith("SELECT") for sql in statements), statements
    assert len(statements) <= (4 + len(Base.metadata.tables) if upgrade else 2), statements


def seconds(call: Callable[[], object]) -> float:
    start = process_time()
    call()
    return process_time() - start


def test_in_memory_it_takes_hardly_longer_than_creating_the_tables() -> None:
    """About 1.3 times as long, in CPU time, which other load leaves alone."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(15):  # in turn, so that both meet the same load
        database = Database("sqlite://")
        prepared = prepare_engine(create_engine("sqlite://"))
        for engine in (database.engine, prepared):
            engine.connect().close()
        ours.append(seconds(database.init))
        bare.append(seconds(partial(Base.metadata.create_all, prepared)))
        database.dispose()
        prepared.dispose()
    assert min(ours) <= 2 * min(bare)
