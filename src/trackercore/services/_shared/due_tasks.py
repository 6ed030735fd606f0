"""SQL for the open tasks that may be due; `domain.task_due.is_due` judges them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement

from trackercore.domain.task_due import Due
from trackercore.models import Task
from trackercore.services._shared.owned_rows import table

Day = date | ColumnElement[date]
Instant = datetime | ColumnElement[datetime]

_due_at, _due_date = table(Task).c.due_at, table(Task).c.due_date


def may_be_due(
    due: Due, now: Instant, days: tuple[Day, Day], instants: tuple[Instant, Instant]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Two conditions, for timed and for all-day tasks, that each task that is due meets.

    Args:
        due: when they are due.
        now: the current time.
        days: the first and the last day that may be today.
        instants: the first and the last instant that may be today's, of those that can be stored.
    """
    first, last = days
    begins, ends = instants
    if due == "overdue":
        return _due_at < now, _due_date < last
    if due == "upcoming":
        return _due_at >= begins, _due_date > first
    return _due_at.between(begins, ends), _due_date.between(first, last)
