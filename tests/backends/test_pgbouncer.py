"""PostgreSQL behind PgBouncer, which gives each transaction any of a few connections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from tests.support.fixtures import OpenDatabase
from tests.support.kinds import make_database, together
from tests.support.pgbouncer import PROGRAM, transaction_pooler
from trackercore import Database, HabitCreate, UserCreate, habits, users

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer on this machine"),
    pytest.mark.parametrize("backend", ["postgresql"]),
]

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
DAYS = 8  # psycopg 3 prepares a statement when it is sent for the sixth time
CLIENTS = 6


@pytest.fixture
def pooled_url(empty_url: str, tmp_path: Path) -> Iterator[URL]:
    url = make_url(empty_url)
    if "host" not in url.query:
        pytest.skip("the server has no socket")
    with transaction_pooler(url, tmp_path) as pooled:
        yield pooled


@pytest.mark.parametrize(
    ("kind", "driver", "connect_args"),
    [
        ("Database", "psycopg2", {}),
        ("Database", "psycopg", {"prepare_threshold": None}),
        ("AsyncDatabase", "psycopg", {"prepare_threshold": None}),
    ],
)
def test_all_works_through_a_pooler_of_transactions(
    kind: str,
    driver: str,
    connect_args: dict[str, object],
    pooled_url: URL,
    open_database: OpenDatabase,
) -> None:
    url = pooled_url.set(drivername=f"postgresql+{driver}")
    database = open_database(url, connect_args=connect_args)

    def init(_: int) -> None:
        own = make_database(kind, url, connect_args=connect_args)
        own.init()
        own.dispose()

    together(CLIENTS, init)
    database.upgrade()
    assert database.differences() == []
    streaks = together(CLIENTS, lambda number: use(database, f"{number}@example.com"))
    assert streaks == [DAYS] * CLIENTS


def use(database: Database, email: str) -> int:
    """Write in many transactions, between them read and be refused; return the streak."""
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
        with (
            pytest.raises(DBAPIError, match="read-only transaction"),
            database.session(read_only=True) as session,
        ):
            users.create(session, UserCreate(email="refused@example.com"))
    with database.session(read_only=True) as session:
        return habits.streak(session, user_id, habit_id, now=NOW).current
