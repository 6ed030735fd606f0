"""Our own engines: what they set, and what they leave alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import QueuePool

from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.names import named_sql
from tests.support.rows import insert
from trackercore import Database
from trackercore.backends import lost_connections
from trackercore.backends.engines import build_engine
from trackercore.backends.sqlite_connections import is_in_transaction

pytestmark = pytest.mark.both_kinds


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def isolation_level(connection: Connection) -> object:
    """The driver's own, to which SQLAlchemy adapts that of aiosqlite."""
    return getattr(connection.connection.dbapi_connection, "isolation_level")  # noqa: B009


def pool(database: Database) -> QueuePool:
    assert isinstance(database.engine.pool, QueuePool)
    return database.engine.pool


def server_process(database: Database) -> object:
    """The id of PostgreSQL's process for the connection of a session."""
    with database.session() as session:
        return session.scalar(text("SELECT pg_backend_pid()"))


def writer(url: str, lock: str) -> sqlite3.Connection:
    """Somebody in the middle of writing to a new file, which is not yet in WAL mode."""
    path = make_url(url).database
    assert path is not None
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE theirs (id)")
    connection.execute(f"BEGIN {lock}")
    return connection


# Where another has begun to write, SQLite refuses to change the mode at once; where it is about to
# commit, it waits.
each_lock = pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])


def test_neither_making_a_database_nor_its_engine_touches_the_file(
    tmp_path: Path, open_database: OpenDatabase
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'new.db'}")
    assert pool(database).checkedin() == 0
    assert list(tmp_path.iterdir()) == []
    with database.engine.connect():
        assert (tmp_path / "new.db").exists()


def test_the_engine_is_built_once_also_by_many_threads(
    file_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_slowly(url: URL, options: dict[str, object]) -> Engine:
        time.sleep(0.02)
        return build_engine(url, options)

    monkeypatch.setattr("trackercore.database.build_engine", build_slowly)
    database = open_database(file_url)
    together = threading.Barrier(8)

    def build(_: int) -> Engine:
        together.wait()
        return database.engine

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(build, range(8))) == {database.engine}


def test_every_connection_to_a_sqlite_file_is_set_up(
    file_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(file_url)
    with ExitStack() as stack:
        for _ in range(3):
            connection = stack.enter_context(database.engine.connect())
            assert isolation_level(connection) is None
            # A transaction here would keep the others from beginning theirs.
            cursor = connection.connection.cursor()
            expected = {"foreign_keys": 1, "busy_timeout": 30_000, "journal_mode": "wal"}
            for name, value in expected.items():
                cursor.execute(f"PRAGMA {name}")
                assert cursor.fetchone() == (value,)
            cursor.close()


def test_the_database_refuses_a_reference_to_nothing(connection: Connection) -> None:
    refused = pytest.raises(IntegrityError, match=r"(?i)foreign key")
    with refused, connection.begin_nested():
        insert(connection, "categories", user_id=99)


@pytest.mark.parametrize("built", ["before", "after"])
def test_a_plain_engine_next_to_ours_is_left_alone(
    built: str, tmp_path: Path, file_url: str, open_database: OpenDatabase, make_engine: MakeEngine
) -> None:
    plain_url = f"sqlite:///{tmp_path / 'plain.db'}"
    plain = make_engine(plain_url)
    open_database(file_url).init()
    if built == "after":
        plain = make_engine(plain_url)
    with plain.begin() as connection:
        assert not is_in_transaction(connection.connection)
        assert isolation_level(connection) is not None
        assert pragma(connection, "foreign_keys") == 0
        assert pragma(connection, "journal_mode") == "delete"
        assert pragma(connection, "busy_timeout") == 5_000


def test_engine_options_win_over_ours(
    file_url: str, empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(file_url, connect_args={"timeout": 1.5}, pool_size=3, max_overflow=0)
    assert pool(database).size() == 3
    with database.engine.connect() as connection:
        assert pragma(connection, "busy_timeout") == 1_500
        assert pragma(connection, "foreign_keys") == 1
    assert pool(open_database(empty_url, pool_size=2)).size() == 2


@each_lock
def test_a_first_connection_waits_for_a_writer(
    lock: str, file_url: str, open_database: OpenDatabase
) -> None:
    other = writer(file_url, lock)
    finish = threading.Timer(0.2, other.rollback)
    finish.start()
    try:
        with open_database(file_url).engine.connect() as connection:
            assert pragma(connection, "journal_mode") == "wal"
    finally:
        finish.join()
        other.close()


@each_lock
def test_a_first_connection_gives_up_after_the_busy_timeout(
    lock: str, file_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.backends.sqlite_connections.BUSY_TIMEOUT", 0.1)
    other = writer(file_url, lock)
    try:
        with pytest.raises(OperationalError, match="database is locked"):
            open_database(file_url).engine.connect()
    finally:
        other.close()


def test_dispose_closes_the_connections_of_our_engine_which_then_opens_new_ones(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    with database.session() as session:
        session.execute(text("SELECT 1"))
    with database.session(read_only=True) as session:
        session.execute(text("SELECT 1"))
    assert pool(database).checkedin() == 1
    database.dispose()
    assert pool(database).checkedin() == 0
    file = database.engine.url.database or ""
    assert not Path(f"{file}-wal").exists()  # SQLite removes it with the last connection
    with database.session() as session:
        assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("kind", ["Database"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_connections_to_a_file_are_not_switched_between_reading_and_writing(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    sent: list[str] = []

    def trace(connection: sqlite3.Connection, _entry: object) -> None:
        connection.set_trace_callback(sent.append)

    event.listen(database.engine, "connect", trace)
    for _ in range(2):
        sent.clear()
        with database.session() as session:
            session.execute(text("SELECT 1"))
        with database.session(read_only=True) as session:
            session.execute(text("SELECT 2"))
    assert sent == ["BEGIN IMMEDIATE", "SELECT 1", "COMMIT", "BEGIN", "SELECT 2", "COMMIT"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_one_connection_of_a_database_in_memory_reads_and_writes_by_turns(
    backend: str, open_database: OpenDatabase
) -> None:
    database = open_database("sqlite://")
    database.init()
    for number in range(3):
        with (
            pytest.raises(DBAPIError, match="readonly"),
            database.session(read_only=True) as session,
        ):
            insert(session.connection(), "users", email="refused@example.com")
        with database.session() as session:
            insert(session.connection(), "users", email=f"{number}@example.com")
        with database.session(read_only=True) as session:
            assert session.scalar(named_sql("SELECT count(*) FROM users")) == number + 1


def test_dispose_without_an_engine_does_nothing(
    tmp_path: Path, open_database: OpenDatabase
) -> None:
    open_database(f"sqlite:///{tmp_path / 'new.db'}").dispose()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_connection_that_the_server_dropped_is_replaced(
    database: Database, open_database: OpenDatabase
) -> None:
    drop = text("SELECT pg_terminate_backend(:pid, 5000)")

    def use_twice(one_connection: Database) -> None:
        dropped = server_process(one_connection)
        with database.session() as session:
            assert session.scalar(drop, {"pid": dropped})
        assert server_process(one_connection) != dropped

    url = database.engine.url
    use_twice(open_database(url, pool_size=1, max_overflow=0))
    with pytest.raises(OperationalError, match=r"terminat|closed"):  # so it is the ping that helps
        use_twice(open_database(url, pool_size=1, max_overflow=0, pool_pre_ping=False))


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_connection_is_pinged_only_if_it_was_idle(
    empty_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_url, pool_size=1, max_overflow=0)
    pinged: list[object] = []
    first = server_process(database)
    monkeypatch.setattr(database.engine.dialect, "do_ping", pinged.append)
    assert server_process(database) == first
    assert pinged == []
    monkeypatch.setattr(lost_connections, "TRUSTED_FOR", 0.0)
    assert server_process(database) == first
    assert len(pinged) == 1


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_idle_connection_that_was_dropped_silently_is_replaced(
    empty_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_url, pool_size=1, max_overflow=0)
    dialect = database.engine.dialect
    pinged: list[object] = []

    def time_out_once(connection: object) -> None:
        pinged.append(connection)
        if len(pinged) == 1:
            raise dialect.loaded_dbapi.OperationalError("could not receive data: timed out")

    first = server_process(database)
    monkeypatch.setattr(lost_connections, "TRUSTED_FOR", 0.0)
    monkeypatch.setattr(dialect, "do_ping", time_out_once)
    assert server_process(database) != first
    assert len(pinged) == 2


@pytest.mark.parametrize(
    ("driver", "pinged"),
    [("psycopg2", False), ("psycopg", False), ("psycopg_async", False), ("pg8000", True)],
)
def test_a_connection_whose_socket_is_unknown_is_pinged_each_time(
    driver: str, pinged: bool
) -> None:
    given: dict[str, object] = {}

    def create(_url: URL, **options: object) -> Engine:
        given.update(options)
        return create_engine("sqlite://")

    build_engine(make_url(f"postgresql+{driver}://host/name"), {}, create=create)
    assert given["pool_pre_ping"] is pinged


@pytest.mark.parametrize("kind", ["Database"])
@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("forked", [False, True])
def test_a_forked_process_that_disposes_leaves_its_parents_connections_open(
    forked: bool, empty_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_url)
    with database.session(read_only=True) as session:
        connection = session.connection().connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    if forked:
        monkeypatch.setattr("os.getpid", lambda: -1)
    database.engine.dispose(close=False)
    if forked:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.close()
    else:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("kind", ["Database"])  # psycopg2's own fault
@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("name", ["DatabaseError", "InterfaceError"])
def test_a_connection_that_is_lost_in_a_call_is_an_operational_error_whatever_the_driver_calls_it(
    name: str, database: Database, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: type[Exception] = getattr(import_module("psycopg2"), name)
    ours = open_database(database.engine.url)

    def lose(*_: object) -> None:
        raise lost("server closed the connection unexpectedly")

    def select_twice() -> None:
        with ours.session() as session, monkeypatch.context() as patch:
            session.execute(text("SELECT 1"))
            patch.setattr(ours.engine.dialect, "do_execute", lose)
            session.execute(text("SELECT 2"))

    with pytest.raises(OperationalError, match="closed the connection") as caught:
        select_twice()
    assert caught.value.connection_invalidated
    assert type(caught.value.orig) is lost
    assert caught.value.__cause__ is caught.value.orig
    with ours.session() as session:
        assert session.scalar(text("SELECT 3")) == 3
