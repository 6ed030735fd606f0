"""`Database.init`: creates the tables, keeps what is there, also with many at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from tests.database import racer
from tests.migrations import two_revisions
from tests.migrations.two_revisions import NEWEST, OLDEST
from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from tests.support.rows import TABLES, count_of, insert_everything
from tests.support.statements import count_statements
from trackercore import Base, Database, SchemaOutOfDate, TablesMissing, UserCreate, users
from trackercore.migrations.state import HEAD
from trackercore.migrations.transaction import changing
from trackercore.table_prefix import table_prefix

OURS = {*map(named, TABLES), named("trackercore_version")}


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that inherit nothing of this one."""
    with racer.processes() as processes:
        yield processes


def tables(database: Database, schema: str | None = None) -> set[str]:
    return set(inspect(database.engine).get_table_names(schema))


@pytest.mark.both_kinds
@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(["init"], marks=pytest.mark.slow),
        pytest.param(["upgrade"], marks=pytest.mark.slow),
        ["init", "upgrade"],
    ],
)
@pytest.mark.parametrize(
    ("backend", "schema"),
    [
        ("sqlite", None),
        ("postgresql", None),
        pytest.param("postgresql", "tracker", marks=pytest.mark.slow),
    ],
)
def test_many_processes_may_create_the_tables_and_their_schema_at_once(
    schema: str | None,
    calls: list[racer.Call],
    kind: str,
    empty_url: str,
    processes: ProcessPoolExecutor,
    open_database: OpenDatabase,
) -> None:
    outcomes = racer.all_at_once(processes, kind, empty_url, schema, *calls)
    assert outcomes == ["done"] * racer.PROCESSES
    database = open_database(empty_url, schema=schema)
    assert tables(database, schema) == OURS
    assert database.revision() == NEWEST


@pytest.mark.slow
@pytest.mark.both_kinds
@pytest.mark.parametrize("calls", [["upgrade"], ["init", "upgrade"]])
def test_many_processes_may_upgrade_at_once(
    calls: list[racer.Call],
    kind: str,
    empty_url: str,
    processes: ProcessPoolExecutor,
    open_database: OpenDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Meanwhile, an init sees the old tables or the new ones, and changes nothing."""
    two_revisions.install(monkeypatch)
    database = open_database(empty_url)
    two_revisions.make_old_tables(database)
    outcomes = set(racer.all_at_once(processes, kind, empty_url, None, *calls))
    assert outcomes - {repr(SchemaOutOfDate(OLDEST, NEWEST, None, table_prefix()))} == {"done"}
    assert len(outcomes) == 1 or "init" in calls
    assert database.revision() == NEWEST
    assert database.differences() == []


def test_a_second_init_keeps_the_data(empty_url: str, open_database: OpenDatabase) -> None:
    database = open_database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        ada = insert_everything(connection, "ada@example.com")["users"]
    database.init()
    open_database(empty_url).init()
    with database.engine.begin() as connection:
        assert count_of(connection, ada["id"]) == dict.fromkeys(TABLES, 1)


def test_a_second_init_only_reads_and_takes_no_lock(database: Database) -> None:
    with count_statements(database.engine) as statements:
        database.init()
    assert len(statements) == 2, statements
    assert [sql for sql in statements if not sql.lstrip().upper().startswith("SELECT")] == []
    assert "lock" not in " ".join(statements).lower()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_second_init_does_not_wait_for_a_writer(
    database: Database, open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0})
    with database.engine.begin() as connection:
        connection.execute(named_sql("UPDATE users SET id = id"))
        impatient.init()


@pytest.mark.no_pooler("PgBouncer refuses options")
@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_second_init_does_not_wait_for_whoever_locks_tables(
    database: Database, open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"options": "-c lock_timeout=1"})
    with changing(database.engine) as connection:
        for table in TABLES:
            connection.execute(named_sql(f"LOCK TABLE {table}"))
        impatient.init()


def test_an_init_that_fails_leaves_nothing_behind(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id integer)"))
        connection.execute(named_sql("CREATE INDEX ix_sessions_by_part ON theirs (id)"))
    with pytest.raises(DBAPIError, match="already exists"):
        database.init()
    assert tables(database) == {"theirs"}
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE theirs"))
    database.init()
    assert tables(database) == OURS


def test_init_does_not_import_alembic(empty_url: str) -> None:
    code = (
        "import sys, trackercore\n"
        f"for _ in range(2): trackercore.init_db({empty_url!r}).dispose()\n"
        "print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_init_creates_the_file(file_url: str, backend: str, open_database: OpenDatabase) -> None:
    open_database(file_url).init()
    with open_database(file_url).session() as session:
        users.create(session, UserCreate(email="ada@example.com"))


@pytest.mark.both_kinds
@pytest.mark.parametrize("call", ["init", "upgrade"])
def test_after_drop_all_the_tables_are_created_again(
    call: str, empty_url: str, open_database: OpenDatabase
) -> None:
    """`drop_all`, as in many a conftest.py, leaves the table with the revision."""
    database = open_database(empty_url)
    for _ in range(2):
        getattr(database, call)()
        with database.session() as session:
            assert users.find(session).items == []
            users.create(session, UserCreate(email="ada@example.com"))
        with database.session() as session:
            Base.metadata.drop_all(session.connection())
        assert database.revision() is None
    getattr(database, call)()
    assert tables(database) == OURS
    assert database.revision() == HEAD
    assert database.differences() == []


def test_tables_that_are_missing_are_named(empty_url: str, open_database: OpenDatabase) -> None:
    database = open_database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        connection.execute(named_sql("DROP TABLE timers"))
        connection.execute(named_sql("DROP TABLE check_ins"))
    for call in (database.init, database.upgrade, database.revision):
        with pytest.raises(TablesMissing) as caught:
            call()
        assert caught.value.tables == (named("check_ins"), named("timers"))
        assert caught.value.present == tuple(sorted({*map(named, TABLES)} - {*caught.value.tables}))
    with database.engine.begin() as connection:
        Base.metadata.drop_all(connection)
    database.init()
    assert tables(database) == OURS


def test_after_drop_all_a_table_of_the_host_s_is_named_and_kept(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(named_sql("CREATE TABLE users (login text)"))
    with pytest.raises(TablesMissing, match=r"there are \w*users\. ") as caught:
        database.init()
    assert caught.value.present == (named("users"),)
