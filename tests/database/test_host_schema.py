"""`schema=`: our tables in one PostgreSQL schema, next to a host's tables of the same names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import pytest
from sqlalchemy import URL, Connection, Engine, inspect, text

from tests.database.tour import MODULES, take_tour
from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.names import named, named_sql
from tests.support.rows import TABLES
from tests.support.statements import count_statements
from trackercore import User, UserCreate, configure, get_session, init_db, users

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("backend", ["postgresql"])]

OURS = {*map(named, TABLES), named("trackercore_version")}
ADA = UserCreate(email="ada@example.com")


@pytest.fixture
def host(empty_url: str, make_engine: MakeEngine) -> Engine:
    """A host's engine on a database with tables of its own."""
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(named_sql("CREATE TABLE users (name text PRIMARY KEY)"))
        connection.execute(
            named_sql("CREATE TABLE sessions (token text, name text REFERENCES users)")
        )
        connection.execute(named_sql("INSERT INTO users VALUES ('grace')"))
        connection.execute(named_sql("INSERT INTO sessions VALUES ('t0k3n', 'grace')"))
    return engine


def rows_of_host(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(named_sql("SELECT token, name FROM sessions NATURAL JOIN users"))
    return [(row.token, row.name) for row in rows]


def tables(engine: Engine, schema: str) -> set[str]:
    return set(inspect(engine).get_table_names(schema))


def record_calls(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the service functions that are called from now on."""
    called: set[str] = set()

    def recording(name: str, function: Callable[..., object]) -> Callable[..., object]:
        @wraps(function)
        def call(*arguments: object, **options: object) -> object:
            called.add(name)
            return function(*arguments, **options)

        return call

    for module in MODULES:
        for name in module.__all__:
            function = recording(f"{module.__name__}.{name}", getattr(module, name))
            monkeypatch.setattr(module, name, function)
    return called


@pytest.mark.both_kinds
@pytest.mark.parametrize("given", ["URL", pytest.param("engine", marks=pytest.mark.slow)])
def test_every_service_works_with_a_host_s_users_table(
    given: str, host: Engine, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url_or_engine: URL | Engine = host.url if given == "URL" else host
    database = open_database(url_or_engine, schema="tracker")
    database.init()
    assert tables(host, "tracker") == OURS
    assert tables(host, "public") == {named("users"), named("sessions")}

    called = record_calls(monkeypatch)
    with database.session() as session:
        take_tour(session, "ada@example.com")
        users.create(session, ADA)
    assert called == {f"{module.__name__}.{name}" for module in MODULES for name in module.__all__}

    with database.session(read_only=True) as session:
        assert users.find_by_email(session, ADA.email) is not None
    with host.begin() as connection:
        assert rows_of_host(connection) == [("t0k3n", "grace")]
        assert connection.execute(named_sql("SELECT email FROM tracker.users")).scalars().all() == [
            "ada@example.com"
        ]


@pytest.mark.parametrize("schema", ["Tracker Core", 'so "called"', "select"])
def test_the_schema_may_have_any_name(
    schema: str, host: Engine, open_database: OpenDatabase
) -> None:
    database = open_database(host.url, schema=schema)
    database.init()
    database.init()
    with database.session() as session:
        take_tour(session, "ada@example.com")
    assert tables(host, schema) == OURS


def test_two_schemas_of_one_database_are_apart(host: Engine, open_database: OpenDatabase) -> None:
    one, other = (open_database(host.url, schema=name) for name in ("one", "other"))
    for database in (one, other):
        database.init()
    with one.session() as session:
        users.create(session, ADA)
    with other.session() as session:
        assert users.find(session).items == []
        session.add(User(email=ADA.email))
    with one.session() as session:
        users.delete(session, 1)
    with other.session() as session:
        assert len(users.find(session)) == 1


def test_a_schema_that_exists_is_not_created(host: Engine, open_database: OpenDatabase) -> None:
    """PostgreSQL asks for the right to create schemas even if there is nothing to create."""
    with host.begin() as connection:
        connection.execute(text("CREATE SCHEMA tracker"))
    database = open_database(host.url, schema="tracker")
    with count_statements(database.engine) as statements:
        database.init()
    assert [sql for sql in statements if "CREATE SCHEMA" in sql.upper()] == []
    assert tables(host, "tracker") == OURS


def test_a_database_with_a_schema_can_be_the_default(
    host: Engine, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.database._default", None)
    database = open_database(host.url, schema="tracker")
    assert configure(database) is init_db() is database
    with get_session() as session:
        users.create(session, ADA)
    with host.begin() as connection:
        assert connection.scalar(named_sql("SELECT count(*) FROM tracker.users")) == 1
