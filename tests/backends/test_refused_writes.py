"""PostgreSQL servers that are read-only for a while: afterwards connections are replaced."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from trackercore import Database, UserCreate, users

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])

each_driver = pytest.mark.parametrize(
    ("kind", "driver"),
    [("Database", "psycopg2"), ("Database", "psycopg"), ("AsyncDatabase", "psycopg")],
)
SetReadOnly = Callable[[str], None]


@pytest.fixture
def set_read_only(server: Server, empty_url: str) -> SetReadOnly:
    """Make new connections to the database read-only by default, or no longer."""
    name = make_url(empty_url).database

    def set_read_only(value: str) -> None:
        engine = create_engine(server.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        statement = f"ALTER DATABASE {name} SET default_transaction_read_only = {value}"
        with engine.connect() as connection:
            connection.execute(text(statement))

    return set_read_only


def connections(database: Database) -> set[int]:
    """PostgreSQL's numbers for three connections, used at once."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(database.session()) for _ in range(3)]
        return {session.scalar(text("SELECT pg_backend_pid()")) or 0 for session in sessions}


def write(database: Database, number: int) -> None:
    with database.session() as session:
        users.create(session, UserCreate(email=f"{number}@example.com"))


@each_driver
def test_one_refused_write_replaces_all_connections_that_stayed_read_only(
    kind: str,
    driver: str,
    empty_url: str,
    open_database: OpenDatabase,
    set_read_only: SetReadOnly,
) -> None:
    database = open_database(make_url(empty_url).set(drivername=f"postgresql+{driver}"))
    database.init()
    database.dispose()
    set_read_only("on")
    before = connections(database)
    with pytest.raises(DBAPIError, match="read-only transaction"):
        write(database, 0)
    during = connections(database)
    assert during.isdisjoint(before)
    set_read_only("off")
    with pytest.raises(DBAPIError, match="read-only transaction"):
        write(database, 1)
    for number in range(2, 8):
        write(database, number)
    after = connections(database)
    assert after.isdisjoint(during)
    assert connections(database) == after


def test_a_write_in_a_read_only_session_replaces_nothing(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    database.init()
    before = connections(database)
    with (
        pytest.raises(DBAPIError, match="read-only transaction"),
        database.session(read_only=True) as session,
    ):
        users.create(session, UserCreate(email="ada@example.com"))
    assert connections(database) == before
