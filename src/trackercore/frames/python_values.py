"""Ids and days as they come out of a frame, for services: `frames` and `plots` take both.

Anything else is passed on, and the services refuse it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar, cast, overload

import pandas as pd

from trackercore.schemas import TaskFilters

DayT = TypeVar("DayT", date, date | None)


@overload
def python_id(row_id: int) -> int: ...


@overload
def python_id(row_id: int | None) -> int | None: ...


def python_id(row_id: int | None) -> int | None:
    """An int instead of a numpy integer, which SQLite would compare as bytes."""
    if row_id is not None and pd.api.types.is_integer(row_id):
        return int(row_id)
    return row_id


def python_day(day: DayT) -> DayT:
    """A date instead of a `pd.Timestamp` at midnight without a time zone."""
    if isinstance(day, pd.Timestamp) and day.tzinfo is None and day == day.normalize():
        return day.date()
    return day


def python_filters(filters: TaskFilters) -> TaskFilters:
    """The same filters with Python's ids, numbers and days."""

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):  # tags
            return [python_id(each) for each in cast("Sequence[int]", value)]
        return python_id(python_day(value))

    return cast("TaskFilters", {name: plain(value) for name, value in filters.items()})
