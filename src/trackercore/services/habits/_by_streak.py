"""Lists of habits by their current streak, which the database cannot sort: it does not judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trackercore.models import Habit
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_limit
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.pages import Page, read_cursor, write_cursor
from trackercore.services.habits._habit_rows import HABITS, STATE, rules_columns, rules_of, state_of

_HABITS = select(Habit, *rules_columns(), *STATE).select_from(HABITS)
_KEY = (Habit.starts_on, Habit.streak, Habit.id)
"""Columns of the types that a cursor has: the day, the streak of the last habit, and its id."""


def by_streak(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    *,
    scope: tuple[object, ...],
    limit: int,
    after: str | None,
    now: datetime,
) -> Page[Habit]:
    """One page of a user's habits, the longest current streak first, of equal ones by id.

    All habits are read, with their rules, and none of their history. All pages refer to the day of
    the first one.

    Args:
        session: the caller's.
        conditions: which habits; all of one user.
        scope: as in `paginate`.
        limit: as in `paginate`.
        after: as in `paginate`.
        now: what the user's today refers to.
    """
    most = as_limit(limit)
    first = None
    if after is not None:
        first = cast("tuple[date, int, int]", tuple(read_cursor(after, scope, _KEY)))
    owned_rows.connection(session)
    query = _HABITS.where(*conditions).execution_options(populate_existing=True)
    rows = session.execute(query).all()
    if not rows:
        return Page([])
    day = first[0] if first else day_settings(rows[0].Habit.user_id, rows[0]).day(now)
    ranked = sorted(
        ((-state_of(row).on(day, rules_of(row)).current, row.Habit.id, row.Habit) for row in rows),
        key=lambda each: each[:2],
    )
    if first is not None:
        ranked = [each for each in ranked if each[:2] > (-first[1], first[2])]
    page: list[Habit] = [habit for _, _, habit in ranked[:most]]
    if len(ranked) <= most:
        return Page(page)
    streak, last_id, _ = ranked[most - 1]
    return Page(page, write_cursor(scope, [day, -streak, last_id]))
