"""The old tables as such: set aside while the new ones take their names, and dropped."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, FromClause, column, func, inspect, select, table, text
from sqlalchemy.types import NullType

from trackercore.types import MAX_ID

_PREFIX = "trackercore_old_"

# Their names are in one namespace with those of the new tables' indexes and sequences.
_INDEXES_AND_SEQUENCES = text(
    """
    SELECT owned.relname FROM pg_class AS owned WHERE owned.oid IN (
        SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass(:name)
        UNION
        SELECT objid FROM pg_depend JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
        WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
        AND refobjid = to_regclass(:name) AND deptype IN ('a', 'i')
    )
    """
)
_INDEXES = text(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :name"
)


def set_aside(connection: Connection, names: Sequence[str]) -> dict[str, FromClause]:
    """Rename tables, so that new ones can take their names.

    Returns:
        What they are now, by the old names. SQLite's columns have no types, since they hold
        anything.
    """
    for name in names:
        if connection.dialect.name == "sqlite":
            for index in connection.scalars(_INDEXES, {"name": name}).all():
                _run(connection, "DROP INDEX %(it)s", it=index)
        else:
            owned = connection.scalars(_INDEXES_AND_SEQUENCES, {"name": name}).all()
            for number, it in enumerate(owned):
                _rename(connection, it, f"{_PREFIX}{name}_{number}")
        _rename(connection, name, _PREFIX + name)
    inspector = inspect(connection)
    typed = connection.dialect.name != "sqlite"
    return {
        name: table(
            _PREFIX + name,
            *(
                column(found["name"], found["type"] if typed else NullType())
                for found in inspector.get_columns(_PREFIX + name)
            ),
        )
        for name in names
    }


def drop(connection: Connection, names: Sequence[str]) -> None:
    """Drop tables that were set aside, given in an order in which none refers to a later one."""
    for name in reversed(names):
        _run(connection, "DROP TABLE %(it)s", it=_PREFIX + name)


def continue_ids(connection: Connection, name: str, old: FromClause) -> None:
    """See that a new table gives out no id that an old row had, were it refused."""
    most = connection.scalar(select(func.max(old.c.id)).where(old.c.id.between(1, MAX_ID)))
    if most is None:
        return
    values = {"name": name, "most": most}
    if connection.dialect.name == "sqlite":
        raised = connection.execute(
            text("UPDATE sqlite_sequence SET seq = max(seq, :most) WHERE name = :name"), values
        )
        if not raised.rowcount:
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :most)"), values
            )
    else:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :most)"), values
        )


def _rename(connection: Connection, it: str, name: str) -> None:
    _run(connection, "ALTER TABLE %(it)s RENAME TO %(name)s", it=it, name=name)


def _run(connection: Connection, statement: str, **names: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(statement % {key: quote(name) for key, name in names.items()})
