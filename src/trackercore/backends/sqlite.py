"""What our SQLite engines do beside SQLAlchemy: pragmas, transactions, and who may only read."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    ColumnClause,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    String,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.engine.base import OptionEngine
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import (
    ConnectionPoolEntry,
    Pool,
    PoolProxiedConnection,
    PoolResetState,
    QueuePool,
)

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

BUSY_TIMEOUT = 30.0
"""Seconds a SQLite connection waits for another writer, unless `connect_args` has a timeout."""

READ_ONLY = "trackercore_read_only"
"""Execution option of an engine whose transactions may not write."""

_FOR_GOOD = "for good"
"""A value of that option: the connections are used for nothing else."""


def options(url: URL, given: Mapping[str, object]) -> dict[str, object]:
    """What the engine is made with; what is given wins."""
    connect_args: dict[str, object] = {"timeout": BUSY_TIMEOUT}
    defaults: dict[str, object] = {}
    if is_in_memory(url):
        # The one connection is the database. A pool of one makes sessions take turns on it,
        # where StaticPool would hand it to two threads at once.
        defaults = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 10}
        connect_args["check_same_thread"] = False
    more = cast("dict[str, object]", given.get("connect_args", {}))
    return {**defaults, **given, "connect_args": {**connect_args, **more}}


def prepare(engine: Engine, *, wal: bool) -> None:
    """Listen to what happens on the engine; twice is once.

    Without `wal`, a file keeps the journal mode it has.
    """
    event.listen(engine, "connect", _on_connect)
    if wal:
        event.listen(engine, "connect", _enable_wal)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _on_reset)
    event.listen(engine, "handle_error", _keep_the_connection)


class ReadingEngine(OptionEngine):
    """Another face of an engine, with connections of its own, which only ever read.

    `PRAGMA query_only` makes SQLite prepare every statement anew. So a connection is not told to
    read by one session and to write by the next, as it is where there are no others.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, {READ_ONLY: _FOR_GOOD})
        self._own: Pool | None = None
        self._process = 0
        self._lock = threading.Lock()
        event.listen(engine, "engine_disposed", self._let_go)

    if not TYPE_CHECKING:  # an attribute there, and a property of SQLAlchemy's own faces

        @property
        def pool(self) -> Pool:
            """Made on first use, when the engine's listeners are there, which it shares."""
            with self._lock:
                if self._own is None:
                    self._own = self._proxied.pool.recreate()
                    self._process = os.getpid()
                return self._own

    def _let_go(self, _engine: Engine) -> None:
        with self._lock:
            pool, self._own = self._own, None
        if pool is not None and self._process == os.getpid():  # or else they are its parent's
            pool.dispose()


def is_in_memory(url: URL) -> bool:
    """Whether a SQLite database is gone when its connection closes."""
    return url.database in (None, "", ":memory:", "file::memory:") or (
        url.query.get("mode") == "memory" or "mode=memory" in (url.database or "")
    )


def is_busy(error: DBAPIError) -> bool:
    """Whether another connection was writing to a SQLite file for longer than this one waits."""
    return _code(error) == sqlite3.SQLITE_BUSY


def is_read_only(error: DBAPIError) -> bool:
    """Whether SQLite was not to be written to."""
    return _code(error) == sqlite3.SQLITE_READONLY


def _code(error: DBAPIError) -> int | None:
    reason = error.orig
    if not isinstance(reason, sqlite3.Error):
        return None
    # The low byte is the primary code; SQLITE_BUSY_SNAPSHOT, say, adds to it.
    return getattr(reason, "sqlite_errorcode", 0) & 0xFF


def is_in_transaction(connection: PoolProxiedConnection | ConnectionPoolEntry) -> bool:
    """Whether SQLite itself is in a transaction, whatever SQLAlchemy thinks."""
    return bool(cast("Any", connection.driver_connection).in_transaction)


def run_pragma(connection: DBAPIConnection | PoolProxiedConnection, pragma: str) -> None:
    """Set what SQLAlchemy, which would begin a transaction first, could not set in one."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_the_connection(context: ExceptionContext) -> None:
    # SQLAlchemy closes the connection of a task that is cancelled within a statement. That would be
    # the end of a database in memory; and of a file, as long as anything has the cursor, SQLite
    # keeps the lock. But the statement itself runs to its end, and can be rolled back after it.
    if not isinstance(context.original_exception, sqlite3.Error):
        context.is_disconnect = False


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
    if entry.info.get(READ_ONLY) is True:
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
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    if read_only != connection.info.get(READ_ONLY, False):
        # True before it is, and until it no longer is: either statement may be interrupted.
        connection.info[READ_ONLY] = True
        run_pragma(connection.connection, f"query_only={bool(read_only):d}")
        connection.info[READ_ONLY] = read_only
    if read_only:
        _run(connection.connection, "BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # whose errors are SQLAlchemy's


writers_take_turns = True


def constraint_name(error: IntegrityError, written: Table) -> str:
    """See `Backend`. SQLite names CHECKs; a unique constraint is found by its columns."""
    kind, _, detail = str(error.orig).partition(" constraint failed")
    if kind != "UNIQUE":
        return kind
    columns = [name.rpartition(".")[2] for name in detail.removeprefix(": ").split(", ")]
    for constraint in written.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.columns.keys() == columns:
            return cast("str", constraint.name)
    return kind


def insert(table: Table) -> SqliteInsert:
    """See `Backend`."""
    from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 - imports all drivers' modules

    return insert(table)


def json_rows(columns: Sequence[ColumnClause[Any]]) -> FromClause:
    """See `Backend`."""
    value = func.json_each(bindparam("rows", type_=String)).table_valued("value").c.value
    fields = (
        func.json_extract(value, f"$.{column.name}", type_=column.type).label(column.name)
        for column in columns
    )
    return select(*fields).subquery("json_rows")


def combine(first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
    """See `Backend`."""
    return first, then
