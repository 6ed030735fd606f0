"""What a database's trackercore tables are like, read from the database itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import inspect

from trackercore import Base, Database

Description = dict[str, dict[str, object]]


def described(database: Database) -> Description:
    """Columns, keys, indexes and constraints of each of trackercore's tables.

    In the order of their names: where a column comes depends on when it was added.
    """
    inspector = inspect(database.engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": _by_name(inspector.get_foreign_keys(table)),
            "unique": _by_name(inspector.get_unique_constraints(table)),
            "indexes": _by_name(inspector.get_indexes(table)),
            "checks": _by_name(inspector.get_check_constraints(table)),
        }
        for table in Base.metadata.tables
    }


def _by_name(found: Iterable[Mapping[str, object]]) -> dict[object, Mapping[str, object]]:
    return {item["name"]: item for item in found}
