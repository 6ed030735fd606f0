"""What our PostgreSQL engines do beside SQLAlchemy: errors that tell no values, for one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    JSON,
    ColumnClause,
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

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert

_NOT_NULL, _CHECK = "23502", "23514"


def prepare(engine: Engine) -> None:
    """Listen to what happens on the engine."""
    event.listen(engine, "handle_error", _leave_out_values)
    event.listen(engine, "handle_error", _tell_of_a_lost_connection)
    event.listen(engine, "checkin", _forget_read_only)


def sql_state(error: DBAPIError) -> str | None:
    """PostgreSQL's code for what went wrong; None on SQLite."""
    return _code_of(error.orig)


def _code_of(error: BaseException | None) -> str | None:
    return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)  # psycopg 2, or 3


def _leave_out_values(context: ExceptionContext) -> None:
    # PostgreSQL tells the row that it refuses, and the place in the statement that it does not
    # understand, in which psycopg2 has written the values: and with either a password hash. What is
    # lost, the name of the constraint tells, and SQLAlchemy's text of the statement.
    refused = context.original_exception
    told = getattr(refused, "diag", None)
    for error in (refused, context.sqlalchemy_exception):
        if error is not None and error.args:
            text = str(error.args[0])
            if _code_of(refused) in (_NOT_NULL, _CHECK):
                text = _without_detail(text, getattr(told, "message_detail", None))
            if getattr(told, "statement_position", None):
                text = _without_place(text, getattr(told, "message_primary", None))
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


def _tell_of_a_lost_connection(context: ExceptionContext) -> DBAPIError | None:
    # psycopg2 has three classes for it, by the moment at which the connection went.
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


writers_take_turns = False


def constraint_name(error: IntegrityError, _written: Table) -> str:
    """See `Backend`."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""


def insert(table: Table) -> PostgresqlInsert:
    """See `Backend`."""
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - imports all drivers' modules

    return insert(table)


def json_rows(columns: Sequence[ColumnClause[Any]]) -> FromClause:
    """See `Backend`."""
    records = func.json_to_recordset(cast_to(bindparam("rows", type_=String), JSON))
    typed = (column(each.name, each.type) for each in columns)
    return records.table_valued(*typed).render_derived(name="json_rows", with_types=True)


@cache
def combine(first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
    """See `Backend`."""
    return (then.add_cte(first.cte("first")),)
