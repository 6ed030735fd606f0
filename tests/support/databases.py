"""New databases of either kind, and emptying one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, text

from tests.support.names import named_sql
from tests.support.postgresql import Server
from trackercore import Database
from trackercore.backends.user_emails import is_distributed


@contextmanager
def new_database(backend: str, folder: Path, server: Server) -> Generator[URL]:
    """A database without tables: a file in the folder, or one on the server, dropped afterwards."""
    if backend == "sqlite":
        yield URL.create("sqlite", database=str(folder / "test.db"))
    else:
        with server.database() as url:
            yield url


def empty(database: Database) -> None:
    """Delete all rows. Every row belongs to a user, and goes with them."""
    with database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # A transaction that a test left open makes this fail, rather than hang.
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(named_sql("DELETE FROM users"))
        if connection.dialect.name == "postgresql" and is_distributed(connection):
            connection.execute(named_sql("DELETE FROM user_emails"))
