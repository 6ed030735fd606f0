"""How many tasks and occurrences of repeating ones were completed.

One statement per call, which reads only an index of each table.
"""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, Subquery, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import Unit
from trackercore.errors import NotFound
from trackercore.models import Task, TaskOccurrence, User
from trackercore.schemas import CompletedTotal
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import as_range_to_fill
from trackercore.services._shared.calendar_units import by_unit, key_of
from trackercore.services._shared.owned_rows import OWNER, check_id, connection, entity, table

_users, _tasks, _records = table(User), table(Task), table(TaskOccurrence)


def completed_by_day(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[CompletedTotal]:
    """Numbers of tasks completed on the days from `start` to `end`, in order.

    Each completed occurrence of a repeating task counts. Tasks completed at an unknown time are not
    counted.
    """
    return _completed_by("day", session, user_id, start, end, fill, max_days)


def completed_by_week(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[CompletedTotal]:
    """Numbers of tasks completed in weeks by the user's week start.

    The first and the last week may be longer than the range; only days inside it count.
    """
    return _completed_by("week", session, user_id, start, end, fill, max_days)


def completed_by_month(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[CompletedTotal]:
    """Numbers of tasks completed in calendar months; only days inside the range count."""
    return _completed_by("month", session, user_id, start, end, fill, max_days)


def completed_by_year(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[CompletedTotal]:
    """Numbers of tasks completed in calendar years; only days inside the range count."""
    return _completed_by("year", session, user_id, start, end, fill, max_days)


def _completed_by(
    unit: Unit,
    session: Session,
    user_id: int,
    start: date,
    end: date,
    fill: bool,
    max_days: int,
) -> list[CompletedTotal]:
    days = as_range_to_fill(start, end, fill, max_days)
    values = {"owner": check_id(User, user_id), "first": days[0], "last": days[1]}
    rows = connection(session).execute(_by(unit), values).all()
    if not rows:
        raise NotFound(entity(User), user_id)
    return Rows(
        CompletedTotal(start=first, end=last, completed=0 if row is None else row.completed)
        for first, last, row in by_unit(unit, days, rows, fill=fill)
    )


@cache
def _by(unit: Unit) -> Select[*tuple[Any, ...]]:
    """A row for each unit in which tasks were completed; one without a key if there is none."""
    done = _completed_days()
    key = key_of(unit, done.c.completed_on, _users.c.week_starts_on)
    return (
        select(
            func.max(_users.c.week_starts_on).label("week_starts_on"),  # one user, so any row's
            key.label("key"),
            func.count(done.c.completed_on).label("completed"),
        )
        .select_from(_users.outerjoin(done, done.c.user_id == _users.c.id))
        .where(_users.c.id == OWNER)
        .group_by(key)
    )


def _completed_days() -> Subquery:
    """A row for each task and each recorded occurrence that was completed in the range."""
    days = (
        select(rows.c.user_id, rows.c.completed_on).where(
            rows.c.user_id == OWNER,
            rows.c.completed_on.between(bindparam("first"), bindparam("last")),
        )
        for rows in (_tasks, _records)
    )
    return union_all(*days).subquery("done")
