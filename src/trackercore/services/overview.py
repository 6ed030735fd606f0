"""Everything that a dashboard shows, with one statement for each kind of thing on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from trackercore.domain.amount import amount_of
from trackercore.domain.calendar import bucket, day_span, shift
from trackercore.domain.goal import Goal, Goals
from trackercore.domain.task_due import Due, is_due
from trackercore.domain.timed import whole_minutes
from trackercore.errors import NotFound
from trackercore.models import StudyGoal, Task, Timer, User
from trackercore.schemas import HabitToday, Overview, TaskRead, TimerRead
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.due_tasks import may_be_due
from trackercore.services._shared.owned_rows import (
    check_id,
    connection,
    entity,
    open_connection,
    table,
)
from trackercore.services.habits.standings import habits_around, standings_on, streaks_on
from trackercore.services.study_sessions.studied_days import studied_days
from trackercore.sessions.use import checked
from trackercore.types import nearest_instant

_MOST = 100

_users, _timers, _tasks = table(User), table(Timer), table(Task)
_goals = table(StudyGoal)

_Row = Row[*tuple[Any, ...]]

_OWNER: ColumnElement[int] = bindparam("owner")
_USER = (
    select(_users.c.time_zone, _users.c.day_starts_at, _users.c.week_starts_on, _timers)
    .join_from(_users, _timers, _timers.c.user_id == _users.c.id, isouter=True)
    .where(_users.c.id == _OWNER)
)
_GOALS = select(_goals.c.weekday, _goals.c.effective_from, _goals.c.minutes).where(
    _goals.c.user_id == _OWNER,
    _goals.c.topic_key == 0,
    _goals.c.effective_from <= bindparam("last"),
)


def _oldest(
    due: Due, column: ColumnElement[Any], condition: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    own = (_tasks.c.user_id == _OWNER, _tasks.c.completed.is_(False), condition)
    query = select(_tasks).where(*own).order_by(column, _tasks.c.id).limit(_MOST)
    return select(literal_column(f"'{due}'", String()).label("due"), query.subquery())


_TODAY = bindparam("today", type_=_tasks.c.due_date.type)
_INSTANT = _tasks.c.due_at.type
_NOW, _BEGINS, _ENDS = (bindparam(name, type_=_INSTANT) for name in ("now", "begins", "ends"))
_DUE: tuple[Due, ...] = ("overdue", "today")
# A limit for each: however much is overdue, today's tasks are there.
_OPEN_TASKS = union_all(
    *(
        _oldest(due, column, condition)
        for due in _DUE
        for column, condition in zip(
            (_tasks.c.due_at, _tasks.c.due_date),
            may_be_due(due, _NOW, (_TODAY, _TODAY), (_BEGINS, _ENDS)),
            strict=True,
        )
    )
)
_TASK = tuple(_tasks.c.keys())
_tasks_read = TypeAdapter(list[TaskRead])


@checked
def overview(session: Session, user_id: int, *, now: datetime | None = None) -> Overview:
    """What a dashboard shows, in five statements, however long the history is.

    After a move west, a sixth one reads the habits that are done on a day ahead of today.
    """
    moment = as_instant(now)
    owner = check_id(User, user_id)
    user = connection(session).execute(_USER, {"owner": owner}).first()
    if user is None:
        raise NotFound(entity(User), user_id)
    settings = day_settings(owner, user)
    today = settings.day(moment)
    tasks = _open_tasks(session, owner, settings, moment, today)
    week_start, week_end = bucket("week", today, user.week_starts_on)
    seconds = dict(studied_days(session, owner, None, week_start, today, 1))
    rows = open_connection(session).execute(_GOALS, {"owner": owner, "last": week_end})
    goals = Goals(map(Goal._make, rows))
    week = (shift(week_start, ahead) for ahead in range((week_end - week_start).days + 1))
    goals_of_week = [goal for day in week if (goal := goals.on(day)) is not None]
    return Overview(
        today=today,
        habits=list(_habits(session, owner, today)),
        overdue=tasks["overdue"],
        due_today=tasks["today"],
        minutes_today=whole_minutes(seconds.get(today, 0)),
        goal_today=goals.on(today),
        week_start=week_start,
        minutes_this_week=whole_minutes(sum(seconds.values())),
        goal_this_week=sum(goals_of_week) if goals_of_week else None,
        timer=None if user.started_at is None else TimerRead.model_validate(user),
    )


def _habits(session: Session, owner: int, today: date) -> Iterator[HabitToday]:
    standings = list(standings_on(today, habits_around(session, owner, today, date.max)))
    streaks = streaks_on(session, owner, today, standings)
    for row, _, standing in standings:
        yield HabitToday(
            habit_id=row.id,
            name=row.name,
            unit=row.unit,
            direction=standing.period.schedule.direction,
            status=standing.status,
            progress=amount_of(standing.progress),
            target=amount_of(standing.period.target),
            remaining=amount_of(standing.remaining),
            period_start=standing.period.start,
            period_end=standing.period.end,
            days_left=standing.days_left,
            streak=streaks[row.id].current,
            longest_streak=streaks[row.id].longest,
        )


def _open_tasks(
    session: Session, owner: int, settings: DaySettings, now: datetime, today: date
) -> dict[Due, list[TaskRead]]:
    """The tasks that are overdue, and those of today; by day, all-day tasks first, then by time."""
    begins, ends = map(nearest_instant, day_span(today, *settings))
    values = {"owner": owner, "now": now, "today": today, "begins": begins, "ends": ends}
    rows = open_connection(session).execute(_OPEN_TASKS, values).all()
    tasks = _tasks_read.validate_python([dict(zip(_TASK, row[1:], strict=True)) for row in rows])
    lists: dict[Due, list[TaskRead]] = {due: [] for due in _DUE}
    for row, task in zip(rows, tasks, strict=True):
        if is_due(
            row.due, due_date=task.due_date, due_at=task.due_at, now=now, **settings._asdict()
        ):
            lists[row.due].append(task)

    def order(task: TaskRead) -> tuple[date, bool, datetime, int]:
        day = task.due_date if task.due_at is None else settings.day(task.due_at)
        return day or date.max, task.due_at is not None, task.due_at or task.created_at, task.id

    return {due: sorted(those, key=order)[:_MOST] for due, those in lists.items()}
