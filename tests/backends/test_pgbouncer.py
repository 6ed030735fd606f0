"""PostgreSQL behind PgBouncer, which gives each transaction any of a few connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError

from tests.support.fixtures import OpenDatabase
from tests.support.kinds import KINDS, make_database, together
from tests.support.pgbouncer import each_driver, needs_pgbouncer, transaction_pooler
from trackercore import Database, HabitCreate, UserCreate, habits, users

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
DAYS = 20  # psycopg 3 prepares a statement when it is sent for the sixth time
CLIENTS = 6


@pytest.fixture
def pooled_url(empty_url: str) -> Iterator[URL]:
    with transaction_pooler(make_url(empty_url)) as pooled:
        yield pooled


@pytest.mark.slow
@needs_pgbouncer
@each_driver
def test_all_works_through_a_pooler_of_transactions(
    kind: str, driver: str, pooled_url: URL, open_database: OpenDatabase
) -> None:
    url = pooled_url.set(drivername=f"postgresql+{driver}")
    database = open_database(url)

    def init(_: int) -> None:
        own = make_database(kind, url)
        own.init()
        own.dispose()

    together(CLIENTS, init)
    database.upgrade()
    assert database.differences() == []
    streaks = together(CLIENTS, lambda number: use(database, f"{number}@example.com"))
    assert streaks == [DAYS] * CLIENTS


def use(database: Database, email: str) -> int:
    """Write and read in many transactions; return the streak."""
    with database.session() as session:
        user_id = users.create(session, UserCreate(email=email)).id
        new = HabitCreate(name="Run", frequency="daily", starts_on=date(2026, 1, 1))
        habit_id = habits.create(session, user_id, new, now=NOW).id
    for age in range(DAYS):
        with database.session() as session:
            day = NOW.date() - timedelta(days=age)
            habits.check_in(session, user_id, habit_id, on=day, now=NOW)
        with database.session(read_only=True) as session:
            assert len(habits.find(session, user_id)) == 1
    # Not sooner: with a ROLLBACK, psycopg forgets which statements it was going to prepare.
    with (
        pytest.raises(DBAPIError, match="read-only transaction"),
        database.session(read_only=True) as session,
    ):
        users.create(session, UserCreate(email="refused@example.com"))
    with database.session(read_only=True) as session:
        return habits.streak(session, user_id, habit_id, now=NOW).current


@needs_pgbouncer
def test_a_client_s_transactions_change_their_connection(
    pooled_url: URL, open_database: OpenDatabase
) -> None:
    """Otherwise, the tests that go through the pooler would prove little."""
    database = open_database(pooled_url, pool_size=1, max_overflow=0)
    processes = set[int]()
    deadline = time.monotonic() + 60
    while len(processes) < 2:  # a moment after the first, there are two
        assert time.monotonic() < deadline
        with database.engine.connect() as connection:
            processes |= {*connection.scalars(text("SELECT pg_backend_pid()"))}


def threshold(database: Database) -> object:
    """After how many uses psycopg 3 prepares a statement on a new connection; None for never."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        return driver.prepare_threshold


each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_psycopg_3_prepares_statements_where_no_pooler_is_between(
    kind: str, empty_url: str, open_database: OpenDatabase
) -> None:
    url = make_url(empty_url).set(drivername="postgresql+psycopg")
    assert threshold(open_database(url)) == 5  # psycopg's own default


@needs_pgbouncer
@each_kind
def test_behind_a_pooler_psycopg_3_prepares_statements_only_if_connect_args_say_so(
    kind: str, pooled_url: URL, open_database: OpenDatabase
) -> None:
    url = pooled_url.set(drivername="postgresql+psycopg")
    assert threshold(open_database(url)) is None
    assert threshold(open_database(url, connect_args={"prepare_threshold": 7})) == 7
