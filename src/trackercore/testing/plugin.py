"""The pytest plugin. Every run of pytest imports it, so it imports as little as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from trackercore import Database
    from trackercore.testing import Factory, ScratchDatabase

_IN_MEMORY = "sqlite://"  # never DATABASE_URL, which may be a database in use


def pytest_addoption(parser: pytest.Parser) -> None:
    """The URL, as an option and as an ini setting."""
    text = "URL of the database that trackercore's fixtures use; SQLite in memory by default"
    group = parser.getgroup("trackercore")
    group.addoption("--tracker-database-url", metavar="URL", default="", help=text)
    parser.addini("tracker_database_url", text, type="string", default="")


@pytest.fixture(scope="session")
def tracker_database_url(pytestconfig: pytest.Config) -> str:
    """The URL of the option, else of the ini file, else SQLite in memory; may be overridden."""
    option: str | None = pytestconfig.getoption("tracker_database_url")
    ini: str = pytestconfig.getini("tracker_database_url")
    return option or ini or _IN_MEMORY


@pytest.fixture(scope="session")
def tracker_shared_database(tracker_database_url: str) -> Iterator[Database]:
    """The database with its tables, for the whole run; override it to pass options.

    Rows that are written to it directly stay, and every test sees them.
    """
    from trackercore import Database, SchemaError  # noqa: PLC0415 - only when a test uses it

    database = Database(tracker_database_url)
    try:
        try:
            database.init()
        except SchemaError as error:
            error.add_note(f"This is the test database, {database!r}.")
            raise
        yield database
    finally:
        database.dispose()


@pytest.fixture
def tracker_database(tracker_shared_database: Database) -> Iterator[ScratchDatabase]:
    """The default database during the test. It is rolled back after the test, commits included."""
    from trackercore.testing import rolled_back  # noqa: PLC0415

    with rolled_back(tracker_shared_database) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr("trackercore.database._default", database)
        yield database


@pytest.fixture
def tracker_session(tracker_database: ScratchDatabase) -> Iterator[Session]:
    """A session on `tracker_database`, open during the test. Other sessions see its changes."""
    with tracker_database.enclosing_session() as session:
        yield session


@pytest.fixture
def tracker_factory(tracker_session: Session) -> Factory:
    """A factory of rows in `tracker_session`."""
    from trackercore.testing import Factory  # noqa: PLC0415

    return Factory(tracker_session)
