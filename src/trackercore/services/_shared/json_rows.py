"""Many rows as one parameter of a statement, in JSON.

The statement is sent, planned and counted once for all of them, and nothing is done row by row on
the way: neither by SQLAlchemy nor by the driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from operator import attrgetter
from typing import Any, TypeVar

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

ItemT = TypeVar("ItemT")

_ROWS, _TEXT = 5_000, 10_000_000
"""The most items in a batch, and the characters after which it ends: parameters have a limit."""


def batches(
    items: Iterable[ItemT], text: str, *schemas: type[ItemT]
) -> Iterator[tuple[list[ItemT], bool]]:
    """Items in lists of a size that one parameter can have, and whether there are no more.

    Args:
        items: read as far as they are asked for.
        text: the attribute that may be long.
        schemas: what the items may be.

    Raises:
        TypeError: one is something else, such as a dict.
    """
    text_of = attrgetter(text)
    batch: list[ItemT] = []
    length = 0
    for item in items:
        if not isinstance(item, schemas):
            names = " or ".join(schema.__name__ for schema in schemas)
            raise TypeError(f"items must be {names}, not {type(item).__name__}")
        batch.append(item)
        length += len(text_of(item) or "")
        if len(batch) == _ROWS or length >= _TEXT:
            yield batch, False
            batch, length = [], 0
    if batch:
        yield batch, True


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
