"""Many rows as one parameter of a statement, in JSON.

The statement is sent, planned and counted once for all of them, and nothing is done row by row on
the way: neither by SQLAlchemy nor by the driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnClause, ColumnElement, FromClause, Table, select, true

from trackercore.backends import postgresql, sqlite

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


# Until _check_in_many uses insert_from_json.
def json_rows(dialect: str, *columns: ColumnClause[Any]) -> FromClause:
    """See `InsertFromJson`."""
    rows: FromClause = {"sqlite": sqlite, "postgresql": postgresql}[dialect].json_rows(columns)
    return rows


def insert_rows(dialect: str, into: Table, values: Mapping[str, ColumnElement[Any]]) -> Any:
    """See `InsertFromJson`."""
    insert = {"sqlite": sqlite, "postgresql": postgresql}[dialect].insert(into)
    query = select(*values.values()).where(true())
    return insert.from_select([*values], query, include_defaults=False)
