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
from trackercore import Database


class OpenDatabase(Protocol):
    """`Database(...)`, disposed of after the test."""

    def __call__(
        self,
        url: str | URL | Engine | None = None,
        *,
        read_url: str | URL | Engine | None = None,
        schema: str | None = None,
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
            **engine_options: object,
        ) -> Database:
            database = make_database(kind, url, read_url=read_url, schema=schema, **engine_options)
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
