"""Fixtures of tests/conftest.py: databases and engines of a test's own, closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import URL, Connection, Engine

from tests.support import kinds
from tests.support.kinds import make_database
from tests.support.names import named
from tests.support.postgresql import Server
from tests.support.row_security import (
    Roles,
    Secured,
    execute,
    new_roles,
    new_secured_database,
)
from trackercore import Database
from trackercore.backends.owner_sessions import OWNER_ROLE


class OpenDatabase(Protocol):
    """`Database(...)`, disposed of after the test."""

    def __call__(
        self,
        url: str | URL | Engine | None = None,
        *,
        read_url: str | URL | Engine | None = None,
        schema: str | None = None,
        owner_role: str = OWNER_ROLE,
        **engine_options: object,
    ) -> Database: ...


class MakeEngine(Protocol):
    """`create_engine(...)` as a host calls it, disposed of after the test."""

    def __call__(self, url: str | URL, **options: Any) -> Engine: ...


@pytest.fixture
def open_database(kind: str) -> Iterator[OpenDatabase]:
    with ExitStack() as stack:

        def open_database(
            url: str | URL | Engine | None = None,
            *,
            read_url: str | URL | Engine | None = None,
            schema: str | None = None,
            owner_role: str = OWNER_ROLE,
            **engine_options: object,
        ) -> Database:
            database = make_database(
                kind,
                url,
                read_url=read_url,
                schema=schema,
                owner_role=owner_role,
                **engine_options,
            )
            stack.callback(database.dispose)
            return database

        yield open_database


@pytest.fixture
def make_engine(kind: str) -> Iterator[MakeEngine]:
    with ExitStack() as stack:

        def make_engine(url: str | URL, **options: Any) -> Engine:
            engine = kinds.make_engine(kind, url, **options)
            stack.callback(engine.dispose)
            return engine

        yield make_engine


@pytest.fixture
def one_connection(database: Database, open_database: OpenDatabase) -> Database:
    """`database` through a pool of one: every session gets the same connection."""
    return open_database(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'new.db'}"


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A connection in a transaction, for plain SQL."""
    with database.engine.begin() as connection:
        yield connection


@pytest.fixture
def roles(server: Server) -> Iterator[Roles]:
    """Requested before the database, they are dropped after it."""
    with new_roles(server) as roles:
        yield roles


@pytest.fixture(scope="session")
def shared_secured(server: Server) -> Iterator[Secured]:
    """One secured database for each process, made when first used."""
    with new_secured_database(server) as secured:
        yield secured


@pytest.fixture
def secured(shared_secured: Secured) -> Iterator[Secured]:
    """A secured database with all tables and no rows."""
    yield shared_secured
    execute(shared_secured.url, [named("DELETE FROM users")])
