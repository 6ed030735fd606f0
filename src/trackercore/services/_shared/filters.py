"""Conditions that the lists of several entities have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, literal, type_coerce
from sqlalchemy.orm import QueryableAttribute

from trackercore.backends.functions import HasEntry
from trackercore.services._shared.arguments import ExtraEntries, as_flag
from trackercore.services._shared.day_ranges import Day, within
from trackercore.services._shared.orders import Order

Column = QueryableAttribute[Any]


def has_value(column: Column, wanted: bool | None, name: str) -> list[ColumnElement[bool]]:
    """The condition that a column has a value, or that it has none; None for either.

    Args:
        column: which column.
        wanted: an argument of a service.
        name: what it is called.
    """
    if wanted is None:
        return []
    return [column.is_not(None) if as_flag(wanted, name) else column.is_(None)]


def in_range(
    column: Column,
    first: Day | int,
    last: Day | int,
    order: Order | None = None,
    after: object = None,
) -> list[ColumnElement[bool]]:
    """The conditions that a value lies in a range, without the one of which a cursor says more.

    With two conditions for one end of a range, SQLite may start to read at the lower one.
    """
    if order is not None and after is not None and order.columns[0] is column:
        first, last = (first, None) if order.descending else (None, last)
    return within(column, first, last)


def has_entries(column: Column, entries: ExtraEntries) -> list[ColumnElement[bool]]:
    """The conditions that an `extra` has these entries, by their types and values."""
    text = type_coerce(column, String)
    return [HasEntry(text, literal(key), *map(literal, _in_json(value))) for key, value in entries]


def _in_json(value: str | int) -> tuple[str, str]:
    if isinstance(value, bool):
        return str(value).lower(), str(value).lower()
    return "text" if isinstance(value, str) else "integer", str(value)
