"""A full disk: one clear error, nothing half written, and all goes on once there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from tests.faults import victims
from tests.faults.conftest import Figures
from tests.faults.test_killed import assert_sound, stored
from tests.faults.victims import Size
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from trackercore import Database, StudySession, habits

SIZE = Size(tasks=3, sessions=300, check_ins=5)

Grow = Callable[[], None]


class Disk:
    """A small file system in memory, for whoever has the right to mount one."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        self._mount(f"size={megabytes}m,mode=777", "tmpfs")

    def grow(self) -> None:
        self._mount("remount,size=200m")

    def remove(self) -> None:
        subprocess.run(["/bin/umount", "--lazy", str(self.folder)], check=True)

    def _mount(self, options: str, *device: str) -> None:
        if not sys.platform.startswith("linux"):
            pytest.skip("tmpfs is Linux's")
        kind = ["-t", "tmpfs"] if device else []
        command = ["/bin/mount", *kind, "-o", options, *device, str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no right to mount a file system: {done.stderr.strip()}")


def fill(database: Database, grow: Grow, message: str) -> tuple[int, int]:
    """Write until there is no room, make some, and go on.

    Returns:
        How many transactions were stored before, and how many failed.
    """
    with database.session() as session:
        whose = victims.begin(session, "ada")
    number, errors = 0, list[OperationalError]()
    while len(errors) < 3:
        try:
            with database.session() as session:
                victims.store(session, whose, SIZE, number)
        except OperationalError as error:
            errors.append(error)
        else:
            assert not errors, "written to a full disk"
            number += 1
    assert all(message in str(error.orig) for error in errors)
    with database.session(read_only=True) as session:
        assert stored(session, whose) == dict.fromkeys(range(number), SIZE)
    grow()
    with database.session() as session:
        victims.store(session, whose, SIZE, number)
    with database.session() as session:
        assert stored(session, whose) == dict.fromkeys(range(number + 1), SIZE)
        assert_sound(session)
        assert habits.rebuild_streaks(session).corrected == 0
        rows = session.scalar(select(func.count()).select_from(StudySession))
        assert rows == (number + 1) * SIZE.sessions
    return number, len(errors)


def report(
    figures: Figures, database: Database, where: str, stored_before: int, failed: int
) -> None:
    figures(
        f"disk full: {where}",
        database,
        stored_before=stored_before,
        refused_with_the_operational_error=failed,
        lost=0,
        half_stored=0,
        stored_once_there_was_room=1,
    )


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest, backend: str) -> Iterator[Disk]:
    if backend == "postgresql":
        server: Server = request.getfixturevalue("server")
        assert server.url  # so its folder is one that it can reach
        folder = server.folder / "data" / "small"
    else:
        folder = tmp_path / "small"
    disk = Disk(folder, 12 if backend == "postgresql" else 4)
    owner = folder.parent.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    yield disk
    disk.remove()
    folder.rmdir()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_on_a_full_disk(
    backend: str, disk: Disk, open_database: OpenDatabase, figures: Figures
) -> None:
    database = open_database(f"sqlite:///{disk.folder / 'test.db'}")
    database.init()
    counts = fill(database, disk.grow, "disk is full")
    report(figures, database, "a file system of 4 MB", *counts)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_at_a_limit_of_pages(
    empty_url: str, open_database: OpenDatabase, figures: Figures
) -> None:
    """The same error of SQLite's, where nobody may mount anything."""
    database = open_database(empty_url)
    database.init()
    most = [500]

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most[0]}")

    event.listen(database.engine, "begin", limit)
    counts = fill(database, lambda: most.__setitem__(0, 10**6), "disk is full")
    report(figures, database, "a limit of 500 pages", *counts)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_postgresql_in_a_full_tablespace(
    backend: str, disk: Disk, server: Server, open_database: OpenDatabase, figures: Figures
) -> None:
    administrator = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk.folder}'"))
        connection.execute(text("CREATE DATABASE small TEMPLATE template0 TABLESPACE small"))
        try:
            database = open_database(server.url.set(database="small"))
            database.init()
            counts = fill(database, disk.grow, "No space left on device")
            report(figures, database, "a tablespace of 12 MB", *counts)
        finally:
            connection.execute(text("DROP DATABASE small WITH (FORCE)"))
            connection.execute(text("DROP TABLESPACE small"))
    administrator.dispose()
