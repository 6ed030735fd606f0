"""The pytest plugin. Every run of pytest imports it, so it imports next to nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from trackercore import Database
    from trackercore.testing import Factory, ScratchDatabase

_IN_MEMORY = "sqlite://"  # never DATABASE_URL: that is what the developer works with


def pytest_addoption(parser: pytest.Parser) -> None:
    """The URL, as an option and as an ini setting."""
    text = "URL of the database that trackercore's fixtures use; SQLite in memory by default"
    group = parser.getgroup("trackercore")
    group.addoption("--tracker-database-url", metavar="URL", default="", help=text)
    parser.addini("tracker_database_url", text, type="string", default="")


@pytest.fixture(scope="session")
def tracker_database_url(pytestconfig: pytest.Config) -> str:
    """The URL by option or ini, SQLite in memory by default; override it to choose at run time."""
    option: str | None = pytestconfig.getoption("tracker_database_url")
    ini: str = pytestconfig.getini("tracker_database_url")
    return option or ini or _IN_MEMORY


@pytest.fixture(scope="session")
def tracker_shared_database(tracker_database_url: str) -> Iterator[Database]:
    """The database underneath, with its tables, for the whole run; override it for options.

    What is written to it directly stays, and is seen by every test.
    """
    from trackercore import Database, SchemaError  # noqa: PLC0415 - costs nothing until used

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
    """The default database during the test, of which nothing stays, whatever is committed."""
    from trackercore.testing import rolled_back  # noqa: PLC0415

    with rolled_back(tracker_shared_database) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr("trackercore.database._default", database)
        yield database


@pytest.fixture
def tracker_session(tracker_database: ScratchDatabase) -> Iterator[Session]:
    """A session on `tracker_database`, open during the test; other sessions see what it wrote."""
    with tracker_database.enclosing_session() as session:
        yield session


@pytest.fixture
def tracker_factory(tracker_session: Session) -> Factory:
    """Rows by the line, made in `tracker_session`."""
    from trackercore.testing import Factory  # noqa: PLC0415

    return Factory(tracker_session)
