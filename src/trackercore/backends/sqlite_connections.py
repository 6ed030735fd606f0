"""What every connection of a SQLite engine does: pragmas, transactions, and refusing writes."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection, PoolResetState

from trackercore.backends.sqlite_files import explain_file_error
from trackercore.backends.turns import TURN, WAITED_SINCE, Turn
from trackercore.types import utc_now

BUSY_TIMEOUT = 30.0
"""Seconds a SQLite connection waits for another writer, unless `connect_args` has a timeout."""

READ_ONLY = "trackercore_read_only"
"""Execution option of an engine whose transactions may not write."""

PREPARED = "trackercore_prepared"
"""Key of a connection's `info`, if the listeners were there when it was opened."""

_ALWAYS = "always"
"""A value of that option: the connections are never used to write."""


def listen(engine: Engine, *, wal: bool) -> None:
    """Add the listeners; a second call changes nothing.

    Without `wal`, a file keeps its journal mode.
    """
    event.listen(engine, "connect", _on_connect)
    if wal:
        event.listen(engine, "connect", _enable_wal)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _on_reset)
    event.listen(engine, "handle_error", _keep_the_connection)
    event.listen(engine, "handle_error", explain_file_error)


class ReadOnlyEngine(OptionEngine):
    """An engine for the same database, with connections of its own that only read.

    `PRAGMA query_only` makes SQLite prepare every statement again. So a connection is not switched
    from reading to writing and back, except where there is only one.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, {READ_ONLY: _ALWAYS})
        self._own: dict[int, Pool] = {}  # by process: a forked one must not close its parent's
        event.listen(engine, "engine_disposed", self._dispose_pool)

    if not TYPE_CHECKING:  # an attribute there, and a property of SQLAlchemy's own OptionEngine

        @property
        def pool(self) -> Pool:
            """Made on first use, when the engine's listeners are there, which it shares."""
            pool = self._own.get(os.getpid())
            if pool is None:
                pool = self._own.setdefault(os.getpid(), self._proxied.pool.recreate())
            return pool

    def _dispose_pool(self, _engine: Engine) -> None:
        pool = self._own.pop(os.getpid(), None)
        if pool is not None:
            pool.dispose()


def is_in_transaction(connection: PoolProxiedConnection | ConnectionPoolEntry) -> bool:
    """Whether SQLite itself is in a transaction."""
    return bool(cast("Any", connection.driver_connection).in_transaction)


def run_pragma(connection: DBAPIConnection | PoolProxiedConnection, pragma: str) -> object:
    """Run a PRAGMA without SQLAlchemy, which would begin a transaction first.

    Returns:
        Its value, or None.
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    (value,) = cursor.fetchone() or (None,)
    cursor.close()
    return value


def _keep_the_connection(context: ExceptionContext) -> None:
    # SQLAlchemy closes the connection of a task that is cancelled within a statement. A database in
    # memory would be gone with it, and a file would stay locked as long as anything has the cursor.
    # But the statement itself runs to its end, and can be rolled back after it.
    if not isinstance(context.original_exception, sqlite3.Error):
        context.is_disconnect = False


def _on_connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    entry.info[PREPARED] = True
    # The driver must begin no transaction: within one, SQLite ignores foreign_keys.
    cast("Any", connection).isolation_level = None
    run_pragma(connection, "foreign_keys=ON")


def _on_reset(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, state: PoolResetState
) -> None:
    if not state.asyncio_safe:
        return  # nobody awaits it any more: SQLAlchemy closes it
    # After a COMMIT that failed, SQLite is still in the transaction and SQLAlchemy does not roll
    # back: the connection would go back to the pool holding the write lock.
    if is_in_transaction(entry):
        connection.rollback()
    if entry.info.get(READ_ONLY) is True:
        run_pragma(connection, "query_only=OFF")
        del entry.info[READ_ONLY]


def _enable_wal(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # When two connections change the mode at once, SQLite refuses without waiting for the busy
    # timeout. It does wait for BEGIN EXCLUSIVE.
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            run_pragma(connection, "journal_mode=WAL")
        except sqlite3.OperationalError as error:
            reason = error.sqlite_errorcode & 0xFF
            if reason == sqlite3.SQLITE_READONLY:
                return  # the file may only be read
            if reason != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            _run(connection, "BEGIN EXCLUSIVE", "ROLLBACK")
        else:
            return


def _run(connection: DBAPIConnection | PoolProxiedConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin(connection: Connection) -> None:
    waited_since = connection.info.pop(WAITED_SINCE, None) or utc_now()
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    if read_only != connection.info.get(READ_ONLY, False):
        # Recorded before it is on, and until it is off: the PRAGMA may be interrupted.
        connection.info[READ_ONLY] = True
        run_pragma(connection.connection, f"query_only={bool(read_only):d}")
        connection.info[READ_ONLY] = read_only
    if read_only:
        _run(connection.connection, "BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # so that its errors are SQLAlchemy's
    connection.info[TURN] = Turn(waited_since, utc_now())
