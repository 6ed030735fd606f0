"""Ids and days as they come out of a frame, for services: `frames` and `plots` take both.

Anything else is passed on, and the services refuse it.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar, overload

import pandas as pd

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
