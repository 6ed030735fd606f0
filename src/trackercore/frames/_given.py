"""Ids and days as a frame has them, turned into those that services take.

What is neither is left as it is, for the services to refuse.
"""

from __future__ import annotations

from datetime import date
from typing import TypeVar, cast

import numpy as np
import pandas as pd

IdT = TypeVar("IdT", int, int | None)
DayT = TypeVar("DayT", date, date | None)


def as_id(row_id: IdT) -> IdT:
    """An int, also of a numpy integer, which SQLite would compare as bytes."""
    given = cast("object", row_id)
    return int(given) if isinstance(given, np.integer) else row_id


def as_date(day: DayT) -> DayT:
    """A date, also of a `pd.Timestamp` at midnight in no time zone."""
    if isinstance(day, pd.Timestamp) and day.tzinfo is None and day == day.normalize():
        return day.date()
    return day
