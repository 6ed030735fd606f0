"""Engines that keep the promises of `Database`: URLs and drivers, and each database's settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from trackercore.backends import postgresql, sqlite
from trackercore.backends.lost_connections import replace_lost_connections
from trackercore.backends.postgresql import sql_state
from trackercore.backends.sqlite import is_in_memory
from trackercore.errors import DatabaseNotFound, DatabaseNotSupported, EngineNotPrepared

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# SQLAlchemy 2.1 reads "postgresql" as psycopg 3 and does not know "postgres" at all.
DRIVERS: Mapping[str, str] = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "sqlite+aiosqlite": "sqlite",
}
"""The drivers of `Database`, by what a URL begins with; an `AsyncDatabase`'s URL serves too."""

_PSYCOPG = ("psycopg2", "psycopg", "psycopg_async")

EngineT = TypeVar("EngineT", Engine, "AsyncEngine")


def parse_url(url: str | URL, drivers: Mapping[str, str] = DRIVERS) -> URL:
    """The URL with the driver named; an explicit driver that is not in `drivers` is left alone.

    Raises:
        DatabaseNotSupported: neither SQLite nor PostgreSQL.
        sqlalchemy.exc.ArgumentError: not a URL.
    """
    try:
        parsed = make_url(url)
    except ValueError:  # its text may have a part of the password
        raise ArgumentError("the port in the database URL is not a number") from None
    parsed = parsed.set(drivername=drivers.get(parsed.drivername, parsed.drivername))
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseNotSupported(f"trackercore runs on SQLite and PostgreSQL, not on {backend}")
    return parsed


def build_engine(
    url: URL,
    options: Mapping[str, object],
    *,
    create: Callable[..., Engine] = create_engine,
    wal: bool = True,
) -> Engine:
    """An engine with our settings; `options` for `create` win over them.

    Without `wal`, a SQLite file keeps the journal mode it has.
    """
    if url.get_backend_name() == "postgresql":
        looked_at = "pool_pre_ping" not in options and url.get_driver_name() in _PSYCOPG
        engine = create(url, **{"pool_pre_ping": not looked_at, **options})
        if looked_at:
            replace_lost_connections(engine)
        postgresql.prepare(engine)
        return engine
    engine = create(url, **sqlite.options(url, options))
    sqlite.prepare(engine, wal=wal)
    return engine


def prepare_engine(engine: EngineT) -> EngineT:
    """Give a SQLite engine of the host's what `Database` needs; others are left as they are.

    Every new connection of this engine gets foreign keys, and write-ahead logging for files.
    Every transaction begins with BEGIN IMMEDIATE: the driver's own begin comes too late, so that
    a transaction which reads before it writes loses updates, and savepoints leak. Call it before
    the engine's first connection; a second call changes nothing.

    Returns:
        The same engine.
    """
    if engine.dialect.name == "sqlite":
        sqlite.prepare(cast("Engine", getattr(engine, "sync_engine", engine)), wal=True)
    return engine


def check_prepared(engine: Engine) -> None:
    """See with our own eyes that a host's SQLite engine does what `prepare_engine` makes it do.

    Raises:
        EngineNotPrepared: it does not.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.execution_options(**{sqlite.READ_ONLY: True}).begin() as connection:
        for pragma in ("foreign_keys", "query_only"):
            if not connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one():
                raise EngineNotPrepared(EngineNotPrepared.__doc__)


def reading_face(engine: Engine, *, is_ours: bool) -> Engine:
    """Another face of an engine, whose transactions may not write.

    Args:
        engine: without execution options: with them, SQLAlchemy 2.0.32 cannot make it read-only.
        is_ours: its connections may be of whatever number there is need of.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    if is_ours and not is_in_memory(engine.url):
        return sqlite.ReadingEngine(engine)
    return engine.execution_options(**{sqlite.READ_ONLY: True})


def is_missing_table(error: DBAPIError) -> bool:
    """Whether a statement failed for want of a table."""
    undefined_table = "42P01"
    return sql_state(error) == undefined_table or str(error.orig).startswith("no such table")


def is_refused_write(error: DBAPIError) -> bool:
    """Whether a transaction that may only read tried to write."""
    read_only_transaction = "25006"
    return sql_state(error) == read_only_transaction or sqlite.is_read_only(error)


def check_file(url: URL) -> None:
    """See that a SQLite file is there, which SQLite would else make.

    Raises:
        DatabaseNotFound: it is not.
    """
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return
    database = url.database or ""
    if not database.startswith("file:") and not os.path.exists(database):  # noqa: PTH110 - Path raises
        raise DatabaseNotFound(f"there is no file {database}")
