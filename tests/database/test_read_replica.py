"""`read_url`: read-only sessions read a replica, all else goes to the database itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from tests.support.databases import new_database
from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.postgresql import Server
from trackercore import (
    Database,
    DatabaseNotFound,
    HabitCreate,
    NoReplicaInMemory,
    NotAReplica,
    NotFound,
    NotSecured,
    UserCreate,
    configure,
    get_session,
    habits,
    prepare_engine,
    users,
)
from trackercore.migrations.state import HEAD
from trackercore.row_level_security import secure
from trackercore.testing import rolled_back

PRIMARY, REPLICA = "primary@example.com", "replica@example.com"


class Urls(NamedTuple):
    """Two databases that differ, as real replicas do not: one sees which of them was read."""

    primary: str
    replica: str


@pytest.fixture(scope="module")
def pairs(
    tmp_path_factory: pytest.TempPathFactory, server: Server
) -> Iterator[Callable[[str], Urls]]:
    """Two such databases on each backend, made when first used."""
    with ExitStack() as stack:

        @cache
        def get(backend: str) -> Urls:
            urls: list[str] = []
            for email in (PRIMARY, REPLICA):
                folder = tmp_path_factory.mktemp(backend)
                url = stack.enter_context(new_database(backend, folder, server))
                database = Database(url)
                stack.callback(database.dispose)
                database.init()
                with database.session() as session:
                    users.create(session, UserCreate(email=email))
                urls.append(url.render_as_string(hide_password=False))
            return Urls(*urls)

        yield get


@pytest.fixture
def urls(backend: str, pairs: Callable[[str], Urls]) -> Urls:
    return pairs(backend)


def emails(database: Database, *, read_only: bool) -> list[str]:
    with database.session(read_only=read_only) as session:
        return [user.email for user in users.find(session)]


@pytest.mark.both_kinds
def test_read_only_sessions_read_the_replica_and_all_others_the_database(
    urls: Urls, open_database: OpenDatabase
) -> None:
    database = open_database(urls.primary, read_url=urls.replica)
    assert emails(database, read_only=True) == [REPLICA]
    assert emails(database, read_only=False) == [PRIMARY]
    assert database.run(lambda session: len(users.find(session)), read_only=True) == 1
    ada = database.run(lambda session: users.create(session, UserCreate(email="ada@example.com")))
    assert emails(database, read_only=True) == [REPLICA]
    assert emails(database, read_only=False) == [PRIMARY, "ada@example.com"]
    database.run(lambda session: users.delete(session, ada.id))


@pytest.mark.both_kinds
def test_the_replica_refuses_writes(urls: Urls, open_database: OpenDatabase) -> None:
    database = open_database(urls.primary, read_url=urls.replica)
    with pytest.raises(DBAPIError, match=r"read.?only"), database.session(read_only=True) as it:
        users.create(it, UserCreate(email="ada@example.com"))
    assert emails(database, read_only=True) == [REPLICA]


@pytest.mark.both_kinds
def test_what_is_about_the_tables_looks_at_the_database_itself(
    empty_url: str, open_database: OpenDatabase, urls: Urls
) -> None:
    """A replica that is behind has no tables yet: `init` does not look at it."""
    with open_database(empty_url).engine.connect():
        pass  # makes a SQLite file
    database = open_database(urls.primary, read_url=empty_url)
    database.init()
    database.upgrade()
    assert database.revision() == HEAD
    assert database.differences() == []
    with pytest.raises(DBAPIError) as caught:
        emails(database, read_only=True)
    (note,) = caught.value.__notes__
    assert note.startswith("Read-only sessions use the replica ")
    assert note.endswith(", which does not have the tables yet.")


@pytest.mark.both_kinds
def test_both_may_be_engines_of_the_host(
    urls: Urls, make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    engines = [prepare_engine(make_engine(url)) for url in urls]
    database = open_database(engines[0], read_url=engines[1])
    assert emails(database, read_only=True) == [REPLICA]
    assert emails(database, read_only=False) == [PRIMARY]
    database.dispose()  # leaves them alone
    mixed = open_database(urls.primary, read_url=engines[1], pool_recycle=60)
    assert emails(mixed, read_only=True) == [REPLICA]


def test_the_options_are_those_of_both(urls: Urls, open_database: OpenDatabase) -> None:
    database = open_database(urls.primary, read_url=urls.replica, pool_size=1, max_overflow=0)
    for read_only in (False, True):
        with database.session(read_only=read_only) as session:
            engine = session.get_bind()
            assert isinstance(engine, Engine)
            assert isinstance(engine.pool, QueuePool)
            assert engine.pool.size() == 1


@pytest.mark.parametrize("backend", ["postgresql"])
def test_the_schema_is_that_of_both(urls: Urls, open_database: OpenDatabase) -> None:
    for url in urls:
        open_database(url, schema="tracker").init()
    database = open_database(urls.primary, read_url=urls.replica, schema="tracker")
    with database.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
    assert emails(database, read_only=True) == []
    assert emails(database, read_only=False) == ["ada@example.com"]


def test_dispose_closes_the_connections_to_both(urls: Urls, open_database: OpenDatabase) -> None:
    database = open_database(urls.primary, read_url=urls.replica)
    pools: list[QueuePool] = []
    for read_only in (False, True):
        with database.session(read_only=read_only) as session:
            users.find(session)
            pool = session.connection().engine.pool
            assert isinstance(pool, QueuePool)
            pools.append(pool)
    assert [pool.checkedin() for pool in pools] == [1, 1]
    database.dispose()
    with database.session(read_only=True) as session:
        assert session.connection().engine.pool not in pools


def test_a_test_that_is_rolled_back_reads_its_own_rows(urls: Urls) -> None:
    database = Database(urls.primary, read_url=urls.replica)
    with rolled_back(database) as scratch:
        assert emails(scratch, read_only=True) == [PRIMARY]
        assert emails(scratch, read_only=False) == [PRIMARY]
    database.dispose()


def test_it_may_be_the_default_database(urls: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackercore.database._default", None)
    database = configure(Database(urls.primary, read_url=urls.replica))
    with get_session(read_only=True) as session:
        assert [user.email for user in users.find(session)] == [REPLICA]
    database.dispose()


@pytest.mark.both_kinds
def test_what_cannot_be_a_replica_is_refused(file_url: str, open_database: OpenDatabase) -> None:
    with pytest.raises(NotAReplica):
        open_database(file_url, read_url="postgresql://replica/tracker")
    with pytest.raises(NotAReplica):
        open_database("postgresql://primary/tracker", read_url=file_url)
    with pytest.raises(NoReplicaInMemory):
        open_database(file_url, read_url="sqlite://")
    with pytest.raises(NoReplicaInMemory):
        open_database("sqlite://", read_url=file_url)


@pytest.mark.both_kinds
def test_a_replica_that_is_no_file_is_not_made(
    tmp_path: Path, file_url: str, open_database: OpenDatabase
) -> None:
    missing = tmp_path / "replica.db"
    database = open_database(file_url, read_url=f"sqlite:///{missing}")
    database.init()
    with pytest.raises(DatabaseNotFound) as caught:
        emails(database, read_only=True)
    assert caught.value.file == str(missing)
    assert not missing.exists()


def test_an_empty_read_url_is_none(
    urls: Urls, monkeypatch: pytest.MonkeyPatch, open_database: OpenDatabase
) -> None:
    """As from `os.environ.get("READ_URL", "")`; it must not become the default URL."""
    monkeypatch.setenv("DATABASE_URL", urls.replica)
    assert emails(open_database(urls.primary, read_url=""), read_only=True) == [PRIMARY]


def test_the_repr_names_both_without_a_password() -> None:
    database = Database(
        "postgresql://ada:secret@db/x", read_url="postgresql://ada:secret@replica/x"
    )
    assert repr(database) == (
        "Database('postgresql+psycopg2://ada:***@db/x',"
        " read_url='postgresql+psycopg2://ada:***@replica/x')"
    )


@pytest.fixture(scope="module")
def standby() -> Iterator[Urls]:
    """A server of PostgreSQL and its standby."""
    server = Server.make(durable=True)
    try:
        with server.standby() as standby:
            yield Urls(
                *(url.render_as_string(hide_password=False) for url in (server.url, standby))
            )
    finally:
        server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_a_standby_shows_what_it_has_received(
    isolation: str, standby: Urls, open_database: OpenDatabase
) -> None:
    """A standby itself has no SERIALIZABLE."""
    database = open_database(standby.primary, read_url=standby.replica, isolation_level=isolation)
    replica = open_database(standby.replica).engine
    database.init()
    with database.session() as session:
        ada = users.create(session, UserCreate(email=f"{isolation[:4].strip()}@example.com")).id
        run = habits.create(session, ada, HabitCreate(name="Run", frequency="daily")).id

    def streak(owner: int | None = None) -> int | None:
        try:
            with database.session(read_only=True, owner=owner) as session:
                return habits.streak(session, ada, run).current
        except (NotFound, NotSecured, DBAPIError):
            return None  # neither the habit nor, at first, the tables and their policies

    def comes_to(expected: int, owner: int | None = None) -> bool:
        deadline = time.monotonic() + 30
        while streak(owner) != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        return streak(owner) == expected

    assert comes_to(0)
    with replica.connect() as connection:
        connection.execute(text("SELECT pg_wal_replay_pause()"))
    with database.session() as session:
        assert habits.check_in(session, ada, run).current_streak == 1
    assert streak() == 0
    with replica.connect() as connection:
        connection.execute(text("SELECT pg_wal_replay_resume()"))
    assert comes_to(1)
    secure(database)
    assert comes_to(1, owner=ada)
    assert streak(owner=ada + 1) is None
