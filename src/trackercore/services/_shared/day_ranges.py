"""SQL for ranges of days."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression

Day = date | ColumnElement[date] | None


def within(
    day: SQLColumnExpression[Any], first: Day | int, last: Day | int
) -> list[ColumnElement[bool]]:
    """The conditions that a day lies in a range.

    Args:
        day: a column of days.
        first: the first day of the range; None for no limit.
        last: the last day of the range; None for no limit.
    """
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(day >= first)
    if last is not None:
        conditions.append(day <= last)
    return conditions
