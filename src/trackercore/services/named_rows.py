"""Check-ins with the names of their habits, sessions with those of topics, tasks of categories.

`trackercore.frames` reads them, each call with one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, select
from sqlalchemy.orm import Session

from trackercore.models import Category, CheckIn, Habit, StudySession, Task, Topic, User
from trackercore.schemas import TaskFilters
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_range, as_instant
from trackercore.services._shared.day_ranges import within
from trackercore.services._shared.task_filters import TaskQuery

Rows = Sequence[Row[*tuple[Any, ...]]]

_check_ins, _sessions = owned_rows.table(CheckIn), owned_rows.table(StudySession)
_tasks, _categories = owned_rows.table(Task), owned_rows.table(Category)
_TAGS_OF_SESSIONS = StudySession.tags.label("tags")
_TAGS, _PROGRESS = Task.tags.label("tags"), Task.progress.label("progress")


def check_ins(
    session: Session, user_id: int, habit_id: int | None, start: date | None, end: date | None
) -> Rows:
    """The check-ins of one habit or of all, in order of their days, with `name`."""
    refers, day = _check_ins.c.habit_id, _check_ins.c.day
    return _rows(session, user_id, Habit, habit_id, refers, day, start, end)


def study_sessions(
    session: Session, user_id: int, topic_id: int | None, start: date | None, end: date | None
) -> Rows:
    """The study sessions of one topic or of all, in order of their days, with `name` and `tags`."""
    refers, day = _sessions.c.topic_id, _sessions.c.study_date
    return _rows(session, user_id, Topic, topic_id, refers, day, start, end, _TAGS_OF_SESSIONS)


def tasks(session: Session, user_id: int, filters: TaskFilters, now: datetime | None) -> Rows:
    """The tasks that meet the filters of `tasks.find`, by id, with the `name` of the category.

    Raises:
        NotFound: there are no rows, and no such user or category.
    """
    tasks = TaskQuery.of(user_id, filters)
    query = (
        tasks.select(session, as_instant(now))
        .with_only_columns(_tasks, _TAGS, _PROGRESS, _categories.c.name)
        .outerjoin(
            _categories,
            (_categories.c.user_id == _tasks.c.user_id)
            & (_categories.c.id == _tasks.c.category_id),
        )
        .order_by(_tasks.c.id)
    )
    rows = owned_rows.connection(session).execute(query).all()
    if not rows:
        owned_rows.get(session, User, user_id)
        tasks.check_references(session)
    return rows


def _rows(
    session: Session,
    user_id: int,
    parent: type[Habit] | type[Topic],
    parent_id: int | None,
    refers: Column[Any],
    day: Column[Any],
    start: date | None,
    end: date | None,
    *others: ColumnElement[Any],
) -> Rows:
    """The rows of the table whose column `refers` to a parent, or to the one of `parent_id`.

    Raises:
        NotFound: there are no rows, and no such user or parent.
    """
    days = as_day_range(start, end)
    children, parents = refers.table, owned_rows.table(parent)
    query = (
        select(children, parents.c.name, *others)
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
