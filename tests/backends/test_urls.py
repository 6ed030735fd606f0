"""Which database a URL means, and which is meant when there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.kinds import KINDS, make_database
from trackercore import AsyncDatabase, Database, DatabaseNotSupported, TrackerError

pytestmark = pytest.mark.both_kinds


@pytest.fixture
def sqlite(kind: str) -> str:
    """What URLs of SQLite begin with once the driver is chosen."""
    return {"Database": "sqlite", "AsyncDatabase": "sqlite+aiosqlite"}[kind]


@pytest.fixture
def postgresql(kind: str) -> str:
    return {"Database": "postgresql+psycopg2", "AsyncDatabase": "postgresql+psycopg"}[kind]


@pytest.mark.parametrize("name", ["postgres", "postgresql"])
def test_postgresql_without_a_driver_means_psycopg_2_or_for_asyncio_3(
    name: str, postgresql: str, open_database: OpenDatabase
) -> None:
    database = open_database(f"{name}://ada:secret@db.example.com:5433/app?sslmode=require")
    assert database.engine.url == URL.create(
        postgresql, "ada", "secret", "db.example.com", 5433, "app", {"sslmode": "require"}
    )


@pytest.mark.parametrize(
    ("kind", "driver"),
    [
        ("Database", "postgresql+psycopg2"),
        ("Database", "postgresql+psycopg"),
        ("Database", "sqlite+pysqlite"),
        ("AsyncDatabase", "postgresql+psycopg"),
        ("AsyncDatabase", "postgresql+psycopg_async"),
        ("AsyncDatabase", "sqlite+aiosqlite"),
    ],
)
def test_an_explicit_driver_is_left_alone(
    kind: str, driver: str, open_database: OpenDatabase
) -> None:
    assert repr(open_database(f"{driver}:///app")) == f"{kind}('{driver}:///app')"


@pytest.mark.parametrize("url", ["sqlite:///app.db", "postgresql://ada:secret@localhost/app"])
def test_each_kind_takes_the_url_of_the_other(
    url: str, kind: str, open_database: OpenDatabase
) -> None:
    for other in KINDS:
        engine = open_database(make_database(other, url).engine.url).engine
        assert engine.dialect.is_async == (kind == "AsyncDatabase")
        assert engine.url.set(drivername="x") == make_url(url).set(drivername="x")


@pytest.mark.parametrize("driver", ["asyncpg", "pg8000", "psycopg2cffi", "nonsense"])
@pytest.mark.parametrize("name", ["postgresql", "sqlite"])
def test_a_driver_that_nothing_was_tried_with_is_refused_at_once_with_those_that_were(
    name: str, driver: str, kind: str, open_database: OpenDatabase
) -> None:
    drivers = {
        ("Database", "postgresql"): "psycopg2 or psycopg",
        ("Database", "sqlite"): "pysqlite",
        ("AsyncDatabase", "postgresql"): "psycopg or psycopg_async",
        ("AsyncDatabase", "sqlite"): "aiosqlite",
    }
    with pytest.raises(DatabaseNotSupported, match=f"{driver} is .*: use {drivers[kind, name]},"):
        open_database(f"{name}+{driver}://localhost/app")


def test_so_is_an_engine_with_such_a_driver() -> None:
    def connect() -> Any:
        raise AssertionError

    url = make_url("postgresql+pg8000://localhost/app")
    with pytest.raises(DatabaseNotSupported, match="pg8000 is not supported"):
        Database(Engine(NullPool(connect), url.get_dialect()(), url))


def test_psycopg_for_asyncio_is_not_for_database() -> None:
    with pytest.raises(DatabaseNotSupported, match="psycopg_async is not"):
        Database("postgresql+psycopg_async://localhost/app")


def test_an_engine_of_the_other_kind_is_refused_at_once() -> None:
    sync: Any = create_engine("sqlite://")
    asynchronous: Any = create_async_engine("sqlite+aiosqlite://")
    for wrong in (asynchronous, asynchronous.sync_engine):
        with pytest.raises(DatabaseNotSupported, match=r"no asyncio engine: .* to AsyncDatabase"):
            Database(wrong)
    with pytest.raises(DatabaseNotSupported, match="an asyncio engine: give yours to Database"):
        AsyncDatabase(sync)


@pytest.mark.parametrize("path", ["tracker.db", "/var/lib/tracker.db", Path("data", "tracker.db")])
def test_a_path_that_is_no_url_is_an_error_with_its_url(
    path: Any, open_database: OpenDatabase
) -> None:
    with pytest.raises(ArgumentError, match=f"sqlite:///{path}$"):
        open_database(path)


def test_the_error_about_a_url_does_not_show_its_password(open_database: OpenDatabase) -> None:
    with pytest.raises(ArgumentError) as caught:
        open_database("postgresql:/ada:s3cr3t@localhost/app")
    assert "s3cr3t" not in str(caught.value)


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=settings().max_examples // 3)
@given(
    name=st.sampled_from(["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"]),
    user=text,
    password=text,
    port=st.none() | st.integers(1, 65535),
    options=st.dictionaries(st.sampled_from(["sslmode", "application_name"]), text),
    as_text=st.booleans(),
)
def test_naming_the_driver_changes_nothing_else_of_the_url(
    kind: str,
    name: str,
    user: str,
    password: str,
    port: int | None,
    options: dict[str, str],
    as_text: bool,
) -> None:
    def url(drivername: str) -> URL:
        return URL.create(drivername, user, password, "localhost", port, "app", options)

    given_url = url(name).render_as_string(hide_password=False) if as_text else url(name)
    engine = make_database(kind, given_url).engine
    assert engine.url.set(drivername="x") == url("x")


@pytest.mark.parametrize(
    ("url", "database_url", "expected"),
    [
        (None, None, "{sqlite}:///trackercore.db"),
        (None, "", "{sqlite}:///trackercore.db"),
        (None, "postgres://localhost/app", "{postgresql}://localhost/app"),
        ("sqlite:///mine.db", "postgresql://localhost/app", "{sqlite}:///mine.db"),
    ],
)
def test_the_default_is_database_url_or_else_a_file_in_the_working_directory(
    url: str | None,
    database_url: str | None,
    expected: str,
    sqlite: str,
    postgresql: str,
    open_database: OpenDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if database_url is not None:
        monkeypatch.setenv("DATABASE_URL", database_url)
    engine = open_database(url).engine
    assert str(engine.url) == expected.format(sqlite=sqlite, postgresql=postgresql)


@pytest.mark.parametrize(
    "url", ["mysql://localhost/app", "mysql+pymysql://localhost/app", "oracle://x", "nonsense://x"]
)
def test_other_databases_are_refused_at_once(url: str, open_database: OpenDatabase) -> None:
    backend = url.partition(":")[0].partition("+")[0]
    with pytest.raises(DatabaseNotSupported, match=f"not on {backend}") as caught:
        open_database(url)
    assert isinstance(caught.value, TrackerError)


@pytest.mark.parametrize("url", ["garbage", "://", "postgresql:/localhost", "sqlite", " "])
def test_an_invalid_url_is_sqlalchemy_s_error(
    url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ArgumentError):
        open_database(url)
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ArgumentError):
        open_database()


def test_sqlite_has_no_schemas(make_engine: MakeEngine, open_database: OpenDatabase) -> None:
    for url in ("sqlite://", make_engine("sqlite://")):
        with pytest.raises(DatabaseNotSupported, match="schema"):
            open_database(url, schema="tracker")


def test_engine_options_do_not_go_with_an_engine(
    make_engine: MakeEngine, open_database: OpenDatabase
) -> None:
    with pytest.raises(TypeError, match="engine options"):
        open_database(make_engine("sqlite://"), echo=True)


@pytest.mark.parametrize("source", ["text", "URL", "engine", "environment"])
def test_the_repr_hides_the_password(
    source: str,
    kind: str,
    postgresql: str,
    make_engine: MakeEngine,
    open_database: OpenDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = URL.create(postgresql, "ada", "s3cr3t", "localhost", database="app")
    text = url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", text)
    given: dict[str, str | URL | Engine | None] = {
        "text": text,
        "URL": url,
        "engine": make_engine(url),
        "environment": None,
    }
    database = open_database(given[source])
    assert repr(database) == f"{kind}('{postgresql}://ada:***@localhost/app')"
    assert "s3cr3t" not in str(database)


@pytest.mark.parametrize(
    "name",
    [
        "oauth_client_secret",
        "passfile",
        "password",
        "scram_client_key",
        "scram_server_key",
        "sslpassword",
    ],
)
def test_the_repr_hides_secrets_in_the_query_too(
    name: str, kind: str, postgresql: str, open_database: OpenDatabase
) -> None:
    for value in ("s3cr3t", f"s3cr3t&{name}=s3cr3t"):
        database = open_database(f"postgresql://ada@localhost/app?port=5433&{name}={value}")
        assert f"{name}=***" in repr(database)
        assert "port=5433" in repr(database)
        assert "s3cr3t" not in f"{database!r} {database}"
        assert "s3cr3t" in database.engine.url.render_as_string()  # it is used
