"""The habits that still want doing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, literal, select
from sqlalchemy.orm import Session, aliased

from trackercore.domain.calendar import local_day, shift
from trackercore.domain.streak import Mark, outcome
from trackercore.errors import NotFound
from trackercore.models import CheckIn, Habit, User
from trackercore.schemas import DueHabit
from trackercore.services import _rows
from trackercore.services._arguments import as_day, as_instant
from trackercore.services._history import schedule_of

_Earlier = aliased(CheckIn)


def _of_habit(check_in: type[CheckIn]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return check_in.user_id == Habit.user_id, check_in.habit_id == Habit.id


def due(
    session: Session, user_id: int, on: date | None = None, *, now: datetime | None = None
) -> list[DueHabit]:
    """The habits that still want doing on a day, by id, in one statement.

    A habit is due from its first day on, until the period's target is met; not if the day is
    skipped, or skips leave the period too few days.

    Args:
        session: the caller's.
        user_id: the owner.
        on: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user.
    """
    moment = as_instant(now)
    given = None if on is None else as_day(on)
    # Local days lie within two days of UTC's, and a period is a week at most.
    around = moment.date() if given is None else given
    first, last = shift(around, -9), shift(around, 2)
    # The first in the primary key's order: EXISTS may be planned as a scan of everything.
    earlier = (
        select(literal(True))
        .where(*_of_habit(_Earlier), _Earlier.status == "done", _Earlier.day < first)
        .order_by(_Earlier.day)
        .limit(1)
        .scalar_subquery()
    )
    begun_before = case((Habit.starts_on < first, literal(True)), else_=earlier)
    query = (
        select(
            User.time_zone,
            User.day_starts_at,
            Habit.id,
            Habit.name,
            Habit.frequency,
            Habit.target,
            Habit.week_starts_on,
            Habit.starts_on,
            begun_before.label("begun_before"),
            CheckIn.day,
            CheckIn.status,
            CheckIn.amount,
        )
        .select_from(User)
        .outerjoin(Habit, Habit.user_id == User.id)
        .outerjoin(CheckIn, and_(*_of_habit(CheckIn), CheckIn.day.between(first, last)))
        .where(User.id == _rows.check_id(User, user_id))
        .order_by(Habit.id, CheckIn.day)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound(_rows.entity(User), user_id)
    day = given or local_day(moment, rows[0].time_zone, rows[0].day_starts_at)
    by_habit = (list(group) for _, group in groupby(rows, lambda row: row.id))
    return [item for group in by_habit if (item := _due_on(day, group)) is not None]


def _due_on(day: date, rows: Sequence[Row[*tuple[Any, ...]]]) -> DueHabit | None:
    habit = rows[0]
    if habit.id is None:  # a user without habits
        return None
    schedule = schedule_of(habit)
    period = schedule.period(day)
    seen = [row for row in rows if row.day is not None and row.day <= day]
    marks = [Mark(row.day, row.status, row.amount) for row in seen if row.day >= period.start]
    progress = sum(mark.amount for mark in marks if mark.status == "done")
    begun = habit.starts_on <= day or habit.begun_before or any(r.status == "done" for r in seen)
    skipped = any(mark.day == day and mark.status == "skipped" for mark in marks)
    if not begun or skipped or outcome(schedule, period, marks) != "open":
        return None
    return DueHabit(
        habit_id=habit.id,
        name=habit.name,
        period_start=period.start,
        period_end=period.end,
        progress=progress,
        target=schedule.target,
        remaining=schedule.target - progress,
    )
