"""Ids and days as a frame has them, turned into those that services take.

What is neither is left as it is, for the services to refuse.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar, overload

import pandas as pd

DayT = TypeVar("DayT", date, date | None)


@overload
def as_id(row_id: int) -> int: ...


@overload
def as_id(row_id: int | None) -> int | None: ...


def as_id(row_id: int | None) -> int | None:
    """An int, also of a numpy integer, which SQLite would compare as bytes."""
    if row_id is not None and pd.api.types.is_integer(row_id):
        return int(row_id)
    return row_id


def as_date(day: DayT) -> DayT:
    """A date, also of a `pd.Timestamp` at midnight in no time zone."""
    if isinstance(day, pd.Timestamp) and day.tzinfo is None and day == day.normalize():
        return day.date()
    return day
