"""The same tables on the two servers, in a schema of their own, and what they take there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy import URL, Connection, text

from tests.benchmarks.past_one_machine.rows import fill
from trackercore import Base, Database
from trackercore.citus import distribute

_CITUS = text("SELECT extversion FROM pg_extension WHERE extname = 'citus'")


_NAMES = tuple(Base.metadata.tables)


@dataclass(frozen=True)
class Tables:
    """Tables that are filled.

    Attributes:
        database: where they are.
        schema: the one that has them.
        filled: how many seconds it took to fill them.
        distributed: how many it took to distribute them; None without Citus.
    """

    database: Database
    schema: str
    filled: float
    distributed: float | None

    def rows(self) -> int:
        """How many rows there are in all tables."""
        counts = " + ".join(f"(SELECT count(*) FROM {name})" for name in _NAMES)
        return self._number(counts)

    def size(self) -> int:
        """Bytes of all tables with their indexes, on all nodes."""
        measure = "pg" if self.distributed is None else "citus"
        return self._number(" + ".join(f"{measure}_total_relation_size('{n}')" for n in _NAMES))

    def _number(self, expression: str) -> int:
        with _connected(self.database, self.schema) as connection:
            return int(connection.execute(text(f"SELECT {expression}")).scalar_one())


def versions(url: URL) -> tuple[str, str | None]:
    """The version of PostgreSQL and, where it is installed, of Citus."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            postgresql = str(connection.execute(text("SHOW server_version")).scalar_one())
            return postgresql, connection.scalar(_CITUS)
    finally:
        database.dispose()


@contextmanager
def filled(url: URL, users: int, active: int) -> Generator[Tables]:
    """Tables with so many users, distributed where Citus is installed, and dropped afterwards."""
    schema = f"users_{users}"
    database = Database(url, schema=schema)
    try:
        _drop(database, schema)  # of a run that was interrupted
        database.init()
        with _connected(database, schema) as connection:
            has_citus = connection.scalar(_CITUS) is not None
            took = _seconds(lambda: fill(connection, users, active))
        distributed = _seconds(lambda: distribute(database)) if has_citus else None
        with _connected(database, schema) as connection:
            connection.execute(text(f"ANALYZE {', '.join(_NAMES)}"))
        yield Tables(database, schema, took, distributed)
        _drop(database, schema)
    finally:
        database.dispose()


def _seconds(call: Callable[[], object]) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def _drop(database: Database, schema: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


@contextmanager
def _connected(database: Database, schema: str) -> Generator[Connection]:
    """A transaction in which names without a schema are those of the tables."""
    with database.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL search_path TO {schema}"))
        yield connection
