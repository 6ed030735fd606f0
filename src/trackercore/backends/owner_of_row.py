"""Whose row it is, in the subqueries of attributes that are selected with a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import BinaryExpression, BindParameter, BooleanClauseList, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from trackercore.types import BIG_ID


class OwnerOfRow(FunctionElement[int]):
    """The `user_id` of a row of the query around a subquery.

    Where that query equates it with a parameter, it is the parameter. Both are the same to the
    result. The planner of a distributed database plans a subquery by itself, and only with the
    parameter does it know where the rows are.
    """

    name = "owner_of_row"
    type: TypeEngine[Any] = BIG_ID
    inherit_cache: bool | None = True


@compiles(OwnerOfRow)
def _compile(element: OwnerOfRow, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    for query in reversed(compiler.stack):
        for condition in getattr(query.get("selectable"), "_where_criteria", ()):
            for parameter in _equal(condition, column):
                return compiler.process(parameter, **options)
    return compiler.process(column, **options)


def _equal(condition: object, column: ColumnElement[Any]) -> Iterator[BindParameter[Any]]:
    """The parameters that a condition equates with a column."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for conjunct in condition.clauses:
            yield from _equal(conjunct, column)
    elif isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
        sides = cast("tuple[ColumnElement[Any], ...]", (condition.left, condition.right))
        for one, other in (sides, sides[::-1]):
            if isinstance(other, BindParameter) and one.compare(column):
                yield other
