"""Finding lost PostgreSQL connections before they are used, mostly without asking the server."""

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
"""Seconds since a connection's last use after which the server is asked whether it still stands."""

_USED_AT = "trackercore_used_at"


def replace_lost_connections(engine: Engine) -> None:
    """Have every checkout from the pool replace a connection that the server has closed.

    A server that ends, or ends a connection, says so to the socket, where it can be read without a
    round trip. What drops connections in silence, as firewalls do, takes those that were idle for
    minutes: where one was idle for longer than `TRUSTED_FOR`, or has anything to say, the server is
    asked, as by SQLAlchemy's `pool_pre_ping`.
    """
    event.listen(engine, "connect", _note_the_time)
    event.listen(engine, "checkin", _note_the_time)
    event.listen(engine, "checkout", partial(_check, engine.dialect))


def _note_the_time(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED_AT] = _now()


def _check(
    dialect: Dialect,
    connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    try:
        recent = _now() - entry.info[_USED_AT] < TRUSTED_FOR
        if not recent or _has_something_to_say(cast("Any", entry.driver_connection).fileno()):
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

    def _has_something_to_say(socket: int) -> bool:
        return bool(select.select([socket], [], [], 0)[0])

else:

    def _has_something_to_say(socket: int) -> bool:
        poll = select.poll()  # select() refuses the sockets of a process with very many
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))
