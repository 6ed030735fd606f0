"""Which tasks have started, and which are overdue, due today or upcoming: the rules, in SQL."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from trackercore.models import Task
from trackercore.schemas import Due
from trackercore.services._shared.owned_rows import table

Day = date | ColumnElement[date]
Instant = datetime | ColumnElement[datetime]

_tasks = table(Task).c
_OPEN = (_tasks.completed.is_(False), _tasks.archived_at.is_(None))


class DueRule(NamedTuple):
    """The first and last `due_day` of such tasks, None for no limit, and what else they meet."""

    first: Day | None
    last: Day | None
    conditions: tuple[ColumnElement[bool], ...]


def has_started(started: bool, today: Day) -> ColumnElement[bool]:
    """The condition that a task has started, or that its `starts_on` is still ahead.

    It has started on its due day: its owner may have moved west, to where that is the day before.
    """
    starts_on, due_day = _tasks.starts_on, _tasks.due_day
    if started:
        return or_(starts_on.is_(None), starts_on <= today, due_day <= today)
    return and_(starts_on > today, or_(due_day.is_(None), due_day > today))


def due_rule(due: Due, now: Instant, today: Day, tomorrow: Day) -> DueRule:
    """Which tasks are due so, whether or not they have started.

    A timed task earlier today is both overdue and due today. An undated one has no `due_day`, and
    is none of the three; nor is one that is completed or archived.
    """
    if due == "today":
        return DueRule(today, today, _OPEN)
    if due == "upcoming":
        return DueRule(tomorrow, None, _OPEN)
    # The last day is for the index. Tomorrow, as a clock that is set back past midnight repeats the
    # end of a day: what was due a moment ago may be due tomorrow.
    late = or_(_tasks.due_at < now, _tasks.due_date < today)
    return DueRule(None, tomorrow, (*_OPEN, late))
