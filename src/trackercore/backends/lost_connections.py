"""Replacing lost PostgreSQL connections before they are used, mostly without a round trip."""

from __future__ import annotations

import select
import sys
import time
from functools import partial
from typing import Any, cast

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

TRUSTED_FOR = 10.0
"""Seconds since its last use after which a connection is pinged before it is used again."""

_USED_AT = "trackercore_used_at"


def replace_lost_connections(engine: Engine) -> None:
    """Make every checkout from the pool replace a connection that the server has closed.

    A server that stops, or closes a connection, sends something, which can be seen on the socket
    without a round trip. Firewalls drop connections silently, but only those that were idle for
    minutes. So a connection is pinged, as by SQLAlchemy's `pool_pre_ping`, only if it was idle for
    longer than `TRUSTED_FOR` or if there is something to read.
    """
    event.listen(engine, "connect", _record_use)
    event.listen(engine, "checkin", _record_use)
    event.listen(engine, "checkout", partial(_ping_if_suspect, engine.dialect))


def _record_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED_AT] = _now()


def _ping_if_suspect(
    dialect: Dialect,
    connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    try:
        recent = _now() - entry.info[_USED_AT] < TRUSTED_FOR
        if not recent or _is_readable(cast("Any", entry.driver_connection).fileno()):
            dialect.do_ping(connection)
    except cast("Any", dialect.loaded_dbapi).Error as error:
        raise InvalidatePoolError from error  # then the pool makes a new one


if sys.platform == "linux":

    def _now() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)  # goes on while the machine sleeps

else:

    def _now() -> float:
        return time.monotonic()


if sys.platform == "win32":

    def _is_readable(socket: int) -> bool:
        return bool(select.select([socket], [], [], 0)[0])

else:

    def _is_readable(socket: int) -> bool:
        poll = select.poll()  # select() refuses the sockets of a process with very many
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))
