"""Replacing PostgreSQL connections that stay read-only when their server no longer is."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_CONNECTED_AT = "trackercore_connected_at"


def replace_connections_that_refuse_writes(
    engine: Engine, is_refused_write: Callable[[DBAPIError], bool]
) -> None:
    """Once a session that may write is refused, replace what was connected before.

    A connection keeps the `default_transaction_read_only` that its role or database had when it was
    opened, and after a failover it may lead to what has become a standby.
    """
    refused_at = float("-inf")

    def on_connect(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[_CONNECTED_AT] = time.monotonic()

    def on_error(context: ExceptionContext) -> None:
        nonlocal refused_at
        error, connection = context.sqlalchemy_exception, context.connection
        if not isinstance(error, DBAPIError) or connection is None:
            return
        read_only = connection.get_execution_options().get("postgresql_readonly", False)
        if is_refused_write(error) and not read_only:
            refused_at = time.monotonic()

    def on_checkout(
        _connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if entry.info[_CONNECTED_AT] <= refused_at:
            raise DisconnectionError  # then the pool makes a new one

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "handle_error", on_error)
    event.listen(engine, "checkout", on_checkout)
