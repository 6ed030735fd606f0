"""A database that all contestants share, and the contestants."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from tests.benchmarks.floor_postgresql import PostgresqlFloor
from tests.benchmarks.floor_sqlite import SqliteFloor
from tests.benchmarks.harness import OURS, Count, Entry
from tests.benchmarks.ours import Ours
from tests.benchmarks.plain_orm import PlainOrm
from tests.support.databases import new_database
from tests.support.postgresql import Server
from tests.support.statements import count_statements
from trackercore import Database


@dataclass(frozen=True)
class Site:
    """Commits are durable: PostgreSQL waits for its log, and so does SQLite (synchronous=FULL).

    Attributes:
        backend: "sqlite" or "postgresql".
        folder: for files of contestants that have their own.
        database: the library's; contestants that use SQLAlchemy share its engine.
        floor: the driver's connection.
        ours: the library.
        prepared: on PostgreSQL, the library with psycopg 3, which prepares its statements.
        plain: applications of the two designs, by the name of the ORM.
    """

    backend: str
    folder: Path
    database: Database
    floor: SqliteFloor | PostgresqlFloor
    ours: Ours
    prepared: Ours | None
    plain: dict[str, PlainOrm]

    @property
    def count(self) -> Count:
        """Collects the statements that the engine sends."""
        return lambda: count_statements(self.database.engine)

    def entries(self, run: Callable[[Ours], Callable[[], object]]) -> list[Entry]:
        """The library's ways to do a job, one or two."""
        entries = [Entry(OURS, run(self.ours), self.count)]
        if self.prepared is not None:
            entries.append(Entry(f"{OURS}, psycopg 3", run(self.prepared)))
        return entries


Open = Callable[[], Site]


@contextmanager
def open_site(backend: str, server: Server) -> Generator[Site]:
    """A new database with tables."""
    with TemporaryDirectory(prefix="tc-bench-") as name:
        folder = Path(name)
        with new_database(backend, folder, server) as url:
            database = Database(url)
            database.init()
            with ExitStack() as stack:
                stack.callback(database.dispose)
                floor = _floor(url)
                stack.callback(floor.close)
                prepared = None
                if backend == "postgresql":
                    other = Database(url.set(drivername="postgresql+psycopg"))
                    stack.callback(other.dispose)
                    prepared = Ours(other)
                plain = _applications(database)
                yield Site(backend, folder, database, floor, Ours(database), prepared, plain)


def _floor(url: URL) -> SqliteFloor | PostgresqlFloor:
    if url.get_backend_name() == "sqlite":
        return SqliteFloor(Path(url.database or ""))
    plain = url.set(drivername="postgresql")
    return PostgresqlFloor(plain.render_as_string(hide_password=False))


def _applications(database: Database) -> dict[str, PlainOrm]:
    from tests.benchmarks import plain_orm

    applications = {"plain ORM code": PlainOrm(database.engine, plain_orm)}
    try:
        from tests.benchmarks import sqlmodel_
    except ImportError:
        return applications
    applications["SQLModel"] = PlainOrm(database.engine, sqlmodel_, sqlmodel_.Session)
    return applications
