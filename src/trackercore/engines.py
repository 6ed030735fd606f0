"""Engines that keep the promises of `Database`: the driver, and SQLite's settings."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, PoolResetState, QueuePool

from trackercore.errors import DatabaseNotFound, DatabaseNotSupported, EngineNotPrepared
from trackercore.pings import replace_lost_connections

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT = 30.0
"""Seconds a SQLite connection waits for another writer, unless `connect_args` has a timeout."""

READ_ONLY = "trackercore_read_only"
"""Execution option of an engine whose transactions may not write."""

# SQLAlchemy 2.1 reads "postgresql" as psycopg 3 and does not know "postgres" at all.
DRIVERS: Mapping[str, str] = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "sqlite+aiosqlite": "sqlite",
}
"""The drivers of `Database`, by what a URL begins with; an `AsyncDatabase`'s URL serves too."""

_NOT_NULL, _CHECK = "23502", "23514"

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
        engine = create(url, **options)
        if "pool_pre_ping" not in options:
            replace_lost_connections(engine)
        event.listen(engine, "handle_error", _leave_out_values)
        event.listen(engine, "handle_error", _tell_of_a_lost_connection)
        event.listen(engine, "checkin", _forget_read_only)
        return engine
    connect_args: dict[str, object] = {"timeout": BUSY_TIMEOUT}
    defaults: dict[str, object] = {}
    if is_in_memory(url):
        # The one connection is the database. A pool of one makes sessions take turns on it,
        # where StaticPool would hand it to two threads at once.
        defaults = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 10}
        connect_args["check_same_thread"] = False
    given = cast("dict[str, object]", options.get("connect_args", {}))
    merged = {**defaults, **options, "connect_args": {**connect_args, **given}}
    engine = create(url, **merged)
    _listen(engine, wal=wal)
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
        _listen(cast("Engine", getattr(engine, "sync_engine", engine)), wal=True)
    return engine


def check_prepared(engine: Engine) -> None:
    """See with our own eyes that a host's SQLite engine does what `prepare_engine` makes it do.

    Raises:
        EngineNotPrepared: it does not.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.execution_options(**{READ_ONLY: True}).begin() as connection:
        for pragma in ("foreign_keys", "query_only"):
            if not connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one():
                raise EngineNotPrepared(EngineNotPrepared.__doc__)


def is_missing_table(error: DBAPIError) -> bool:
    """Whether a statement failed for want of a table."""
    undefined_table = "42P01"
    return sql_state(error) == undefined_table or str(error.orig).startswith("no such table")


def is_busy(error: DBAPIError) -> bool:
    """Whether another connection was writing to a SQLite file for longer than this one waits."""
    # The low byte is the primary code; SQLITE_BUSY_SNAPSHOT, say, adds to it.
    reason = error.orig
    return isinstance(reason, sqlite3.Error) and (
        getattr(reason, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    )


def sql_state(error: DBAPIError) -> str | None:
    """PostgreSQL's code for what went wrong; None on SQLite."""
    return _code_of(error.orig)


def _code_of(error: BaseException | None) -> str | None:
    return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)  # psycopg 2, or 3


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


def is_in_transaction(connection: PoolProxiedConnection | ConnectionPoolEntry) -> bool:
    """Whether SQLite itself is in a transaction, whatever SQLAlchemy thinks."""
    return bool(cast("Any", connection.driver_connection).in_transaction)


def run_pragma(connection: DBAPIConnection | PoolProxiedConnection, pragma: str) -> None:
    """Set what SQLAlchemy, which would begin a transaction first, could not set in one."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _listen(engine: Engine, *, wal: bool) -> None:
    event.listen(engine, "connect", _on_connect)  # listening twice is listening once
    if wal:
        event.listen(engine, "connect", _enable_wal)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _on_reset)
    event.listen(engine, "handle_error", _keep_the_connection)


def _keep_the_connection(context: ExceptionContext) -> None:
    # SQLAlchemy closes the connection of a task that is cancelled within a statement. That would be
    # the end of a database in memory; and of a file, as long as anything has the cursor, SQLite
    # keeps the lock. But the statement itself runs to its end, and can be rolled back after it.
    if not isinstance(context.original_exception, sqlite3.Error):
        context.is_disconnect = False


def _leave_out_values(context: ExceptionContext) -> None:
    # PostgreSQL tells the row that it refuses, and the place in the statement that it does not
    # understand, in which psycopg2 has written the values: and with either a password hash. What is
    # lost, the name of the constraint tells, and SQLAlchemy's text of the statement.
    refused = context.original_exception
    told = getattr(refused, "diag", None)
    for error in (refused, context.sqlalchemy_exception):
        if error is not None and error.args:
            text = str(error.args[0])
            if _code_of(refused) in (_NOT_NULL, _CHECK):
                text = _without_detail(text, getattr(told, "message_detail", None))
            if getattr(told, "statement_position", None):
                text = _without_place(text, getattr(told, "message_primary", None))
            if text != error.args[0]:
                error.args = (text, *error.args[1:])


# The words that begin the lines are in the server's language.
def _without_detail(message: str, detail: str | None) -> str:
    if not detail or detail not in message:
        return message
    return message.partition(detail)[0].rpartition("\n")[0]


def _without_place(message: str, primary: str | None) -> str:
    """Without the line of the statement, and the one that points into it."""
    if not primary or primary not in message:
        return message
    before, _, rest = message.partition(primary)
    return "\n".join([before + primary, *rest.split("\n")[3:]])


def _tell_of_a_lost_connection(context: ExceptionContext) -> DBAPIError | None:
    # psycopg2 has three classes for it, by the moment at which the connection went.
    error = context.sqlalchemy_exception
    if not context.is_disconnect or not isinstance(error, DBAPIError) or error.orig is None:
        return None
    if isinstance(error, OperationalError):
        return None
    return OperationalError(
        error.statement,
        error.params,
        error.orig,
        hide_parameters=error.hide_parameters,
        connection_invalidated=True,
        ismulti=error.ismulti,
    )


def _forget_read_only(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy leaves False there after a read-only session, and the driver then begins READ
    # WRITE, also where the server's default is to be read-only. None is the server's default.
    driver = cast("Any", connection)
    if getattr(driver, "readonly", None) is False:  # psycopg 2
        driver.readonly = None
    elif getattr(driver, "read_only", None) is False:  # psycopg 3
        driver.set_read_only(None)


def is_in_memory(url: URL) -> bool:
    """Whether a SQLite database is gone when its connection closes."""
    return url.database in (None, "", ":memory:", "file::memory:") or (
        url.query.get("mode") == "memory" or "mode=memory" in (url.database or "")
    )


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # No transaction of the driver's own: in one, foreign_keys would be ignored.
    cast("Any", connection).isolation_level = None
    run_pragma(connection, "foreign_keys=ON")


def _on_reset(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, state: PoolResetState
) -> None:
    if not state.asyncio_safe:
        return  # nobody awaits it any more: SQLAlchemy closes it
    # After a COMMIT that failed, SQLite is still in the transaction and SQLAlchemy does not roll
    # back: the connection would go back to the pool with the write lock in its hands.
    if is_in_transaction(entry):
        connection.rollback()
    if entry.info.get(READ_ONLY, False):
        run_pragma(connection, "query_only=OFF")
        del entry.info[READ_ONLY]


def _enable_wal(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # SQLite refuses at once, without the busy timeout's wait, when two change the mode together;
    # but it waits to be alone.
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            run_pragma(connection, "journal_mode=WAL")
        except sqlite3.OperationalError as error:
            reason = error.sqlite_errorcode & 0xFF
            if reason == sqlite3.SQLITE_READONLY:
                return  # a file that may only be read, as it is
            if reason != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            _run(connection, "BEGIN EXCLUSIVE", "ROLLBACK")  # which waits to be alone
        else:
            return


def _run(connection: DBAPIConnection | PoolProxiedConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get(READ_ONLY))
    if read_only != connection.info.get(READ_ONLY, False):
        # True before it is, and until it no longer is: either statement may be interrupted.
        connection.info[READ_ONLY] = True
        run_pragma(connection.connection, f"query_only={read_only:d}")
        connection.info[READ_ONLY] = read_only
    if read_only:
        _run(connection.connection, "BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # whose errors are SQLAlchemy's
