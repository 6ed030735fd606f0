"""SQL functions that each database spells in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import JSON, ColumnElement, Date, Integer, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Ordinal(FunctionElement[int]):
    """The number of a date, as Python's `date.toordinal` counts."""

    type = Integer()
    inherit_cache = True


class ShiftedDate(FunctionElement[date]):
    """A date moved by a number of days; NULL outside the calendar. Arguments: date and number."""

    type = Date()
    inherit_cache = True


class JsonArray(FunctionElement[Any]):
    """The arguments as a JSON array."""

    type = JSON()
    inherit_cache = True


class JsonList(FunctionElement[Any]):
    """An aggregate: the argument's values in all rows, as a JSON array; NULL or [] without rows."""

    type = JSON()
    inherit_cache = True


def json_rows_of(query: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """The rows of a query, in its order, as a JSON array of arrays: a scalar subquery."""
    rows = query.subquery()
    return select(JsonList(JsonArray(*rows.c))).scalar_subquery()


def json_columns_of(query: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """The columns of a query as a JSON array of arrays, each in the query's order.

    Many rows of few columns are read in this way at a fifth of the time that rows take.
    """
    rows = query.subquery()
    return select(JsonArray(*map(JsonList, rows.c))).scalar_subquery()


def _arguments(
    element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]
) -> Sequence[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]


@compiles(Ordinal, "sqlite")
def _sqlite_ordinal(element: Ordinal, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = _arguments(element, compiler, options)
    return f"CAST(julianday({day}) - 1721424.5 AS INTEGER)"


@compiles(Ordinal, "postgresql")
def _postgresql_ordinal(element: Ordinal, compiler: SQLCompiler, **options: Any) -> str:
    (day,) = _arguments(element, compiler, options)
    return f"({day} - DATE '0001-01-01' + 1)"


@compiles(ShiftedDate, "sqlite")
def _sqlite_shifted_date(element: ShiftedDate, compiler: SQLCompiler, **options: Any) -> str:
    day, days = _arguments(element, compiler, options)
    return f"date({day}, ({days}) || ' days')"


@compiles(ShiftedDate, "postgresql")
def _postgresql_shifted_date(element: ShiftedDate, compiler: SQLCompiler, **options: Any) -> str:
    day, days = _arguments(element, compiler, options)
    return f"(CAST({day} AS date) + CAST({days} AS integer))"


@compiles(JsonArray, "sqlite")
def _sqlite_array(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array({', '.join(_arguments(element, compiler, options))})"


@compiles(JsonArray, "postgresql")
def _postgresql_array(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_build_array({', '.join(_arguments(element, compiler, options))})"


@compiles(JsonList, "sqlite")
def _sqlite_list(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({', '.join(_arguments(element, compiler, options))})"


@compiles(JsonList, "postgresql")
def _postgresql_list(element: JsonList, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg({', '.join(_arguments(element, compiler, options))})"
