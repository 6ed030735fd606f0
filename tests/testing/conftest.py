"""Databases that are rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from trackercore import Database
from trackercore.testing import ScratchDatabase, rolled_back


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def underneath(
    request: pytest.FixtureRequest, shared_database: Callable[[str], Database]
) -> Iterator[Database]:
    """A database with tables and no rows: in memory, in a file, on a server."""
    backend: str = request.param
    if backend != "memory":
        yield shared_database(backend)
        return
    database = Database("sqlite://")
    database.init()
    yield database
    database.dispose()


@pytest.fixture
def scratch(underneath: Database) -> Iterator[ScratchDatabase]:
    """What a host gets as `tracker_database`."""
    with rolled_back(underneath) as database:
        yield database
