"""A place for trackercore's tables next to a host's, at any revision."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect
from sqlalchemy.schema import CreateSchema

from tests.migrations import catalogue
from tests.migrations.rows import ROWS
from tests.support.names import named, named_sql
from trackercore import Database, prepare_engine
from trackercore.migrations import run, state
from trackercore.migrations.transaction import changing, reading, set_search_path

FURTHER = "trackercore_9999"

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])
each_place = pytest.mark.parametrize(
    ("backend", "schema"),
    [
        ("sqlite", None),
        ("postgresql", None),
        pytest.param("postgresql", "My tracker", marks=pytest.mark.slow),
    ],
    ids=["sqlite", "postgresql", "postgresql-schema"],
)
"""Each database, and a PostgreSQL schema with a name that has to be quoted."""

# What belongs to the host. Its references are its own business: SQLite lets them lead to a table
# that is gone, and to a column that is not unique.
_HOST = (
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('abc')",
    "CREATE TABLE notes (id integer PRIMARY KEY, body text)",
    "INSERT INTO notes VALUES (1, 'kept')",
)
_HOST_ON_SQLITE = (
    "CREATE TABLE strays (id integer PRIMARY KEY, person integer REFERENCES people)",
    "INSERT INTO strays VALUES (1, 99)",
    "CREATE TABLE mismatches (id integer PRIMARY KEY, body text REFERENCES notes (body))",
    "INSERT INTO mismatches VALUES (1, 'kept')",
)
_HOST_WITH_USERS = (
    "CREATE TABLE users (name text PRIMARY KEY)",
    "INSERT INTO users VALUES ('grace')",
)


class Tracker:
    """A database, or a schema in it. Each transaction has a connection of its own."""

    def __init__(self, url: str, schema: str | None = None) -> None:
        self.url = url
        self.schema = schema
        # In a test that goes wrong, nobody waits for ever.
        options = {"options": "-c statement_timeout=60s"} if url.startswith("postgresql") else {}
        engine = create_engine(url, poolclass=NullPool, connect_args=options)
        self.engine: Engine = prepare_engine(engine)

    def make_host(self) -> None:
        """Put a host's tables there, among them `users` where ours have a schema of their own."""
        # SQLite as it is when nobody prepares it: without foreign keys.
        with create_engine(self.url, poolclass=NullPool).begin() as connection:
            _execute(connection, _HOST)
            if self.schema is not None:
                _execute(connection, _HOST_WITH_USERS)
            if connection.dialect.name == "sqlite":
                _execute(connection, _HOST_ON_SQLITE)

    def bring_to(self, revision: str, more_versions: Iterable[Path] = ()) -> None:
        with self.changing() as connection:
            run.upgrade(connection, revision, more_versions=more_versions)

    def fill(self, revision: str) -> None:
        """Put rows of the revision into every table."""
        self.execute(*ROWS[revision])

    def execute(self, *statements: str) -> None:
        with self.writing() as connection:
            _execute(connection, statements)

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction for plain SQL in the current schema, without the package."""
        with self.engine.begin() as connection:
            if self.schema is not None:
                connection.execute(CreateSchema(self.schema, if_not_exists=True))
                connection.execute(set_search_path(self.schema))
            yield connection

    @contextmanager
    def changing(self) -> Generator[Connection]:
        with changing(self.engine, self.schema) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        with reading(self.engine, self.schema) as connection:
            yield connection

    def dump(self) -> list[str]:
        """Everything in the database, the host's too, as text."""
        with self.engine.begin() as connection:
            return catalogue.dump(connection)

    def rows_of_host(self) -> list[str]:
        with self.engine.begin() as connection:
            names = set(inspect(connection).get_table_names())
            if self.schema is None:
                names -= state.OUR_TABLES
            return [row for name in sorted(names) for row in catalogue.rows(connection, name)]

    def tables(self) -> list[str]:
        """Trackercore's tables as the database has them, in words."""
        with self.reading() as connection:
            return catalogue.describe(connection)

    def database(self) -> Database:
        return Database(self.engine, schema=self.schema)


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(named(statement))


def write_revision(folder: Path, *body: str) -> Path:
    """A folder with one further revision, whose `upgrade` has these lines."""
    folder.mkdir()
    lines = [
        "import sqlalchemy as sa",
        "from alembic import op",
        f"revision, down_revision = {FURTHER!r}, {state.HEAD!r}",
        "def upgrade():",
        *(f"    {named(line)}" for line in body),
    ]
    (folder / "rev_9999.py").write_text("\n".join(lines), encoding="utf-8")
    return folder


def wait_until(tracker: Tracker, query: str) -> None:
    """Wait until a query answers true."""
    deadline = time.monotonic() + 60
    while True:
        with tracker.engine.connect() as connection:  # in a new transaction
            if connection.execute(named_sql(query)).scalar_one():
                return
        assert time.monotonic() < deadline
        time.sleep(0.01)
