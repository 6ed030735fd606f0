"""Renaming the old tables, so that the new ones can have their names, and dropping them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Boolean,
    Connection,
    FromClause,
    column,
    func,
    inspect,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from trackercore.adoption._legacy import plain_type
from trackercore.adoption._transfer import MOST_ID
from trackercore.adoption.reasons import RefusalReason
from trackercore.backends.sql_state import sql_state
from trackercore.errors import CannotAdopt
from trackercore.types import BIG_ID

_PREFIX = "trackercore_old_"
_DEPENDENT_OBJECTS_STILL_EXIST = "2BP01"

# They share a namespace with the indexes and sequences of the new tables.
_INDEXES_AND_SEQUENCES = text(
    """
    SELECT owned.relname FROM pg_class AS owned WHERE owned.oid IN (
        SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass(:name)
        UNION
        SELECT objid FROM pg_depend JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
        WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
        AND refobjid = to_regclass(:name) AND deptype IN ('a', 'i')
    )
    ORDER BY 1
    """
)
_INDEXES = text(
    "SELECT name FROM sqlite_master "
    "WHERE type = 'index' AND sql IS NOT NULL AND lower(tbl_name) = :name"
)

_SEQUENCE = text("SELECT pg_get_serial_sequence(:old, 'id')")
_SET_SEQUENCE = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
# The table sqlite_sequence is there, since the new tables are AUTOINCREMENT.
_GIVEN_OUT_ON_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :old")
_RAISE_SEQUENCE = text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name")
_ADD_SEQUENCE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
_MOST_ID = literal(MOST_ID, BIG_ID)


def rename(connection: Connection, names: Sequence[str]) -> dict[str, FromClause]:
    """Rename the tables, their indexes and sequences.

    Returns:
        The renamed tables, by their old names. SQLite's columns hold any value, and have no type.
    """
    for name in names:
        if connection.dialect.name == "sqlite":
            for index in connection.scalars(_INDEXES, {"name": name}).all():
                _run(connection, "DROP INDEX %(it)s", it=index)
        else:
            owned = connection.scalars(_INDEXES_AND_SEQUENCES, {"name": name}).all()
            for number, it in enumerate(owned):
                _alter_name(connection, it, f"{_PREFIX}{name}_{number}")
        _alter_name(connection, name, _PREFIX + name)
    inspector = inspect(connection)
    typed = connection.dialect.name != "sqlite"
    return {
        name: table(
            _PREFIX + name,
            *(
                column(old["name"], plain_type(old) if typed else NullType())
                for old in inspector.get_columns(_PREFIX + name)
            ),
        )
        for name in names
    }


def drop(connection: Connection, names: Sequence[str]) -> None:
    """Drop the renamed tables, given in an order in which none refers to a later one.

    Raises:
        CannotAdopt: something still depends on one.
    """
    for name in reversed(names):
        try:
            _run(connection, "DROP TABLE %(it)s", it=_PREFIX + name)
        except DBAPIError as error:
            if sql_state(error) != _DEPENDENT_OBJECTS_STILL_EXIST:
                raise
            detail = str(getattr(getattr(error.orig, "diag", None), "message_detail", ""))
            detail = " ".join(detail.replace(_PREFIX, "").split())
            reason = RefusalReason(code="dependent", table=name, detail=detail)
            raise CannotAdopt((reason,)) from error


def continue_ids(connection: Connection, name: str, old: FromClause) -> None:
    """Make a new table give out ids after those of all old rows, also rejected and deleted ones."""
    most = connection.scalar(select(func.max(old.c.id)).where(old.c.id.between(1, _MOST_ID)))
    last = max(most or 0, _given_out(connection, _PREFIX + name) or 0)
    if last == 0:
        return
    values = {"name": name, "last": min(last, MOST_ID)}
    if connection.dialect.name == "postgresql":
        connection.execute(_SET_SEQUENCE, values)
    elif not connection.execute(_RAISE_SEQUENCE, values).rowcount:
        connection.execute(_ADD_SEQUENCE, values)


def _given_out(connection: Connection, table: str) -> int | None:
    """The last id that a table gave out, whether or not the row is still there."""
    if connection.dialect.name == "sqlite":
        last: int | None = connection.scalar(_GIVEN_OUT_ON_SQLITE, {"old": table})
        return last
    sequence = connection.scalar(_SEQUENCE, {"old": table})
    if sequence is None:
        return None
    state = select(column("last_value", BIG_ID), column("is_called", Boolean))
    row = connection.execute(state.select_from(text(sequence))).one()
    return int(row.last_value) if row.is_called else int(row.last_value) - 1


def _alter_name(connection: Connection, it: str, name: str) -> None:
    _run(connection, "ALTER TABLE %(it)s RENAME TO %(name)s", it=it, name=name)


def _run(connection: Connection, statement: str, **names: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(statement % {key: quote(name) for key, name in names.items()})
