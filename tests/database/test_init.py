"""`Database.init`: creates what is missing, keeps what is there, also with many at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from tests.database import racer
from tests.database.conftest import OpenDatabase
from tests.database.rows import TABLES, count_of, insert_everything
from tests.support.statements import count_statements
from trackercore import Base, Database, User, UserCreate, users

PROCESSES = 20


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that inherit nothing of this one."""
    # A fork server imports the package once for all of them, where there is one.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload(["trackercore.database"])
    together = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, racer.prepare, (together,)) as processes:
        yield processes


def init_at_once(processes: ProcessPoolExecutor, url: str, schema: str | None = None) -> None:
    """Create the tables in all processes; each waits for the others, so each takes one call."""
    calls = [processes.submit(racer.init, url, schema) for _ in range(PROCESSES)]
    assert [call.result() for call in calls] == ["created"] * PROCESSES


def tables(database: Database, schema: str | None = None) -> set[str]:
    return set(inspect(database.engine).get_table_names(schema))


@pytest.mark.parametrize("attempt", range(3))
def test_many_processes_may_create_the_tables_at_once(
    attempt: int, empty_url: str, processes: ProcessPoolExecutor, open_database: OpenDatabase
) -> None:
    init_at_once(processes, empty_url)
    assert tables(open_database(empty_url)) == set(TABLES)


@pytest.mark.parametrize("attempt", range(2))
@pytest.mark.parametrize("backend", ["postgresql"])
def test_many_processes_may_create_the_schema_at_once(
    attempt: int, empty_url: str, processes: ProcessPoolExecutor, open_database: OpenDatabase
) -> None:
    init_at_once(processes, empty_url, "tracker")
    assert tables(open_database(empty_url), "tracker") == set(TABLES)


def test_a_second_init_keeps_the_data(empty_url: str, open_database: OpenDatabase) -> None:
    database = open_database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        ada = insert_everything(connection, "ada@example.com")["users"]
    database.init()
    open_database(empty_url).init()
    with database.engine.begin() as connection:
        assert count_of(connection, ada["id"]) == dict.fromkeys(TABLES, 1)


def test_a_second_init_changes_nothing(database: Database) -> None:
    with count_statements(database.engine) as statements:
        database.init()
    assert [sql for sql in statements if not sql.lstrip().upper().startswith("SELECT")] == []


@pytest.mark.parametrize("existing", range(1, len(TABLES)))
def test_init_creates_the_tables_that_are_missing(
    existing: int, empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    there = list(TABLES.values())[:existing]
    Base.metadata.create_all(database.engine, tables=there)
    with database.session() as session:
        session.add(User(email="ada@example.com"))
    database.init()
    assert tables(database) == set(TABLES)
    with database.session() as session:
        assert users.find_by_email(session, "ada@example.com") is not None


def test_an_init_that_fails_leaves_nothing_behind(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id integer)"))
        connection.execute(text("CREATE INDEX ux_sessions_user_id_id ON theirs (id)"))
    with pytest.raises(DBAPIError, match="already exists"):
        database.init()
    assert tables(database) == {"theirs"}
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE theirs"))
    database.init()
    assert tables(database) == set(TABLES)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_init_creates_the_file(file_url: str, backend: str, open_database: OpenDatabase) -> None:
    open_database(file_url).init()
    with open_database(file_url).session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
