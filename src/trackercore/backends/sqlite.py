"""SQLite: its engines, errors and SQL. `Backend` says what each function does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    JSON,
    URL,
    ColumnClause,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    SQLColumnExpression,
    String,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from sqlalchemy.types import TypeEngine

from trackercore.backends import sqlite_connections
from trackercore.backends.sqlite_connections import (
    PREPARED,
    READ_ONLY,
    ReadOnlyEngine,
    listen,
    run_pragma,
)
from trackercore.backends.sqlite_memory import AsyncMemoryPool, MemoryPool
from trackercore.backends.turns import TURN, Turn
from trackercore.errors import DatabaseNotFound, EngineNotPrepared, NoRowLevelSecurity
from trackercore.types import UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

has_schemas = False
has_row_level_security = False
writers_take_turns = True


# Engines


def create_engine(
    url: URL, options: Mapping[str, object], create: Callable[..., Engine], *, wal: bool
) -> Engine:
    connect_args: dict[str, object] = {"timeout": sqlite_connections.BUSY_TIMEOUT}
    defaults: dict[str, object] = {}
    is_async = url.get_dialect().is_async
    if is_async:  # before 2.0.38, SQLAlchemy would not keep connections
        defaults = {"poolclass": AsyncAdaptedQueuePool}
    if is_in_memory(url):
        # The one connection is the database. Sessions take turns on it, where StaticPool would hand
        # it to two threads at once.
        defaults = {"poolclass": AsyncMemoryPool if is_async else MemoryPool, "pool_timeout": 10}
        connect_args["check_same_thread"] = False
    connect_args |= cast("dict[str, object]", options.get("connect_args", {}))
    engine = create(url, **{**defaults, **options, "connect_args": connect_args})
    listen(engine, wal=wal)
    return engine


def prepare_engine(engine: Engine) -> None:
    listen(engine, wal=True)


def prepare_fork(engine: Engine) -> None:
    # A child does not inherit the locks of the parent's connections, but SQLite in it believes so,
    # and leaves its own new connections without: others would delete the log under them.
    pool = engine.pool
    if isinstance(pool, QueuePool) and not engine.dialect.is_async and not is_in_memory(engine.url):
        engine.dispose()


def check_prepared(connection: Connection) -> None:
    # A listener of the host's may have turned them off after ours.
    if PREPARED not in connection.info or not run_pragma(connection.connection, "foreign_keys"):
        raise EngineNotPrepared


def read_only_engine(engine: Engine, *, is_ours: bool) -> Engine:
    if is_ours and not is_in_memory(engine.url):
        return ReadOnlyEngine(engine)
    return engine.execution_options(**{READ_ONLY: True})


def replica_options(options: Mapping[str, object]) -> Mapping[str, Any]:
    return options


def refuse_writes(connection: Connection) -> None:
    run_pragma(connection.connection, "query_only=ON")


def allow_writes(connection: Connection) -> None:
    run_pragma(connection.connection, "query_only=OFF")


def restrict_to_owner(session: Session, owner: int, role: str) -> None:
    raise NoRowLevelSecurity("sqlite")


def leave_owner(connection: Connection) -> None:
    pass  # no session has had one


def turn(connection: Connection) -> Turn | None:
    return connection.info.get(TURN)


def is_in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:", "file::memory:") or (
        url.query.get("mode") == "memory" or "mode=memory" in (url.database or "")
    )


def check_exists(url: URL) -> None:
    if is_in_memory(url):
        return
    file = url.database or ""
    if not file.startswith("file:") and not os.path.exists(file):  # noqa: PTH110 - Path raises
        raise DatabaseNotFound(file)


# Errors


def is_missing_table(error: DBAPIError) -> bool:
    return str(error.orig).startswith("no such table")


def is_not_permitted(error: DBAPIError) -> bool:
    return False


def is_refused_write(error: DBAPIError) -> bool:
    # Its extended codes are about the file, not about the session.
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY


def is_busy(error: DBAPIError) -> bool:
    return _code(error) == sqlite3.SQLITE_BUSY


is_transient = is_busy


def _code(error: DBAPIError) -> int | None:
    reason = error.orig
    if not isinstance(reason, sqlite3.Error):
        return None
    # The low byte is the primary code; SQLITE_BUSY_SNAPSHOT, for example, adds to it.
    return getattr(reason, "sqlite_errorcode", 0) & 0xFF


def constraint_name(error: IntegrityError, written: Table) -> str:
    # SQLite names CHECKs. Of a unique constraint, it lists the columns.
    kind, _, detail = str(error.orig).partition(" constraint failed")
    if kind != "UNIQUE":
        return kind
    columns = [name.rpartition(".")[2] for name in detail.removeprefix(": ").split(", ")]
    for constraint in written.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.columns.keys() == columns:
            return cast("str", constraint.name)
    return kind


def fail_to_serialize(connection: Connection) -> None:
    pass  # writers take turns: each sees what all others have committed


# SQL

functions: Mapping[str, str] = {
    # Not json_extract: its paths cannot name every key, and a true value is 1 in it.
    "has_entry": "EXISTS (SELECT 1 FROM json_each({0}) AS entry"
    " WHERE entry.key = {1} AND entry.type = {2}"
    " AND (entry.type IN ('true', 'false') OR CAST(entry.atom AS TEXT) = {3}))",
    "json_array": "json_array({all})",
    "json_list": "json_group_array({0})",
    "json_list_or_null": "nullif(json_group_array({0}), '[]')",
    "text_of_list": "nullif(json_group_array({0}), '[]')",
    "ordinal": "CAST(julianday({0}) - 1721424.5 AS INTEGER)",
    "shifted_date": "date({0}, ({1}) || ' days')",
    "unit_start": "date({0}, 'start of ' || {1})",
}


def comparable_json() -> TypeEngine[Any]:
    return JSON(none_as_null=True)


def default_as_reflected(default: str) -> str:
    return f"'{default}'"


def insert(table: Table) -> SqliteInsert:
    from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 - imports all drivers' modules

    return insert(table)


def json_rows(columns: Sequence[ColumnClause[Any]]) -> FromClause:
    value = func.json_each(bindparam("rows", type_=String)).table_valued("value").c.value
    fields = (_json_field(value, column).label(column.name) for column in columns)
    return select(*fields).subquery("json_rows")


def _json_field(row: ColumnElement[Any], column: ColumnClause[Any]) -> ColumnElement[Any]:
    field = func.json_extract(row, f"$.{column.name}", type_=column.type)
    if not isinstance(column.type, UtcDateTime):
        return field
    # pydantic writes 2026-01-31T08:00:00Z, with microseconds only where there are some. Instants
    # are compared as text, so all are stored in the form in which SQLAlchemy stores them.
    text = type_coerce(field, String)
    second = func.replace(func.substr(text, 1, 19), "T", " ")
    fraction = func.rtrim(func.substr(text, 20), "Z").concat(".000000")
    return type_coerce(second.concat(func.substr(fraction, 1, 7)), column.type)


def claim_email(connection: Connection, user_id: int, *, old: str | None, new: str | None) -> None:
    pass  # the unique constraint does


def has_email(
    connection: Connection,
    user_id: SQLColumnExpression[int],
    email: SQLColumnExpression[str],
    spellings: Sequence[str],
) -> ColumnElement[bool]:
    return email.in_(spellings)


def combine(first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
    return first, then
