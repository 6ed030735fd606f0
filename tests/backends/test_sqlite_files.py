"""What is added to SQLite's errors about a file, which do not name it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from tests.support.fixtures import OpenDatabase
from trackercore import Database, users
from trackercore.backends.sqlite_files import path_of

pytestmark = [
    pytest.mark.both_kinds,
    # After a failure to connect, aiosqlite's thread may answer when the loop is closed.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


def read(database: Database) -> None:
    with database.session(read_only=True) as session:
        users.find(session)


def write(database: Database) -> None:
    with database.session() as session:
        users.find(session)


USES: list[Callable[[Database], object]] = [
    Database.init,
    Database.revision,
    Database.upgrade,
    Database.differences,
    read,
    write,
]


def note_of(database: Database, use: Callable[[Database], object]) -> str:
    with pytest.raises(OperationalError, match="unable to open") as caught:
        # An `Awaited` has methods of its own.
        getattr(database, use.__name__, lambda: use(database))()
    (note,) = caught.value.__notes__
    return note


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite:///file:{}?uri=true"])
def test_a_folder_that_does_not_exist_is_named(
    url: str, use: Callable[[Database], object], tmp_path: Path, open_database: OpenDatabase
) -> None:
    folder = tmp_path / "data"
    database = open_database(url.format(folder / "tracker.db"))
    assert note_of(database, use) == (
        f"There is no folder {folder}, where tracker.db would be: create it first."
    )


def test_a_folder_in_the_place_of_the_file_is_named(
    tmp_path: Path, open_database: OpenDatabase
) -> None:
    database = open_database(f"sqlite:///{tmp_path}")
    assert note_of(database, read) == f"{tmp_path} is a folder."


def test_a_relative_path_is_named_in_full(
    tmp_path: Path, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"no folder {tmp_path / 'data'}," in note_of(open_database("sqlite:///data/a.db"), read)


@pytest.mark.parametrize("url", ["sqlite:////srv/a.db", "sqlite:///file:/srv/a.db?uri=true"])
def test_the_path_is_that_of_the_url(url: str) -> None:
    assert path_of(make_url(url)) == Path("/srv/a.db").absolute()


def test_errors_of_a_host_s_own_connections_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "data" / "a.db")
    assert not hasattr(caught.value, "__notes__")
