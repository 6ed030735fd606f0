"""Many rows as one parameter of a statement, in JSON.

The statement is sent, planned and counted once for all of them, and nothing is done row by row on
the way: neither by SQLAlchemy nor by the driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnClause,
    ColumnElement,
    FromClause,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
)


def json_rows(dialect: str, *columns: ColumnClause[Any]) -> FromClause:
    """The objects in the JSON array `:rows`, in its order, as rows of these columns.

    Args:
        dialect: for whose database.
        columns: named as the keys of the objects; null where an object has no such key.
    """
    rows = bindparam("rows", type_=String)
    if dialect == "postgresql":
        records = func.json_to_recordset(cast(rows, JSON))
        named = (column(each.name, each.type) for each in columns)
        return records.table_valued(*named).render_derived(name="given", with_types=True)
    value = func.json_each(rows).table_valued("value").c.value
    fields = (
        func.json_extract(value, f"$.{each.name}", type_=each.type).label(each.name)
        for each in columns
    )
    return select(*fields).subquery("given")


def insert_rows(dialect: str, into: Table, values: Mapping[str, ColumnElement[Any]]) -> Any:
    """An INSERT of what is selected: of SQLAlchemy's class for the dialect, which has ON CONFLICT.

    Args:
        dialect: for whose database.
        into: the table.
        values: by the names of its columns; made of `json_rows`.
    """
    # Imported here because a dialect's package imports the modules of all its drivers.
    insert_into = import_module(f"sqlalchemy.dialects.{dialect}").insert
    # Without a WHERE, SQLite would take the ON of ON CONFLICT for that of a join.
    given = select(*values.values()).where(true())
    return insert_into(into).from_select([*values], given, include_defaults=False)
