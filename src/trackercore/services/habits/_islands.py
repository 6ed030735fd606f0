"""Streaks of daily habits, counted by the database: gaps and islands.

Of a day that is judged by itself, a success goes on with the run, a skip passes it through, and
anything else ends it. So the runs are the successes in each island of days that follow one another
and are either; `domain.streak` says the same of any rules, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from trackercore.domain.habit_rules import HabitRules, day_after
from trackercore.domain.streak import StreakState, alive_through
from trackercore.models import CheckIn, Habit
from trackercore.services._shared.owned_rows import table

_habits, _check_ins = table(Habit), table(CheckIn)

_MOST = 2**22
"""More than there are dates: a day and a number of days fit in one number."""


class _Ordinal(FunctionElement[int]):
    """The proleptic Gregorian ordinal of a date, as Python's `toordinal`."""

    type = Integer()
    inherit_cache = True


def runs_where(condition: Callable[[Any], Any]) -> Select[*tuple[Any, ...]]:
    """The last run of each habit, and the longest; no row for a habit without a success.

    Args:
        condition: made of the `user_id` and `habit_id` of a table.
    """
    key = (_check_ins.c.user_id, _check_ins.c.habit_id)
    done = _check_ins.c.status == "done"
    ordinal: ColumnElement[int] = _Ordinal(_check_ins.c.day)
    number = func.row_number().over(partition_by=key, order_by=_check_ins.c.day)
    days = (
        select(
            *key,
            ordinal.label("ordinal"),
            case((done, 1), else_=0).label("success"),
            (ordinal - number).label("island"),
        )
        .join_from(
            _check_ins,
            _habits,
            and_(_habits.c.user_id == _check_ins.c.user_id, _habits.c.id == _check_ins.c.habit_id),
        )
        .where(condition(_check_ins), or_(~done, _check_ins.c.amount >= _habits.c.target))
        .subquery()
    )
    length = func.sum(days.c.success)
    islands = (
        select(
            days.c.user_id,
            days.c.habit_id,
            length.label("length"),
            func.max(days.c.ordinal).label("last"),
        )
        .group_by(days.c.user_id, days.c.habit_id, days.c.island)
        .having(length > 0)
        .subquery()
    )
    last_and_length = cast(islands.c.last, BigInteger) * _MOST + islands.c.length
    return select(
        islands.c.user_id,
        islands.c.habit_id,
        func.max(last_and_length).label("last_and_length"),
        func.max(islands.c.length).label("longest"),
    ).group_by(islands.c.user_id, islands.c.habit_id)


def tallies(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    values: Mapping[str, Any],
    rules: HabitRules,
) -> dict[tuple[int, int], StreakState]:
    """The streaks by owner and habit, without `since`.

    Args:
        connection: with all pending changes written.
        query: made by `runs_where`.
        values: its parameters.
        rules: a plain one.
    """
    found: dict[tuple[int, int], StreakState] = {}
    for row in connection.execute(query, values):
        last, length = divmod(int(row.last_and_length), _MOST)
        through = alive_through(rules, day_after(date.fromordinal(last)))
        found[row.user_id, row.habit_id] = StreakState(length, int(row.longest), through)
    return found


def _day(element: _Ordinal, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    (day,) = element.clauses
    return compiler.process(day, **options)


@compiles(_Ordinal, "sqlite")
def _sqlite_ordinal(element: _Ordinal, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(julianday({_day(element, compiler, options)}) - 1721424.5 AS INTEGER)"


@compiles(_Ordinal, "postgresql")
def _postgresql_ordinal(element: _Ordinal, compiler: SQLCompiler, **options: Any) -> str:
    return f"({_day(element, compiler, options)} - DATE '0001-01-01' + 1)"
