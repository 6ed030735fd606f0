"""SQL for the day, week, month or year that a date column lies in, and the days that these have.

The column is a local day already, so no time zone takes part. The rule is that of
`domain.calendar.bucket`; in both, the first week starts at the first date that Python has.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, literal_column

from trackercore.backends.functions import Ordinal, UnitStart
from trackercore.domain.calendar import UNITS, Unit, bucket

# Literals: PostgreSQL takes expressions with parameters in SELECT and GROUP BY for different ones.
_WEEK = literal_column("7", Integer)


def key_of(
    unit: Unit, day: ColumnElement[date], week_starts_on: ColumnElement[int]
) -> ColumnElement[Any]:
    """A value that is the same for all days of a unit, and grows with the units; see `days_of`.

    A week's is its number in `UNITS`: to make a date of it for every row would take as long as to
    read them.
    """
    if unit == "day":
        return day
    if unit == "week":
        # SQL rounds to 0: the weeks are counted up by one until they are divided.
        return (Ordinal(day) + _WEEK - week_starts_on) // _WEEK - literal_column("1", Integer)
    return UnitStart(day, literal_column(f"'{unit}'"))


def days_of(unit: Unit, key: Any, week_starts_on: int) -> tuple[date, date]:
    """First and last day of the unit with this key."""
    if unit == "week":
        return UNITS["week"].days(key, week_starts_on)
    return bucket(unit, key)
