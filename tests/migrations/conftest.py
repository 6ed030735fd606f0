"""Fixtures: a place for trackercore's tables, next to a host's."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import URL, NullPool, create_engine, text

from tests.migrations.support import Tracker
from tests.migrations.two_revisions import OLDEST, install
from trackercore import Database

_SCHEMAS = text("SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = 2200 OR oid >= 16384")


@pytest.fixture(scope="session")
def postgresql_url(shared_database: Callable[[str], Database]) -> Iterator[URL]:
    """A database for this process, next to the shared one."""
    name = f"trackercore_test_{secrets.token_hex(8)}"
    server = create_engine(
        shared_database("postgresql").engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield server.url.set(database=name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without tables; on PostgreSQL always the same: a new one is slow."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    url = cast("URL", request.getfixturevalue("postgresql_url"))
    yield url.render_as_string(hide_password=False)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        # A transaction that a test left open makes this fail, rather than hang.
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        for schema in connection.execute(_SCHEMAS).scalars().all():
            connection.exec_driver_sql(f"DROP SCHEMA {schema.replace('%', '%%')} CASCADE")
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO PUBLIC"))


@pytest.fixture
def schema() -> str | None:
    """None, or what `each_place` says."""
    return None


@pytest.fixture
def tracker(empty_url: str, schema: str | None) -> Iterator[Tracker]:
    """A place where trackercore has no tables yet, and a host has some."""
    tracker = Tracker(empty_url, schema)
    tracker.make_host()
    yield tracker
    tracker.engine.dispose()


@pytest.fixture
def two_revisions(
    request: pytest.FixtureRequest,
    shared_database: Callable[[str], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """See tests/migrations/two_revisions. The shared databases keep trackercore's revision."""
    if "backend" in request.fixturenames:
        shared_database(request.getfixturevalue("backend"))
    install(monkeypatch)


@pytest.fixture
def filled(two_revisions: None, tracker: Tracker) -> Tracker:
    """Tables of the oldest revision, with rows."""
    tracker.bring_to(OLDEST)
    tracker.fill(OLDEST)
    return tracker
