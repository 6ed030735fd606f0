"""Databases on an engine that the host made: checked, used, and otherwise left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from tests.services.calls import CALLS, SOMEBODY
from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.kinds import Awaited, finish
from tests.support.names import named, named_sql
from trackercore import (
    Database,
    EngineNotPrepared,
    Task,
    TaskCreate,
    User,
    UserCreate,
    prepare_engine,
    tasks,
    users,
)
from trackercore.backends import backend_of

pytestmark = pytest.mark.both_kinds

ADA = UserCreate(email="ada@example.com")


def set_foreign_keys(engine: Engine, value: str) -> None:
    """The listener that SQLAlchemy documents under "Foreign Key Support"."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys={value}")
        cursor.close()


def begin_early(engine: Engine) -> None:
    """The listeners that SQLAlchemy documents under "Serializable isolation / Savepoints"."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        driver: Any = connection
        driver.isolation_level = None

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


@pytest.fixture
def engine(database: Database, make_engine: MakeEngine) -> Engine:
    """A host's engine on `database`."""
    return prepare_engine(make_engine(database.engine.url, pool_size=1, max_overflow=0))


def statements_sent(engine: Engine) -> list[str]:
    """All statements that the driver runs in one transaction of the host's on SQLite."""
    sent: list[str] = []
    with engine.connect() as connection:
        driver_connection = connection.connection.driver_connection
        assert driver_connection is not None
        finish(driver_connection.set_trace_callback(sent.append))
        connection.execute(text("SELECT 1"))
        connection.commit()
        finish(driver_connection.set_trace_callback(None))
    return sent


UNPREPARED: dict[str, list[Callable[[Engine], object]]] = {
    "nothing": [],
    "foreign keys alone": [lambda engine: set_foreign_keys(engine, "ON")],
    "an early BEGIN alone": [begin_early],
    # Its read-only sessions would write, and others could fail halfway, without the lock.
    "what SQLAlchemy documents": [lambda engine: set_foreign_keys(engine, "ON"), begin_early],
    "all except foreign keys": [prepare_engine, lambda engine: set_foreign_keys(engine, "OFF")],
}


@pytest.mark.parametrize("prepared", UNPREPARED)
def test_a_sqlite_engine_that_lacks_what_prepare_engine_sets_is_refused(
    prepared: str, file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engine = make_engine(file_url)
    for prepare in UNPREPARED[prepared]:
        prepare(engine)
    database = open_database(engine)
    uses: list[Callable[[], object]] = [
        database.init,
        database.session().__enter__,
        database.session(read_only=True).__enter__,
    ]
    if isinstance(database, Awaited):  # the property cannot wait for a connection
        assert database.engine is engine
    else:
        uses.append(lambda: database.engine)
    for use in uses:
        with pytest.raises(EngineNotPrepared, match="prepare_engine"):
            use()


@pytest.mark.parametrize("prepared", UNPREPARED)
def test_every_service_refuses_the_host_s_session_on_such_an_engine(
    prepared: str, file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    open_database(file_url).init()
    engine = make_engine(file_url)
    for prepare in UNPREPARED[prepared]:
        prepare(engine)
    make_session = sessionmaker(engine)
    for call in CALLS:
        with pytest.raises(EngineNotPrepared, match="prepare_engine"), make_session() as session:
            call.run_unprepared(session, SOMEBODY)


def test_services_take_the_host_s_session_on_a_prepared_engine(
    file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    open_database(file_url).init()
    engine = prepare_engine(make_engine(file_url))
    sent = statements_sent(engine)
    with sessionmaker(engine).begin() as session:
        ada = users.create(session, ADA).id
        tasks.create(session, ada, TaskCreate(title="Mow"))
    with sessionmaker(engine).begin() as session:
        users.delete(session, ada)
    with engine.connect() as connection:
        assert connection.scalars(select(Task.id)).all() == []
    assert statements_sent(engine) == sent


def test_whether_an_engine_is_prepared_is_checked_once_for_each_connection(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Connection] = []
    monkeypatch.setattr(backend_of(engine), "check_prepared", checked.append)
    for _ in range(3):
        with sessionmaker(engine)() as session:
            users.find(session)
            users.find_by_email(session, ADA.email)
    assert len(checked) == 1


def test_an_engine_that_is_prepared_too_late_is_refused(
    file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engine = make_engine(file_url)
    with engine.connect():
        pass
    with pytest.raises(EngineNotPrepared, match="before the engine's first connection"):
        open_database(prepare_engine(engine)).init()


def test_making_a_database_does_not_connect_the_host_s_engine(
    file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engine = make_engine(file_url)
    open_database(engine)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedin() == engine.pool.checkedout() == 0


def test_a_host_s_engine_is_used(
    empty_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engine = prepare_engine(make_engine(empty_url))
    database = open_database(engine)
    database.init()
    with database.session() as session:
        ada = users.create(session, ADA)
    with database.session(read_only=True) as session:
        assert users.get(session, ada.id).email == ada.email
    with engine.connect() as connection:
        assert connection.scalar(select(User.email)) == ada.email


def test_a_prepared_engine_is_like_ours(
    file_url: str, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engine = make_engine(file_url)
    assert prepare_engine(engine) is engine
    prepare_engine(engine)  # a second time: nothing more
    assert statements_sent(engine) == ["BEGIN IMMEDIATE", "SELECT 1", "COMMIT"]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    open_database(engine).init()


def test_preparing_a_postgresql_engine_changes_nothing(make_engine: MakeEngine) -> None:
    engine = make_engine("postgresql+psycopg2://localhost/app")
    assert prepare_engine(engine) is engine
    assert not list(engine.dispatch.begin)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_host_s_transactions_stay_as_they_were(
    backend: str, engine: Engine, open_database: OpenDatabase
) -> None:
    before = statements_sent(engine)
    database = open_database(engine)
    with database.session() as session:
        users.create(session, ADA)
    with database.session(read_only=True) as session:
        users.find(session)
    assert statements_sent(engine) == before == ["BEGIN IMMEDIATE", "SELECT 1", "COMMIT"]


def test_a_host_s_engine_gets_neither_listeners_nor_options(
    engine: Engine, open_database: OpenDatabase
) -> None:
    options = dict(engine.get_execution_options())
    listeners = len(list(engine.dispatch.begin))
    with open_database(engine).session(read_only=True) as session:
        users.find(session)
    assert dict(engine.get_execution_options()) == options
    assert len(list(engine.dispatch.begin)) == listeners


def test_a_host_s_engine_is_not_disposed(engine: Engine, open_database: OpenDatabase) -> None:
    database = open_database(engine)
    database.init()
    pool = engine.pool
    database.dispose()
    assert engine.pool is pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedin() == 1


@pytest.mark.parametrize("how", ["engine", "driver"])
def test_the_host_itself_can_write_after_read_only_sessions_which_cannot(
    how: str, engine: Engine, open_database: OpenDatabase
) -> None:
    database = open_database(engine)
    with database.session() as session:
        users.create(session, ADA)
    clear = named_sql("DELETE FROM users")
    for _ in range(2):
        with pytest.raises(DBAPIError), database.session(read_only=True) as session:
            session.execute(clear)
        with database.session(read_only=True) as session:
            assert len(users.find(session)) == 1
        if how == "engine":
            with engine.begin() as connection:
                connection.execute(named_sql("UPDATE users SET day_starts_at = 60"))
        else:
            raw = engine.raw_connection()
            raw.cursor().execute(named("UPDATE users SET day_starts_at = 60"))
            raw.commit()
            raw.close()
    with database.session() as session:
        session.execute(clear)
    with engine.connect() as connection:
        assert connection.scalars(select(User.email)).all() == []
