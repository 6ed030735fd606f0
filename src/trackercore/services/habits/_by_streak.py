"""Lists of habits by their current streak, which the database cannot sort: it does not judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from trackercore.models import Habit
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_limit
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.pages import Page, is_last, read_cursor, write_cursor
from trackercore.services.habits.standings import attach_streaks, select_habits, streaks_on

_KEY = (Habit.starts_on, Habit.cached_streak, Habit.id)
"""Columns of the types that a cursor has: the day, the streak of the last habit, and its id."""


def by_streak(
    session: Session,
    user_id: int,
    conditions: Sequence[ColumnElement[bool]],
    *,
    scope: tuple[object, ...],
    limit: int,
    after: str | Page[Habit] | None,
    descending: bool,
    now: datetime,
) -> Page[Habit]:
    """One page of a user's habits by their current streaks, and of equal ones by id.

    All habits are read, with their rules, and none of their history. All pages are sorted by the
    day of the first one; the habits' standing is that of today.

    Args:
        session: the caller's.
        user_id: the owner.
        conditions: which habits; one of them equates the owner.
        scope: as in `paginate`.
        limit: as in `paginate`.
        after: as in `paginate`.
        descending: whether the longest streak comes first, and of equal ones the greatest id.
        now: what the user's today refers to.
    """
    most = as_limit(limit)
    if is_last(after):
        return Page([])
    first = None
    if after is not None:
        first = cast("tuple[date, int, int]", tuple(read_cursor(after, scope, _KEY)))
    owned_rows.connection(session)
    query = select_habits(*conditions).execution_options(populate_existing=True)
    rows = session.execute(query, {"owner": user_id}).all()
    if not rows:
        return Page([])
    today = day_settings(rows[0].Habit.user_id, rows[0]).day(now)
    streaks = streaks_on(session, today, rows)
    habits = attach_streaks(session, today, rows, streaks)
    day = first[0] if first else today
    if day != today:
        streaks = streaks_on(session, day, rows)
    ranked = sorted(
        ((streak.current, habit.id, habit) for habit, streak in zip(habits, streaks, strict=True)),
        key=lambda each: each[:2],
        reverse=descending,
    )
    if first is not None:
        place = first[1:]
        ranked = [each for each in ranked if (each[:2] < place if descending else each[:2] > place)]
    page = [habit for _, _, habit in ranked[:most]]
    if len(ranked) <= most:
        return Page(page)
    streak, last_id, _ = ranked[most - 1]
    return Page(page, write_cursor(scope, [day, streak, last_id]))
