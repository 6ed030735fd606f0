"""psycopg 3 behind a pooler such as PgBouncer."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


def prepare_nothing_behind_a_pooler(engine: Engine) -> None:
    """Turn prepared statements off for connections of psycopg 3 that lead to a pooler.

    A pooler of transactions gives each transaction another connection to the server. There, a
    statement that was prepared does not exist, or is another one of the same name.
    """
    event.listen(engine, "connect", _check)


def _check(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("SELECT pg_backend_pid()")
    (process,) = cast("tuple[int]", cursor.fetchone())
    cursor.close()
    connection.commit()
    driver = cast("Any", entry.driver_connection)
    if driver.info.backend_pid != process:  # poolers answer with a number of their own
        driver.prepare_threshold = None
