"""The occurrences of repeating tasks: what became of them, and when the next ones are."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.errors import NotFound
from trackercore.models import Task, TaskOccurrence, User
from trackercore.schemas import Occurrence
from trackercore.schemas.fields import MAX_DAYS
from trackercore.schemas.task import OccurrenceStatus
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant, as_positive, as_range
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.repeating_tasks import open_place, series_of

_users, _tasks = owned_rows.table(User), owned_rows.table(Task)
_records = owned_rows.table(TaskOccurrence)
_TASK = (
    select(
        *(_users.c.time_zone, _users.c.day_starts_at),
        *(_tasks.c[name] for name in ("user_id", "completed", "completed_at", "completed_on")),
        *(_tasks.c[name] for name in ("due_date", "due_at", "due_day")),
        *(_tasks.c[name] for name in ("recurrence", "repeats_from")),
        *(_tasks.c[name] for name in ("recurrence_start", "recurrence_time")),
        *(_tasks.c[name] for name in ("occurrence_date", "occurrence_number")),
    )
    .select_from(_users.join(_tasks, _tasks.c.user_id == _users.c.id))
    .where(_users.c.id == owned_rows.OWNER, _tasks.c.id == bindparam("task"))
)
_RECORDS = (
    select(_records)
    .where(
        and_(_records.c.user_id == owned_rows.OWNER, _records.c.task_id == bindparam("task")),
        _records.c.occurrence_date.between(bindparam("first"), bindparam("last")),
    )
    .order_by(_records.c.number)
)


def occurrences(
    session: Session,
    user_id: int,
    task_id: int,
    start: date,
    end: date,
    *,
    now: datetime | None = None,
    max_days: int = MAX_DAYS,
) -> list[Occurrence]:
    """The occurrences of a repeating task with dates from `start` to `end`, in order.

    Those of the past as recorded, or as missed; the open one; and those to come, by the rule. Of a
    task that repeats from completion, only those that are recorded and the open one are known. What
    was recorded by an earlier rule stays; what was missed by it is not known any more.

    Args:
        start: the first `occurrence_date`.
        end: the last one.
        max_days: a longer range is refused.
    """
    days = as_range(start, end, as_positive(max_days, "max_days"))
    moment = as_instant(now)
    key = {
        "owner": owned_rows.check_id(User, user_id),
        "task": owned_rows.check_id(Task, task_id),
    }
    connection = owned_rows.connection(session)
    row = connection.execute(_TASK, key).first()
    if row is None:
        raise NotFound(owned_rows.entity(Task), task_id)
    values = {**key, "first": days[0], "last": days[1]}
    records = connection.execute(_RECORDS, values).all()
    found = [_occurrence(record, record.status) for record in records]
    if row.recurrence is not None:
        found += _of_rule(row, records, days, moment)
    return Rows(sorted(found, key=lambda one: one.occurrence_date))


def _of_rule(
    row: Any, records: Sequence[Any], days: tuple[date, date], now: datetime
) -> list[Occurrence]:
    """The open occurrence, and those that are missed or to come."""
    series, place = series_of(row, day_settings(row.user_id, row)), open_place(row)
    found: list[Occurrence] = []
    recorded = {record.occurrence_date: record for record in records}
    skip = recorded.get(place.date) if row.completed and row.completed_at is None else None
    if days[0] <= place.date <= days[1] and skip is None:
        found.append(_occurrence(row, "completed" if row.completed else "open"))
    if row.repeats_from == "completion":
        return found
    # A task that is completed has missed what was over by then, and nothing since.
    last: datetime | None = now
    if row.completed:
        last = row.completed_at if skip is None else skip.recorded_at
    # After an occurrence of an earlier rule, the start of this one comes next, however late it is.
    first, following = (place.date, None) if place.number else (series.start, series.start)
    for day in series.dates(place, *days):
        if day in recorded or day == place.date:
            continue
        is_over = last is not None and series.is_over(day, min(last, now))
        is_missed = day < first or (is_over and day != following)
        if is_missed or not row.completed:
            status: OccurrenceStatus = "missed" if is_missed else "upcoming"
            found.append(Occurrence(status=status, **series.due(day)._asdict()))
    return found


def _occurrence(row: Any, status: OccurrenceStatus) -> Occurrence:
    """The occurrence of a record, or of the task's row."""
    return Occurrence(
        occurrence_date=row.occurrence_date,
        status=status,
        due_date=row.due_date,
        due_at=row.due_at,
        due_day=row.due_day,
        completed_at=row.completed_at,
        completed_on=row.completed_on,
    )
