"""Everything that a dashboard shows, with one statement for each kind of thing on it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
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
from trackercore.domain.calendar import bucket, shift
from trackercore.domain.goal import Goal, Goals
from trackercore.domain.timed import whole_minutes
from trackercore.errors import NotFound
from trackercore.models import StudyGoal, Task, Timer, User
from trackercore.schemas import Due, HabitToday, Overview, TaskRead, TimerRead
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.day_ranges import within
from trackercore.services._shared.due_tasks import due_rule, has_started
from trackercore.services._shared.owned_rows import (
    OWNER,
    check_id,
    connection,
    entity,
    open_connection,
    table,
)
from trackercore.services._shared.task_rows import SHOWN, tasks_of, with_tags_and_progress
from trackercore.services.habits.period_standings import habits_around, standings_on, streaks_on
from trackercore.services.study_sessions.studied_days import studied_days
from trackercore.sessions.use import checked

_MOST = 100

_users, _timers, _tasks = table(User), table(Timer), table(Task)
_goals = table(StudyGoal)

_Row = Row[*tuple[Any, ...]]

_USER = (
    select(_users.c.time_zone, _users.c.day_starts_at, _users.c.week_starts_on, _timers)
    .join_from(_users, _timers, _timers.c.user_id == _users.c.id, isouter=True)
    .where(_users.c.id == OWNER)
)
_GOALS = select(_goals.c.weekday, _goals.c.effective_from, _goals.c.minutes).where(
    _goals.c.user_id == OWNER,
    _goals.c.topic_key == 0,
    _goals.c.effective_from <= bindparam("last"),
)


_BY_DAY = ("due_day", "is_timed", "due_at", "id")
"""How lists of tasks are sorted: by day, all-day tasks first, then by time."""


def _oldest(due: Due) -> Select[*tuple[Any, ...]]:
    rule = due_rule(due, _NOW, _TODAY, _TOMORROW)
    days = within(_tasks.c.due_day, rule.first, rule.last)
    own = (_tasks.c.user_id == OWNER, *days, *rule.conditions, has_started(True, _TODAY))
    is_timed = _tasks.c.due_at.is_not(None).label("is_timed")
    order = (_tasks.c.due_day, is_timed, _tasks.c.due_at, _tasks.c.id)
    oldest = select(*SHOWN, is_timed).where(*own).order_by(*order).limit(_MOST)
    return select(literal_column(f"'{due}'", String()).label("due"), oldest.subquery())


_DAY = _tasks.c.due_date.type
_TODAY, _TOMORROW = (bindparam(name, type_=_DAY) for name in ("today", "tomorrow"))
_NOW = bindparam("now", type_=_tasks.c.due_at.type)
_DUE: tuple[Due, ...] = ("overdue", "today")
# A limit for each: however much is overdue, today's tasks are there.
_BOTH = union_all(*map(_oldest, _DUE)).subquery()
_OPEN_TASKS = select(*with_tags_and_progress(_BOTH), _BOTH.c.due).order_by(
    *(_BOTH.c[name] for name in _BY_DAY)
)


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
    tasks = _open_tasks(session, owner, moment, today)
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
            current_streak=streaks[row.id].current,
            longest_streak=streaks[row.id].longest,
        )


def _open_tasks(
    session: Session, owner: int, now: datetime, today: date
) -> dict[Due, list[TaskRead]]:
    """The tasks that are overdue, and those of today; by day, all-day tasks first, then by time."""
    values = {"owner": owner, "now": now, "today": today, "tomorrow": shift(today, 1)}
    lists: dict[Due, list[TaskRead]] = {due: [] for due in _DUE}
    rows = open_connection(session).execute(_OPEN_TASKS, values).all()
    for row, task in zip(rows, tasks_of(rows), strict=True):
        lists[row.due].append(task)
    return lists
