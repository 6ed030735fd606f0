"""SQL for the week, month or year that a date column lies in, and the days that these have.

The column is a local day already, so no time zone takes part. The rule is that of
`domain.calendar.bucket`; both hold the first week at the first date there is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from trackercore.domain.calendar import UNITS, Unit, bucket

# Julian day numbers and ordinals of Python's, which begin with a Monday, by whole weeks apart.
_WEEKS_BEFORE = 245_918


class _WeekNumber(FunctionElement[int]):
    """Arguments: the date, and the ISO weekday on which weeks start."""

    type = Integer()
    inherit_cache = True


class _UnitStart(FunctionElement[date]):
    """Arguments: the date, and "month" or "year" as a literal."""

    type = Date()
    inherit_cache = True


def key_of(
    unit: Unit, day: ColumnElement[date], week_starts_on: ColumnElement[int]
) -> ColumnElement[Any]:
    """What days of the same unit have in common, and others have not; `days_of` reads it.

    It grows with the days. A week's is a number: to make a date of it for every row would take as
    long again as to read them.
    """
    if unit == "day":
        return day
    if unit == "week":
        return _WeekNumber(day, week_starts_on)
    return _UnitStart(day, literal_column(f"'{unit}'"))


def days_of(unit: Unit, key: Any, week_starts_on: int) -> tuple[date, date]:
    """First and last day of the unit with this key."""
    if unit == "week":
        return UNITS["week"].days(key - _WEEKS_BEFORE, week_starts_on)
    return bucket(unit, key)


def _arguments(
    element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]
) -> list[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]


@compiles(_WeekNumber, "sqlite")
def _sqlite_week(element: _WeekNumber, compiler: SQLCompiler, **options: Any) -> str:
    day, first = _arguments(element, compiler, options)
    return f"CAST((julianday({day}) + 1.5 - {first}) / 7 AS INTEGER)"


@compiles(_WeekNumber, "postgresql")
def _postgresql_week(element: _WeekNumber, compiler: SQLCompiler, **options: Any) -> str:
    day, first = _arguments(element, compiler, options)
    return f"(({day} - DATE '0001-01-01' + 1721427 - {first}) / 7)"


@compiles(_UnitStart, "sqlite")
def _sqlite_unit(element: _UnitStart, compiler: SQLCompiler, **options: Any) -> str:
    day, unit = _arguments(element, compiler, options)
    return f"date({day}, 'start of ' || {unit})"


@compiles(_UnitStart, "postgresql")
def _postgresql_unit(element: _UnitStart, compiler: SQLCompiler, **options: Any) -> str:
    day, unit = _arguments(element, compiler, options)
    return f"CAST(date_trunc({unit}, CAST({day} AS timestamp)) AS date)"
