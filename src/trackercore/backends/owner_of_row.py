"""Whose row it is, in the subqueries of attributes that are selected with a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    ColumnElement,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from trackercore.types import BIG_ID


class OwnerOfRow(FunctionElement[int]):
    """The `user_id` of a row of a query around a subquery.

    Where the query that the row is of equates it with a parameter, it is the parameter. Both are
    the same to the result. The planner of a distributed database plans a subquery by itself, and
    only with the parameter does it know where the rows are.
    """

    name = "owner_of_row"
    type: TypeEngine[Any] = BIG_ID
    inherit_cache: bool | None = True


@compiles(OwnerOfRow)
def _compile(element: OwnerOfRow, compiler: SQLCompiler, **options: Any) -> str:
    (owner,) = element.clauses
    if isinstance(owner, ColumnClause):  # a query may have put the parameter in its place itself
        for parameter in _parameters(owner, compiler):
            return compiler.process(parameter, **options)
    return compiler.process(owner, **options)


def _parameters(column: ColumnClause[Any], compiler: SQLCompiler) -> Iterator[BindParameter[Any]]:
    """The parameters that a column is equated with by the query that its row is of.

    It is the nearest that has the table in FROM. Those around it may select from the same table,
    and what they equate says nothing of this row.
    """
    for query in reversed(compiler.stack):
        conditions = getattr(query["selectable"], "_where_criteria", None)
        # A UNION has none, and the FROM of the query around it.
        if conditions is not None and column.table in query["asfrom_froms"]:
            for condition in conditions:
                yield from _equal(condition, column)
            return


def _equal(condition: object, column: ColumnElement[Any]) -> Iterator[BindParameter[Any]]:
    """The parameters that a condition equates with a column."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for conjunct in condition.clauses:
            yield from _equal(conjunct, column)
    elif isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
        sides = cast("tuple[ColumnElement[Any], ...]", (condition.left, condition.right))
        for one, other in (sides, sides[::-1]):
            # Two aliases of a table `compare` as equal. The hash is that of the column itself.
            if isinstance(other, BindParameter) and hash(one) == hash(column):
                yield other
