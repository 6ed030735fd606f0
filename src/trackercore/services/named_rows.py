"""Check-ins with the names of their habits, and study sessions with those of their topics.

`trackercore.frames` reads them, each call with one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, Row, select
from sqlalchemy.orm import Session

from trackercore.models import CheckIn, Habit, StudySession, Topic, User
from trackercore.schemas.fields import DayRange
from trackercore.services._shared import owned_rows
from trackercore.services._shared.day_ranges import within

Rows = Sequence[Row[*tuple[Any, ...]]]

_check_ins, _sessions = owned_rows.table(CheckIn), owned_rows.table(StudySession)


def check_ins(
    session: Session, user_id: int, habit_id: int | None, start: date | None, end: date | None
) -> Rows:
    """The check-ins of one habit or of all, in order of their days, with `name`."""
    refers, day = _check_ins.c.habit_id, _check_ins.c.day
    return _rows(session, user_id, Habit, habit_id, refers, day, start, end)


def study_sessions(
    session: Session, user_id: int, topic_id: int | None, start: date | None, end: date | None
) -> Rows:
    """The study sessions of one topic or of all, in order of their days, with `name`."""
    refers, day = _sessions.c.topic_id, _sessions.c.study_date
    return _rows(session, user_id, Topic, topic_id, refers, day, start, end)


def _rows(
    session: Session,
    user_id: int,
    parent: type[Habit] | type[Topic],
    parent_id: int | None,
    refers: Column[Any],
    day: Column[Any],
    start: date | None,
    end: date | None,
) -> Rows:
    """The rows of the table whose column `refers` to a parent, or to the one of `parent_id`.

    Raises:
        NotFound: there are no rows, and no such user or parent.
    """
    days = DayRange(start=start, end=end)
    children, parents = refers.table, owned_rows.table(parent)
    query = (
        select(children, parents.c.name)
        .join_from(
            children, parents, (parents.c.user_id == children.c.user_id) & (parents.c.id == refers)
        )
        .where(children.c.user_id == owned_rows.check_id(User, user_id))
        .where(*within(day, days.start, days.end))
        .order_by(day, *children.primary_key)
    )
    if parent_id is not None:
        query = query.where(refers == owned_rows.check_id(parent, parent_id))
    rows = owned_rows.connection(session).execute(query).all()
    if not rows and parent_id is None:
        owned_rows.get(session, User, user_id)
    elif not rows and parent_id is not None:
        owned_rows.get(session, parent, user_id, parent_id)
    return rows
