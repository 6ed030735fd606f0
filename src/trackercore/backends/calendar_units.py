"""SQL for the week, month or year that a date column lies in, and the days that these have.

The column is a local day already, so no time zone takes part. The rule is that of
`domain.calendar.bucket`; in both, the first week starts at the first date that Python has.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, literal_column
from sqlalchemy.sql.functions import FunctionElement

from trackercore.domain.calendar import UNITS, Unit, bucket

# Between Julian day numbers and Python's ordinals, both of which begin with a Monday.
_WEEKS_BEFORE = 245_918


class WeekNumber(FunctionElement[int]):
    """Arguments: the date, and the ISO weekday on which weeks start."""

    type = Integer()
    inherit_cache = True


class UnitStart(FunctionElement[date]):
    """Arguments: the date, and "month" or "year" as a literal."""

    type = Date()
    inherit_cache = True


def key_of(
    unit: Unit, day: ColumnElement[date], week_starts_on: ColumnElement[int]
) -> ColumnElement[Any]:
    """A value that is the same for all days of a unit, and grows with the units; see `days_of`.

    A week's is a number: to make a date of it for every row would take as long as to read them.
    """
    if unit == "day":
        return day
    if unit == "week":
        return WeekNumber(day, week_starts_on)
    return UnitStart(day, literal_column(f"'{unit}'"))


def days_of(unit: Unit, key: Any, week_starts_on: int) -> tuple[date, date]:
    """First and last day of the unit with this key."""
    if unit == "week":
        return UNITS["week"].days(key - _WEEKS_BEFORE, week_starts_on)
    return bucket(unit, key)


def sql_of_arguments(
    element: FunctionElement[Any], compiler: Any, options: dict[str, Any]
) -> list[str]:
    """The SQL of a function's arguments."""
    return [compiler.process(argument, **options) for argument in element.clauses]
