"""The example's tables next to trackercore's, on both databases, and a user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from sqlalchemy.orm import Session

from host_app.models import Base
from tests.support.databases import empty, new_database
from tests.support.postgresql import Server
from trackercore import Database, UserCreate, users


@pytest.fixture(scope="session")
def shared_host_database(
    tmp_path_factory: pytest.TempPathFactory, server: Server
) -> Iterator[Callable[[str], Database]]:
    """One database per backend and process: creating tables is slow."""
    with ExitStack() as stack:

        @cache
        def get(backend: str) -> Database:
            folder = tmp_path_factory.mktemp("host")
            database = Database(stack.enter_context(new_database(backend, folder, server)))
            stack.callback(database.dispose)
            database.init()
            Base.metadata.create_all(database.engine)
            return database

        yield get


@pytest.fixture
def database(backend: str, shared_host_database: Callable[[str], Database]) -> Iterator[Database]:
    """A database with both kinds of tables and no rows."""
    database = shared_host_database(backend)
    yield database
    empty(database)


@pytest.fixture
def ada(session: Session) -> int:
    return users.create(session, UserCreate(email="ada@example.com")).id


@pytest.fixture
def eve(session: Session) -> int:
    return users.create(session, UserCreate(email="eve@example.com")).id
