"""Which database a URL means, and which is meant when there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Engine
from sqlalchemy.exc import ArgumentError

from tests.database.conftest import MakeEngine, OpenDatabase
from trackercore import Database, DatabaseNotSupported, TrackerError


@pytest.mark.parametrize("name", ["postgres", "postgresql"])
def test_postgresql_without_a_driver_means_psycopg2(name: str, open_database: OpenDatabase) -> None:
    database = open_database(f"{name}://ada:secret@db.example.com:5433/app?sslmode=require")
    assert database.engine.driver == "psycopg2"
    assert database.engine.url == URL.create(
        "postgresql+psycopg2",
        "ada",
        "secret",
        "db.example.com",
        5433,
        "app",
        {"sslmode": "require"},
    )


@pytest.mark.parametrize(
    "driver", ["postgresql+psycopg2", "postgresql+psycopg", "postgresql+pg8000", "sqlite+pysqlite"]
)
def test_an_explicit_driver_is_left_alone(driver: str) -> None:
    assert repr(Database(f"{driver}:///app")) == f"Database('{driver}:///app')"


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(max_examples=settings().max_examples // 3)
@given(
    name=st.sampled_from(["postgres", "postgresql", "postgresql+psycopg2"]),
    user=text,
    password=text,
    port=st.none() | st.integers(1, 65535),
    options=st.dictionaries(st.sampled_from(["sslmode", "application_name"]), text),
    as_text=st.booleans(),
)
def test_naming_the_driver_changes_nothing_else_of_the_url(
    name: str, user: str, password: str, port: int | None, options: dict[str, str], as_text: bool
) -> None:
    def url(drivername: str) -> URL:
        return URL.create(drivername, user, password, "localhost", port, "app", options)

    given_url = url(name).render_as_string(hide_password=False) if as_text else url(name)
    assert Database(given_url).engine.url == url("postgresql+psycopg2")


def test_the_default_is_a_file_in_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert str(Database().engine.url) == "sqlite:///trackercore.db"


def test_an_empty_database_url_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert str(Database().engine.url) == "sqlite:///trackercore.db"


def test_database_url_is_the_default_if_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/app")
    assert str(Database().engine.url) == "postgresql+psycopg2://localhost/app"


def test_a_url_that_is_given_wins_over_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/app")
    assert str(Database("sqlite:///mine.db").engine.url) == "sqlite:///mine.db"


@pytest.mark.parametrize(
    "url", ["mysql://localhost/app", "mysql+pymysql://localhost/app", "oracle://x", "nonsense://x"]
)
def test_other_databases_are_refused_at_once(url: str) -> None:
    backend = url.partition(":")[0].partition("+")[0]
    with pytest.raises(DatabaseNotSupported, match=f"not on {backend}") as caught:
        Database(url)
    assert isinstance(caught.value, TrackerError)


@pytest.mark.parametrize("url", ["garbage", "://", "postgresql:/localhost", "sqlite", " "])
def test_what_is_no_url_is_sqlalchemy_s_error(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError):
        Database(url)
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ArgumentError):
        Database()


def test_sqlite_has_no_schemas(make_engine: MakeEngine) -> None:
    for url in ("sqlite://", make_engine("sqlite://")):
        with pytest.raises(DatabaseNotSupported, match="schema"):
            Database(url, schema="tracker")


def test_engine_options_do_not_go_with_an_engine(make_engine: MakeEngine) -> None:
    with pytest.raises(TypeError, match="engine options"):
        Database(make_engine("sqlite://"), echo=True)


@pytest.mark.parametrize("source", ["text", "URL", "engine", "environment"])
def test_the_repr_hides_the_password(
    source: str, make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = URL.create("postgresql+psycopg2", "ada", "s3cr3t", "localhost", database="app")
    text = url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", text)
    given: dict[str, str | URL | Engine | None] = {
        "text": text,
        "URL": url,
        "engine": make_engine(url),
        "environment": None,
    }
    database = Database(given[source])
    assert repr(database) == "Database('postgresql+psycopg2://ada:***@localhost/app')"
    assert "s3cr3t" not in str(database)
