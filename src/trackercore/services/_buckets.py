"""SQL for the first day of the week, month or year that a date column lies in.

The column is a local day already, so no time zone takes part. The same rule in Python is
`domain.calendar.bucket`; both hold the first week at the first date there is.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from trackercore.domain.calendar import Unit


class _WeekStart(FunctionElement[date]):
    """Arguments: the date, and the ISO weekday on which weeks start."""

    type = Date()
    inherit_cache = True


class _UnitStart(FunctionElement[date]):
    """Arguments: the date, and "month" or "year" as a literal."""

    type = Date()
    inherit_cache = True


def first_day(
    unit: Unit, day: ColumnElement[date], week_starts_on: ColumnElement[int]
) -> ColumnElement[date]:
    """The first day of the unit that `day` lies in."""
    if unit == "day":
        return day
    if unit == "week":
        return _WeekStart(day, week_starts_on)
    return _UnitStart(day, literal_column(f"'{unit}'"))


def _arguments(
    element: FunctionElement[date], compiler: SQLCompiler, options: dict[str, Any]
) -> list[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]


@compiles(_WeekStart, "sqlite")
def _sqlite_week(element: _WeekStart, compiler: SQLCompiler, **options: Any) -> str:
    day, first = _arguments(element, compiler, options)
    # By the number of the week: strftime('%w') and a modifier of date() take three times as long.
    week = f"CAST((julianday({day}) + 1.5 - {first}) / 7 AS INTEGER)"
    return f"max(date(7 * {week} + {first} - 1.5), '0001-01-01')"


@compiles(_WeekStart, "postgresql")
def _postgresql_week(element: _WeekStart, compiler: SQLCompiler, **options: Any) -> str:
    day, first = _arguments(element, compiler, options)
    into = f"mod(CAST(extract(isodow FROM {day}) AS integer) + 7 - {first}, 7)"
    return f"greatest({day} - {into}, DATE '0001-01-01')"


@compiles(_UnitStart, "sqlite")
def _sqlite_unit(element: _UnitStart, compiler: SQLCompiler, **options: Any) -> str:
    day, unit = _arguments(element, compiler, options)
    return f"date({day}, 'start of ' || {unit})"


@compiles(_UnitStart, "postgresql")
def _postgresql_unit(element: _UnitStart, compiler: SQLCompiler, **options: Any) -> str:
    day, unit = _arguments(element, compiler, options)
    return f"CAST(date_trunc({unit}, CAST({day} AS timestamp)) AS date)"
