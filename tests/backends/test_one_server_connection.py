"""Clients of a PgBouncer with one connection to the server: what one sets, no other has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import URL, Engine, NullPool, Row, create_engine, make_url, text

from tests.adoption.legacy import BOTH, ROWS
from tests.adoption.support import fill
from tests.database.tour import take_tour
from tests.support.fixtures import OpenDatabase
from tests.support.pgbouncer import each_driver, needs_pgbouncer, transaction_pooler
from trackercore import UserCreate, adopt, users

pytestmark = [pytest.mark.parametrize("backend", ["postgresql"]), needs_pgbouncer]

# What a connection keeps when a transaction is over.
_STATE = text("""
(SELECT name, setting FROM pg_settings ORDER BY 1)
UNION ALL SELECT 'process', pg_backend_pid()::text
UNION ALL SELECT 'prepared', count(*)::text FROM pg_prepared_statements
UNION ALL SELECT 'cursors', count(*)::text FROM pg_cursors WHERE name <> ''
UNION ALL SELECT 'locks', count(*)::text FROM pg_locks
    WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT 'channels', count(*)::text FROM pg_listening_channels()
UNION ALL SELECT 'temporary', count(*)::text FROM pg_class WHERE relpersistence = 't'
""")


@pytest.fixture
def pooled_url(empty_url: str) -> Iterator[URL]:
    with transaction_pooler(make_url(empty_url), smallest=1, largest=1) as pooled:
        yield pooled


@pytest.fixture
def other(pooled_url: URL) -> Iterator[Engine]:
    """Another program that uses the same pooler."""
    engine = create_engine(pooled_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def state(engine: Engine) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(_STATE).all()


@pytest.mark.slow
@each_driver
def test_a_connection_is_given_back_as_it_was(
    kind: str, driver: str, pooled_url: URL, other: Engine, open_database: OpenDatabase
) -> None:
    before = state(other)
    url = pooled_url.set(drivername=f"postgresql+{driver}")
    database = open_database(url, schema="tracker", isolation_level="REPEATABLE READ")
    for work in (database.init, database.revision, database.upgrade, database.differences):
        work()
        assert state(other) == before
    for read_only in (False, True, False):
        with database.session(read_only=read_only) as session:
            users.find(session)
        assert state(other) == before
    with database.session() as session:
        take_tour(session, "ada@example.com")
    assert state(other) == before


@pytest.mark.slow
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_adoption_gives_its_connection_back_as_it_was(
    driver: str, pooled_url: URL, other: Engine, without_prefix: None
) -> None:
    url = pooled_url.set(drivername=f"postgresql+{driver}").render_as_string()
    fill(url, BOTH, ROWS)
    before = state(other)
    for dry_run in (True, False):
        adopt(url, owner_email="ada@example.com", dry_run=dry_run)
        assert state(other) == before


@each_driver
def test_who_may_only_read_and_who_may_write_take_turns(
    kind: str, driver: str, pooled_url: URL, open_database: OpenDatabase
) -> None:
    url = pooled_url.set(drivername=f"postgresql+{driver}")
    reader, writer = open_database(url), open_database(url)
    reader.init()
    for number in range(7):
        with reader.session(read_only=True) as session:
            assert len(users.find(session)) == number
            assert session.scalar(text("SHOW transaction_read_only")) == "on"
        with writer.session() as session:
            users.create(session, UserCreate(email=f"{number}@example.com"))


@each_driver
def test_every_transaction_has_the_isolation_level_of_its_own_client(
    kind: str, driver: str, pooled_url: URL, open_database: OpenDatabase
) -> None:
    url = pooled_url.set(drivername=f"postgresql+{driver}")
    clients = {"read committed": open_database(url)}
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        clients[level.lower()] = open_database(url, isolation_level=level)
    for _ in range(3):
        for read_only in (False, True):
            for level, database in clients.items():
                with database.session(read_only=read_only) as session:
                    assert session.scalar(text("SHOW transaction_isolation")) == level
