"""The transaction in which a schema is read, created or changed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Select, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from trackercore.backends.sql_names import quoted, schema_of
from trackercore.backends.sql_state import sql_state
from trackercore.backends.sqlite_connections import is_in_transaction, run_pragma
from trackercore.errors import DanglingRows, TablesMissing
from trackercore.models import Base

LOCK_TIMEOUT = 10.0
"""Seconds after which a change gives up waiting for a table, by default."""

_LOCK = 0x747261636B657263  # "trackerc": the PostgreSQL advisory lock around schema changes
_LOCK_NOT_AVAILABLE, _NO_PRIVILEGE = "55P03", "42501"

# The second process waits as long as the first one takes.
_TAKE_TURNS = select(func.set_config("lock_timeout", "0", True), func.pg_advisory_xact_lock(_LOCK))
_BROKEN = text("SELECT parent, count(*) FROM pragma_foreign_key_check(:name) GROUP BY 1")


@contextmanager
def reading(engine: Engine, schema: str | None) -> Generator[Connection]:
    """A transaction whose current schema is `schema`, if it is not None."""
    with engine.connect() as connection:
        _use_read_committed(connection)
        with connection.begin():
            _enter(connection, schema)
            yield connection


@contextmanager
def creating(engine: Engine, schema: str | None = None) -> Generator[Connection]:
    """A transaction that creates tables, one at a time among all processes.

    On PostgreSQL, others wait at an advisory lock; on SQLite at BEGIN IMMEDIATE.

    Args:
        engine: without a schema_translate_map.
        schema: the PostgreSQL schema that becomes the current one; created if it is missing.
    """
    with engine.connect() as connection, _alone(connection, schema):
        yield connection


@contextmanager
def changing(
    engine: Engine, schema: str | None = None, *, lock_timeout: float = LOCK_TIMEOUT
) -> Generator[Connection]:
    """A transaction that changes tables, like `creating`.

    On SQLite foreign keys are off, so that a table can be rebuilt. They are checked at the end.

    Args:
        engine: as in `creating`.
        schema: as in `creating`.
        lock_timeout: seconds to wait for a lock on a table, on PostgreSQL.

    Raises:
        DanglingRows: a row refers to one that does not exist.
        ValueError: `lock_timeout` is not at least 0.001 and finite.
    """
    if not 0.001 <= lock_timeout < float("inf"):
        raise ValueError(f"lock_timeout must be at least 0.001 s and finite, not {lock_timeout}")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            with _foreign_keys_off(connection), _alone(connection, schema):
                yield connection
                _check_foreign_keys(connection)
        else:
            with _alone(connection, schema):
                milliseconds = f"{lock_timeout * 1000:.0f}ms"
                connection.execute(select(func.set_config("lock_timeout", milliseconds, True)))
                yield connection


@contextmanager
def rights_explained(advice: str) -> Generator[None]:
    """Add a note to the error of a login that lacks a right: as which one to try again."""
    try:
        yield
    except DBAPIError as error:
        if sql_state(error) == _NO_PRIVILEGE:
            error.add_note(advice)
        raise


@contextmanager
def changing_or_within(
    database: Engine | Connection, schema: str | None = None, *, lock_timeout: float = LOCK_TIMEOUT
) -> Generator[Connection]:
    """A transaction like `changing`; or a savepoint in that of a connection of the host's.

    Args:
        database: an engine or a connection, whose schema_translate_map does not hold in the block.
        schema: the PostgreSQL schema that becomes the current one for the block; default that of
            the schema_translate_map, else the one that is.
        lock_timeout: as in `changing`, for an engine.

    Raises:
        TablesMissing: there is no such schema.
        ValueError: as `changing`.
    """
    has_schemas = database.dialect.name == "postgresql"
    schema = (schema or schema_of(database)) if has_schemas else None
    if schema is not None and not inspect(database).has_schema(schema):
        raise TablesMissing(tuple(sorted(Base.metadata.tables)), ())
    if isinstance(database, Engine):
        engine = database.execution_options(schema_translate_map=None)
        with changing(engine, schema, lock_timeout=lock_timeout) as connection:
            yield connection
    elif has_schemas:
        with _schema_entered(database, schema):
            yield database
    else:
        yield database


@contextmanager
def _schema_entered(connection: Connection, schema: str | None) -> Generator[None]:
    tables = connection.get_execution_options().get("schema_translate_map")
    path = connection.scalar(select(func.current_setting("search_path")))
    schema = schema or connection.scalar(select(func.current_schema()))
    try:
        with connection.begin_nested():  # whose rollback restores the path
            connection.execution_options(schema_translate_map=None)
            _enter(connection, schema)
            yield
            connection.execute(select(func.set_config("search_path", path, True)))
    finally:
        connection.execution_options(schema_translate_map=tables)


def set_search_path(schema: str) -> Select[str]:
    """The statement that makes a schema the current one until the transaction ends."""
    return select(func.set_config("search_path", quoted(schema), True))


def _enter(connection: Connection, schema: str | None) -> None:
    # Not schema_translate_map: it does not apply to the statements of migrations.
    if schema is not None:
        connection.execute(set_search_path(schema))


@contextmanager
def _alone(connection: Connection, schema: str | None) -> Generator[None]:
    _use_read_committed(connection)
    try:
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(_TAKE_TURNS)
                # Even IF NOT EXISTS needs the right to create schemas.
                if schema is not None and not inspect(connection).has_schema(schema):
                    connection.execute(CreateSchema(schema))
                _enter(connection, schema)
            yield
    except DBAPIError as error:
        if sql_state(error) == _LOCK_NOT_AVAILABLE:
            error.add_note("A table stayed in use. Nothing was changed: try again later.")
        raise


def _use_read_committed(connection: Connection) -> None:
    # AUTOCOMMIT would be no transaction. REPEATABLE READ would not see what was committed during
    # the wait for the lock.
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="READ COMMITTED")


@contextmanager
def _foreign_keys_off(connection: Connection) -> Generator[None]:
    # Within a transaction the PRAGMA is ignored.
    pooled = connection.connection
    run_pragma(pooled, "foreign_keys=OFF")
    try:
        yield
    finally:
        if pooled.is_valid:
            if is_in_transaction(pooled):  # the commit failed
                pooled.rollback()
            run_pragma(pooled, "foreign_keys=ON")


def _check_foreign_keys(connection: Connection) -> None:
    # Only our tables: a host's may have keys that SQLite cannot check.
    there = set(inspect(connection).get_table_names())
    for name in (name for name in Base.metadata.tables if name in there):
        for parent, rows in connection.execute(_BROKEN, {"name": name}):
            raise DanglingRows(name, parent, rows)
