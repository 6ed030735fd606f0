"""PostgreSQL: its engines, errors and SQL. `Backend` says what each function does."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    JSON,
    URL,
    ColumnClause,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    String,
    Table,
    Update,
    bindparam,
    column,
    event,
    func,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

from trackercore.backends.lost_connections import replace_lost_connections
from trackercore.backends.owner_sessions import leave_owner as leave_owner
from trackercore.backends.owner_sessions import restrict_to_owner as restrict_to_owner
from trackercore.backends.poolers import prepare_nothing_behind_a_pooler
from trackercore.backends.refused_writes import replace_connections_that_refuse_writes
from trackercore.backends.silent_servers import deadlines
from trackercore.backends.sql_state import code_of, sql_state
from trackercore.backends.turns import Turn
from trackercore.backends.user_emails import claim_email as claim_email
from trackercore.backends.user_emails import has_email as has_email

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert

has_schemas = True
has_row_level_security = True
writers_take_turns = False

_PSYCOPG_3 = ("psycopg", "psycopg_async")
_PSYCOPG = ("psycopg2", *_PSYCOPG_3)

_NOT_NULL, _CHECK = "23502", "23514"
_READ_ONLY_TRANSACTION, _UNDEFINED_TABLE = "25006", "42P01"
_NO_PRIVILEGE = "42501"
_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED = "40001", "40P01"

# The message is in the server's language, with its quotes.
_QUOTED = re.compile('["«»„“”]\\s*([^"«»„“”]+?)\\s*["«»„“”]')
_CONSTRAINT = re.compile("(ck|fk|pk|uq)_")
_SHARD = re.compile(r"_\d+$")
_HASH = re.compile(r"_[0-9a-f]{8}$")
_CUT_AT = 40

_FAIL_TO_SERIALIZE = """\
DO $$ BEGIN
    RAISE serialization_failure
    USING MESSAGE = 'could not serialize access: rows that were committed meanwhile are in the way';
END $$"""


# Engines


def create_engine(
    url: URL, options: Mapping[str, object], create: Callable[..., Engine], *, wal: bool
) -> Engine:
    driver = url.get_driver_name()
    given = cast("Mapping[str, object]", options.get("connect_args", {}))
    replace_lost = driver in _PSYCOPG and "pool_pre_ping" not in options
    settings: dict[str, object] = {"pool_pre_ping": not replace_lost, **options}
    if driver in _PSYCOPG:
        settings["connect_args"] = {**deadlines(url, given), **given}
    engine = create(url, **settings)
    if driver in _PSYCOPG_3 and "prepare_threshold" not in given:
        prepare_nothing_behind_a_pooler(engine)
    replace_connections_that_refuse_writes(engine, is_refused_write)
    if replace_lost:
        replace_lost_connections(engine)
    event.listen(engine, "handle_error", _leave_out_values)
    event.listen(engine, "handle_error", _as_operational_error)
    event.listen(engine, "checkin", _forget_read_only)
    return engine


def prepare_engine(engine: Engine) -> None:
    pass


def prepare_fork(engine: Engine) -> None:
    pass  # the child leaves the parent's connections alone


def check_prepared(connection: Connection) -> None:
    pass


def read_only_engine(engine: Engine, *, is_ours: bool) -> Engine:
    return engine.execution_options(postgresql_readonly=True)


def replica_options(options: Mapping[str, object]) -> Mapping[str, Any]:
    # A hot standby refuses SERIALIZABLE, and recommends this instead.
    if options.get("isolation_level") == "SERIALIZABLE":
        return {**options, "isolation_level": "REPEATABLE READ"}
    return options


def refuse_writes(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def allow_writes(connection: Connection) -> None:
    pass  # the end of the savepoint did


def turn(connection: Connection) -> Turn | None:
    return None


def is_in_memory(url: URL) -> bool:
    return False


def check_exists(url: URL) -> None:
    pass  # connecting to a database that does not exist is an error


def _leave_out_values(context: ExceptionContext) -> None:
    # PostgreSQL's message has the row that it refuses, or the part of the statement that it does
    # not understand, into which psycopg2 has written the values. Either may have a password hash.
    # The constraint's name, and SQLAlchemy's text of the statement, say as much without it.
    refused = context.original_exception
    diagnostics = getattr(refused, "diag", None)
    for error in (refused, context.sqlalchemy_exception):
        if error is not None and error.args:
            text = str(error.args[0])
            if code_of(refused) in (_NOT_NULL, _CHECK):
                text = _without_detail(text, getattr(diagnostics, "message_detail", None))
            if getattr(diagnostics, "statement_position", None):
                text = _without_place(text, getattr(diagnostics, "message_primary", None))
            if text != error.args[0]:
                error.args = (text, *error.args[1:])


# The words that begin the lines are in the server's language.
def _without_detail(message: str, detail: str | None) -> str:
    if not detail or detail not in message:
        return message
    return message.partition(detail)[0].rpartition("\n")[0]


def _without_place(message: str, primary: str | None) -> str:
    """Without the line of the statement, and the one that points into it."""
    if not primary or primary not in message:
        return message
    before, _, rest = message.partition(primary)
    return "\n".join([before + primary, *rest.split("\n")[3:]])


def _as_operational_error(context: ExceptionContext) -> DBAPIError | None:
    # psycopg2 has three classes for a lost connection, by the moment at which it was lost.
    error = context.sqlalchemy_exception
    if not context.is_disconnect or not isinstance(error, DBAPIError) or error.orig is None:
        return None
    if isinstance(error, OperationalError):
        return None
    return OperationalError(
        error.statement,
        error.params,
        error.orig,
        hide_parameters=error.hide_parameters,
        connection_invalidated=True,
        ismulti=error.ismulti,
    )


def _forget_read_only(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
    # SQLAlchemy leaves False there after a read-only session, and the driver then begins READ
    # WRITE, also where the server's default is to be read-only. None is the server's default.
    driver = cast("Any", connection)
    if getattr(driver, "readonly", None) is False:  # psycopg 2
        driver.readonly = None
    elif getattr(driver, "read_only", None) is False:  # psycopg 3
        driver.set_read_only(None)


# Errors


def is_missing_table(error: DBAPIError) -> bool:
    return sql_state(error) == _UNDEFINED_TABLE


def is_not_permitted(error: DBAPIError) -> bool:
    return sql_state(error) == _NO_PRIVILEGE


def is_refused_write(error: DBAPIError) -> bool:
    return sql_state(error) == _READ_ONLY_TRANSACTION


def is_busy(error: DBAPIError) -> bool:
    return False


def is_transient(error: DBAPIError) -> bool:
    return sql_state(error) in (_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED)


def constraint_name(error: IntegrityError, written: Table) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    if name is None:  # Citus passes on the message of the shard
        # The table that still refers to a row is named after the constraint.
        quoted = _QUOTED.findall(getattr(diagnostics, "message_primary", None) or "")
        named = [each for each in quoted if _CONSTRAINT.match(each)] or quoted
        name = named[-1] if named else ""
    return _without_shard(name, {str(constraint.name) for constraint in written.constraints})


def _without_shard(name: str, known: Collection[str]) -> str:
    """The name of a constraint of a table, from that of the constraint of its shard.

    The shard's number follows. Citus cuts a name that gets too long with it, and adds a hash.
    """
    if name in known:
        return name
    name = _SHARD.sub("", name)
    beginning = _HASH.sub("", name)
    cut = [each for each in known if len(beginning) > _CUT_AT and each.startswith(beginning)]
    return cut[0] if name not in known and len(cut) == 1 else name


def fail_to_serialize(connection: Connection) -> None:
    connection.exec_driver_sql(_FAIL_TO_SERIALIZE)


# SQL

functions: Mapping[str, str] = {
    "has_entry": "(json_typeof(CAST({0} AS json) -> {1})"
    " = CASE {2} WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' ELSE 'boolean' END"
    " AND CAST({0} AS json) ->> {1} = {3})",
    "json_array": "json_build_array({all})",
    "json_list": "json_agg({0})",
    "json_list_or_null": "json_agg({0})",
    "text_of_list": "CAST(json_agg({0}) AS text)",
    "ordinal": "({0} - DATE '0001-01-01' + 1)",
    "shifted_date": "(CAST({0} AS date) + CAST({1} AS integer))",
    "unit_start": "CAST(date_trunc({1}, CAST({0} AS timestamp)) AS date)",
}


def comparable_json() -> TypeEngine[Any]:
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - imports all drivers' modules

    return JSONB(none_as_null=True)


def default_as_reflected(default: str) -> str:
    return f"'{default}'::text"


def insert(table: Table) -> PostgresqlInsert:
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - imports all drivers' modules

    return insert(table)


def json_rows(columns: Sequence[ColumnClause[Any]]) -> FromClause:
    records = func.json_to_recordset(cast_to(bindparam("rows", type_=String), JSON))
    typed = (column(each.name, each.type) for each in columns)
    return records.table_valued(*typed).render_derived(name="json_rows", with_types=True)


@cache
def combine(first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
    return (then.add_cte(first.cte("first")),)
