"""The pools of databases in memory: their one connection is the database, and is kept.

SQLAlchemy closes a connection whose use was interrupted, by Ctrl-C or because a task was cancelled.
In memory, all rows would be gone with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as NoTurn
from sqlalchemy.pool import (
    AsyncAdaptedQueuePool,
    ConnectionPoolEntry,
    Pool,
    PoolProxiedConnection,
)

from trackercore.backends.sqlite_connections import run_pragma
from trackercore.backends.turns import WAITED_SINCE
from trackercore.sessions.callers import current_caller
from trackercore.types import utc_now

if TYPE_CHECKING:
    _Pool = Pool
else:
    _Pool = object


class _KeptConnection(_Pool):
    """A pool that opens one connection, and closes it when it is disposed of."""

    _kept: DBAPIConnection | None = None

    def __init__(self, creator: Callable[..., DBAPIConnection], **options: Any) -> None:
        self._open = creator
        super().__init__(cast("Any", self._connect), **options)

    def connect(self) -> PoolProxiedConnection:
        """The connection, once it is free."""
        waited_since = utc_now()
        connection = super().connect()
        connection.info[WAITED_SINCE] = waited_since
        return connection

    def _connect(self, connection_record: ConnectionPoolEntry) -> DBAPIConnection:
        if self._kept is None:
            self._kept = self._should_wrap_creator(self._open)(connection_record)
        else:
            # Its last use was interrupted: nobody has ended the transaction.
            self._kept.rollback()
            run_pragma(self._kept, "query_only=OFF")
        return self._kept

    def _close_connection(self, connection: DBAPIConnection, *, terminate: bool = False) -> None:
        if connection is not self._kept:
            super()._close_connection(connection, terminate=terminate)


class MemoryPool(_KeptConnection, Pool):
    """Sessions of threads take turns on the connection.

    QueuePool counts connections, and has locks that are not released if Ctrl-C comes at a bad
    moment. Here a turn ends with whoever has it.
    """

    def __init__(self, creator: Callable[..., DBAPIConnection], timeout: float, **options: Any):
        super().__init__(creator, **options)
        self._timeout = timeout
        self._turn = threading.Lock()
        self._taker: object = None
        self._record: ConnectionPoolEntry | None = None

    def _do_get(self) -> ConnectionPoolEntry:
        caller = current_caller()
        # Whoever took the turn may have been interrupted before it had the connection.
        mine = self._taker == caller and self._turn.locked() and not self._is_in_use()
        if not mine and not self._turn.acquire(timeout=self._timeout) and self._is_in_use():
            raise NoTurn(f"the connection was not free within {self._timeout} s")
        self._taker = caller
        if self._record is None:
            try:
                self._record = self._create_connection()
            except BaseException:
                self._turn.release()
                raise
        return self._record

    def _is_in_use(self) -> bool:
        return self._record is not None and self._record.in_use

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        with suppress(RuntimeError):  # it was returned before
            self._turn.release()
        self._taker = None

    def recreate(self) -> MemoryPool:
        """A new pool with the same options."""
        return type(self)(
            self._open,
            self._timeout,
            recycle=self._recycle,
            echo=self.echo,
            logging_name=self._orig_logging_name,
            reset_on_return=self._reset_on_return,
            pre_ping=self._pre_ping,
            _dispatch=self.dispatch,
            dialect=self._dialect,
        )

    def dispose(self) -> None:
        """Close the connection, unless it is in use."""
        kept, self._kept = self._kept, None
        if kept is not None and not self._is_in_use():
            self._close_connection(kept)

    def checkedout(self) -> int:
        """How many connections are in use, as of a QueuePool."""
        return int(self._is_in_use())

    def status(self) -> str:
        """Whether the connection is in use."""
        return f"in use: {self._is_in_use()}"


class AsyncMemoryPool(_KeptConnection, AsyncAdaptedQueuePool):
    """Sessions of tasks take turns on the connection."""

    def __init__(self, creator: Callable[..., DBAPIConnection], **options: Any) -> None:
        super().__init__(creator, **{**options, "pool_size": 1, "max_overflow": 0})

    def recreate(self) -> AsyncMemoryPool:
        """A new pool with the same options."""
        self._creator, connect = self._open, self._creator
        try:
            return cast("AsyncMemoryPool", super().recreate())
        finally:
            self._creator = connect

    def dispose(self) -> None:
        """Close the connection, unless it is in use."""
        self._kept = None
        super().dispose()
