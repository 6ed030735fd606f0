"""A database that may only be read: reading goes on, and a write is one clear error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from tests.faults.conftest import Figures
from tests.support.fixtures import OpenDatabase
from tests.support.processes import Child, Tell
from trackercore import Database, UserCreate, users

NOBODY = 65534


def use(url: str, user_id: int | None, report: Callable[[Database], list[str]], tell: Tell) -> None:
    """Use the database, as another user of the system if one is given; send the report."""
    if user_id is not None:
        os.setgid(user_id)
        os.setuid(user_id)
    tell("ready")
    tell(report(Database(url)))


def outcomes(database: Database) -> list[str]:
    """The results of reading, writing twice, reading again, and `init`."""

    def read() -> str:
        with database.session(read_only=True) as session:
            return f"{len(users.find(session))} read"

    def write() -> str:
        with database.session() as session:
            return users.create(session, UserCreate(email="grace@example.com")).email

    results: list[str] = []
    for call in (read, write, write, read, database.init):
        try:
            results.append(call() or "done")
        except DBAPIError as error:
            results.append(str(error.orig).strip())
    database.dispose()
    return results


def notes(database: Database) -> list[str]:
    """What is added to the errors of reading, in a read-only session and in another."""
    added: list[str] = []
    for read_only in (False, True):
        try:
            with database.session(read_only=read_only) as session:
                users.find(session)
        except DBAPIError as error:
            added += ["\n".join(getattr(error, "__notes__", []))]
    return added


def fill(database: Database) -> None:
    database.init()
    with database.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))


def emails(database: Database) -> list[str]:
    with database.session(read_only=True) as session:
        return [user.email for user in users.find(session)]


READ_ONLY = "attempt to write a readonly database"
REFUSED = ["1 read", READ_ONLY, READ_ONLY, "1 read", "done"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_sqlite_file_that_is_opened_for_reading_only(
    empty_url: str, open_database: OpenDatabase, figures: Figures
) -> None:
    database = open_database(empty_url)
    fill(database)
    path = make_url(empty_url).database
    assert outcomes(open_database(f"sqlite:///file:{path}?mode=ro&uri=true")) == REFUSED
    assert emails(database) == ["ada@example.com"]
    figures("read-only: mode=ro", database, reads=2, writes_refused=2, rows_changed=0)


@pytest.mark.skipif(sys.platform == "win32", reason="the rights are those of POSIX")
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_sqlite_file_that_its_user_may_only_read(
    backend: str,
    open_database: OpenDatabase,
    figures: Figures,
) -> None:
    parent = "/tmp"  # noqa: S108 - which everybody can reach, other than pytest's folders
    with TemporaryDirectory(dir=parent) as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "test.db")
        database = open_database(f"sqlite:///{path}")
        fill(database)
        path.chmod(0o444)
        user_id = NOBODY if os.getuid() == 0 else None

        def outcomes_as_user(query: str = "") -> list[str]:
            (sent,) = Child(
                use, f"sqlite:///{query and 'file:'}{path}{query}", user_id, outcomes
            ).rest()
            return list(sent)

        def notes_as_user() -> list[str]:
            (sent,) = Child(use, f"sqlite:///{path}", user_id, notes).rest()
            return list(sent)

        with database.session(read_only=True) as session:
            assert len(users.find(session)) == 1
            assert outcomes_as_user() == REFUSED
        # Once nobody has it open, the index of the log is gone, and reading would create one.
        database.dispose()
        Path(folder).chmod(0o555)
        assert outcomes_as_user() == [READ_ONLY] * 5
        for note in notes_as_user():
            assert "must be able to write to its folder, where test.db-wal" in note
            assert f"sqlite:///file:{path}?immutable=1&uri=true" in note
            assert "read_only=True" not in note
        assert outcomes_as_user("?immutable=1&uri=true") == REFUSED
        Path(folder).chmod(0o755)
        path.chmod(0o644)
        assert emails(database) == ["ada@example.com"]
        figures("read-only: rights of the file", database, reads=4, calls_refused=9, rows_changed=0)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_where_transactions_are_read_only_by_default(
    database: Database, open_database: OpenDatabase, figures: Figures
) -> None:
    fill(database)
    options = {"options": "-c default_transaction_read_only=on"}
    results = outcomes(open_database(database.engine.url, connect_args=options))
    refused = "cannot execute INSERT in a read-only transaction"
    assert results == ["1 read", refused, refused, "1 read", "done"]
    assert emails(database) == ["ada@example.com"]
    figures(
        "read-only: default_transaction_read_only",
        database,
        reads=2,
        writes_refused=2,
        rows_changed=0,
    )
