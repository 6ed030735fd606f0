"""All tasks by local day, repeating ones with the occurrences to come."""

from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Unpack, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    not_,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.errors import NotFound
from trackercore.models import Task, TaskOccurrence, User
from trackercore.schemas import AgendaFilters, AgendaItem
from trackercore.schemas.task import AgendaStatus
from trackercore.schemas.unchecked import unchecked
from trackercore.services._shared.arguments import as_instant, as_positive, as_range
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.owned_rows import OWNER, check_id, connection, entity, table
from trackercore.services._shared.repeating_tasks import open_place, series_of
from trackercore.services._shared.task_filters import TaskQuery
from trackercore.services._shared.task_rows import SHOWN, tasks_of, with_tags_and_progress

_users, _tasks, _records = table(User), table(Task), table(TaskOccurrence)
_ALL = and_(_tasks.c.user_id == OWNER, _tasks.c.archived_at.is_(None))
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def _agenda(chosen: ColumnElement[bool] = _ALL) -> Select[*tuple[Any, ...]]:
    """The tasks that have to do with the days, and the occurrences of them that were completed.

    A row is a task, or, with a `number`, a record of the task of its `id`.

    Args:
        chosen: the condition that tasks are the owner's, not archived, and meet the filters.
    """
    first: BindParameter[date] = bindparam("first")
    last: BindParameter[date] = bindparam("last")
    done = and_(
        _records.c.user_id == OWNER,
        _records.c.due_day.between(first, last),
        _records.c.status == "completed",
    )
    is_due = _tasks.c.due_day.between(first, last)
    goes_on = and_(_tasks.c.repeats_from == "due", _tasks.c.completed.is_(False))
    if chosen is not _ALL:
        done &= _records.c.task_id.in_(select(_tasks.c.id).where(chosen))
    was_done = _tasks.c.id.in_(select(_records.c.task_id).where(done))
    # Each part reads an index of its own, and no task is in two of them.
    parts = (
        (is_due,),
        (goes_on, _is_not(is_due)),
        (was_done, _is_not(is_due), _is_not(goes_on)),
    )
    shown = union_all(*(select(*SHOWN).where(chosen, *part) for part in parts)).subquery()
    columns = with_tags_and_progress(shown)
    of_record = {**_records.c, "id": _records.c.task_id}
    tasks = select(*columns, _is_skipped(shown).label("is_skipped"), null().label("number"))
    records = select(
        *(of_record.get(column.name, null()).label(column.name) for column in columns),
        null().label("is_skipped"),
        _records.c.number,
    ).where(done)
    rows = union_all(tasks, records).subquery()
    return (
        select(*rows.c, _users.c.time_zone, _users.c.day_starts_at)
        .join_from(_users, rows, rows.c.user_id == _users.c.id, isouter=True)
        .where(_users.c.id == OWNER)
    )


def _is_not(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a condition is false, or unknown."""
    return not_(func.coalesce(condition, false()))


def _is_skipped(tasks: FromClause) -> ColumnElement[bool]:
    """Whether a task is over because its last occurrence was skipped."""
    # The newest record, and not EXISTS, for which PostgreSQL may read all records there are.
    skipped = (
        select(_records.c.occurrence_date)
        .where(
            _records.c.user_id == OWNER,
            _records.c.task_id == tasks.c.id,
            _records.c.status == "skipped",
        )
        .order_by(_records.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_of_unknown_time = and_(tasks.c.completed.is_(True), tasks.c.completed_at.is_(None))
    is_last = tasks.c.occurrence_date == skipped
    # CASE, as SQLite evaluates both sides of an AND that is selected, and so all these subqueries.
    return case((and_(tasks.c.recurrence.is_not(None), is_of_unknown_time), is_last), else_=false())


_AGENDA = _agenda()
# SQLAlchemy's rows take thirty times as long to find a value by its name.
_new_class = cast("Callable[[str, Iterable[str]], Any]", namedtuple)
_Row = _new_class("_Row", _AGENDA.selected_columns.keys())


def agenda(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    max_days: int = 366,
    now: datetime | None = None,
    **filters: Unpack[AgendaFilters],
) -> list[AgendaItem]:
    """The tasks that are due from `start` to `end`, open or completed, by local day.

    On each day, those due on the day come first, then timed ones by their time. A
    repeating task is there with the occurrences that were completed, the open one, and those to
    come by the rule; from completion, none are known to come. Missed and skipped ones are left out,
    and so are archived tasks. Tasks are there before their `starts_on` too. What is overdue is on
    the day on which it was due: for a page for today, take `find(due="overdue")` too.

    Args:
        max_days: a longer range is refused.
        filters: see `AgendaFilters`.

    Raises:
        TypeError: there is no such filter.
    """
    days = as_range(start, end, as_positive(max_days, "max_days"))
    moment = as_instant(now)
    values = {"owner": check_id(User, user_id), "first": days[0], "last": days[1]}
    tasks = TaskQuery.of(user_id, filters, AgendaFilters)
    chosen = tasks.select(session, moment).whereclause if filters else None
    query = _AGENDA if chosen is None else _agenda(chosen)
    found = connection(session).execute(query, values)
    rows: list[Any] = [_Row._make(row) for row in found]
    if not rows:
        raise NotFound(entity(User), user_id)
    settings = day_settings(user_id, rows[0])
    items = Rows(_items(rows, settings, days, moment))
    if not items:
        tasks.check_references(session)
    return items


def _items(
    rows: Sequence[Any], settings: DaySettings, days: tuple[date, date], now: datetime
) -> Iterator[AgendaItem]:
    records = defaultdict[int, list[Any]](list)
    tasks = list[Any]()
    for row in rows:
        if row.number is not None:
            records[row.id].append(row)
        elif row.id is not None:
            tasks.append(row)
    # In the order of their days, times, tasks and occurrences; the number keeps what is behind it
    # from being compared.
    found: list[tuple[date, datetime, int, date, int, AgendaStatus, Any]] = []
    shown = list[Any]()
    for row in tasks:
        task_id, count_before = row.id, len(found)
        for status, dues in _dues(row, records.get(task_id, ()), settings, days, now):
            for number, due in enumerate(dues, len(found)):
                order = due.due_day, due.due_at or _EARLIEST, task_id
                found.append((*order, due.occurrence_date or due.due_day, number, status, due))
        if len(found) > count_before:  # unlike those of many repeating tasks
            shown.append(row)
    task_by_id = {task.id: task for task in tasks_of(shown)}
    found.sort()
    return unchecked(
        AgendaItem,
        (
            {
                "day": day,
                "task": task_by_id[task_id],
                "status": status,
                "occurrence_date": due.occurrence_date,
                "due_date": due.due_date,
                "due_at": due.due_at,
            }
            for day, _, task_id, _, _, status, due in found
        ),
    )


def _dues(
    row: Any, records: Sequence[Any], settings: DaySettings, days: tuple[date, date], now: datetime
) -> Iterator[tuple[AgendaStatus, Iterable[Any]]]:
    """When a task was due, is and will be, in these days."""
    yield "completed", records
    if row.due_day is not None and days[0] <= row.due_day <= days[1] and not row.is_skipped:
        yield "completed" if row.completed else "open", (row,)
    if row.recurrence is not None and not row.completed:
        yield "upcoming", series_of(row, settings).upcoming(open_place(row), *days, now)
