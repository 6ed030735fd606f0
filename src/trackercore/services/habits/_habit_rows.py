"""SQL that reads habits, and their rows as the plain values of `domain`.

A habit's past schedules, pauses and days are read in its own row: they are scalar subqueries that
return JSON. So a habit is one row, whatever it has, and each subquery reads one range of one index.
All of them have the parameter `OWNER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Label,
    Row,
    Select,
    SmallInteger,
    case,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from trackercore.backends.functions import Ordinal, ShiftedDate, json_columns_of, json_rows_of
from trackercore.domain.amount import thousandths
from trackercore.domain.calendar import nonexistent_dates
from trackercore.domain.frequency import FREQUENCIES, Counts, Direction, Frequency, Schedule
from trackercore.domain.habit_rules import (
    HabitRules,
    Pause,
    StartingStreak,
    merged_pauses,
    versions_of,
)
from trackercore.domain.recorded_days import RecordedDays
from trackercore.domain.streak import StreakState
from trackercore.errors import NotFound
from trackercore.models import CheckIn, Habit, HabitPause, HabitSchedule, User, UserPause
from trackercore.models.habit import CACHE
from trackercore.schemas import ScheduleChange
from trackercore.services._shared.day_ranges import within
from trackercore.services._shared.owned_rows import (
    OWNER,
    check_id,
    connection,
    entity,
    table,
)
from trackercore.types import weekdays_of

AnyRow = Row[*tuple[Any, ...]]

_habits, _users = table(Habit), table(User)
_schedules, _check_ins = table(HabitSchedule), table(CheckIn)
_habit_pauses, _user_pauses = table(HabitPause), table(UserPause)

HABITS = _habits.join(_users, _users.c.id == _habits.c.user_id)
"""Habits and their owners."""

STATE = tuple(Habit.__mapper__.columns[name] for name in CACHE)
"""The columns of a habit that keep its streaks."""


def of_habit(source: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that rows of a table belong to a row of `habits`, which is the owner's."""
    return source.c.user_id == OWNER, source.c.habit_id == _habits.c.id


def _schedule(source: Any) -> tuple[ColumnElement[Any], ...]:
    """The columns of a schedule, as the arguments of `_schedule_of`."""
    return (
        source.c.frequency,
        _in_thousandths(source.c.target),
        source.c.every,
        type_coerce(source.c.weekdays, SmallInteger).label("weekdays"),
        source.c.week_starts_on,
        source.c.direction,
        source.c.counts,
        _in_thousandths(source.c.day_minimum),
        source.c.allowed_misses,
    )


def _in_thousandths(amount: ColumnElement[Any]) -> Label[int]:
    """An amount as the rules take it, and as the database stores it."""
    return type_coerce(amount, Integer).label(amount.key)


@lru_cache(maxsize=1024)  # few schedules differ, and a list of habits is read in less time
def _schedule_of(
    frequency: Frequency,
    target: int,
    every: int,
    weekdays: int | None,
    week_starts_on: int,
    direction: Direction,
    counts: Counts,
    day_minimum: int | None,
    allowed_misses: int,
) -> Schedule:
    """A schedule with its blocks not yet in place."""
    return Schedule(
        frequency,
        target,
        every,
        weekdays_of(weekdays),
        week_starts_on,
        direction=direction,
        counts=counts,
        day_minimum=day_minimum or 1,
        allowed_misses=allowed_misses,
    )


_SCHEDULE = _schedule(_habits)
_schedule_columns = attrgetter(*(str(column.key) for column in _SCHEDULE))
_PAST_VERSIONS = json_rows_of(
    select(_schedules.c.effective_from, *_schedule(_schedules))
    .where(*of_habit(_schedules))
    .order_by(_schedules.c.effective_from)
    .correlate(_habits)
)


# Ordered by the primary key, so that one index entry is read: min() may be planned as a scan.
FIRST_DONE = (
    select(_check_ins.c.day)
    .where(*of_habit(_check_ins), _check_ins.c.amount > 0)
    .order_by(_check_ins.c.day)
    .limit(1)
    .correlate(_habits)
    .scalar_subquery()
)
"""The first day of a row of `habits` with an amount above 0."""


def first_done_since(since: ColumnElement[date]) -> ColumnElement[Any]:
    """`FIRST_DONE`, to judge days from `since` on: NULL where it makes no difference to them."""
    return case((_habits.c.starts_on < since, null()), else_=FIRST_DONE).label("first_done")


def all_habits(*columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """A row for each habit of the parameter `owner`, by id; one without an id if they have none."""
    return (
        select(_habits.c.id, *columns)
        .select_from(_users.outerjoin(_habits, _habits.c.user_id == _users.c.id))
        .where(_users.c.id == OWNER)
        .order_by(_habits.c.id)
    )


def rows_of_all(
    session: Session, query: Select[*tuple[Any, ...]], user_id: int, **values: object
) -> Sequence[AnyRow]:
    """The rows of `all_habits`: at least one.

    Raises:
        NotFound: there is no such user.
    """
    values["owner"] = check_id(User, user_id)
    rows = connection(session).execute(query, values).all()
    if not rows:
        raise NotFound(entity(User), user_id)
    return rows


LAST_DAY = (
    select(func.max(_check_ins.c.day))
    .where(*of_habit(_check_ins))
    .correlate(_habits)
    .scalar_subquery()
)
"""The last day of a row of `habits` on which anything is recorded."""


def rules_columns(since: ColumnElement[date] | None = None) -> tuple[ColumnElement[Any], ...]:
    """The columns of `HABITS` that `rules_of` reads.

    Args:
        since: leave out the habit's pauses that ended before this day, except the last one that
            started.
    """
    # Of all their habits: read once.
    of_all = select(_user_pauses.c.starts_on, _user_pauses.c.ends_on).where(
        _user_pauses.c.user_id == OWNER
    )
    return (
        *_SCHEDULE,
        _habits.c.schedule_from,
        _habits.c.starts_on,
        _habits.c.archived_on,
        _habits.c.starting_streak,
        _habits.c.starting_streak_on,
        _users.c.time_zone,
        _users.c.day_starts_at,
        # Most habits were never changed: then there is nothing to look for.
        case((_habits.c.schedule_from.is_not(None), _PAST_VERSIONS)).label("versions"),
        _pauses(since).label("pauses"),
        json_rows_of(of_all.order_by(_user_pauses.c.starts_on)).label("user_pauses"),
    )


def _pauses(since: ColumnElement[date] | None) -> ColumnElement[Any]:
    source, is_owned = _habit_pauses, of_habit(_habit_pauses)
    pauses = select(source.c.starts_on, source.c.ends_on).where(*is_owned)
    if since is not None:
        # A streak that grows is counted from an earlier day on.
        grows_from = _habits.c.streak_grows_from
        since = case((grows_from < since, grows_from), else_=since)
        last = select(func.max(source.c.starts_on)).where(*is_owned, source.c.starts_on <= since)
        start = func.coalesce(last.correlate(_habits).scalar_subquery(), since)
        pauses = pauses.where(source.c.starts_on >= start)
    return json_rows_of(pauses.order_by(source.c.starts_on).correlate(_habits))


def recorded_column(
    since: ColumnElement[date] | None = None, until: ColumnElement[date] | None = None
) -> ColumnElement[Any]:
    """The recorded days of `HABITS` in a range: what `recorded_of` reads."""
    amount = case((_check_ins.c.status == "done", type_coerce(_check_ins.c.amount, Integer)))
    range_of_days = within(_check_ins.c.day, since, until)
    days = select(Ordinal(_check_ins.c.day), amount).where(*of_habit(_check_ins), *range_of_days)
    return json_columns_of(days.order_by(_check_ins.c.day).correlate(_habits)).label("recorded")


def days_around(day: ColumnElement[date]) -> tuple[ColumnElement[date], ColumnElement[date]]:
    """Days of `HABITS` between which the period of a day lies."""
    longest = _longest_period(day)
    since: ColumnElement[date] = func.coalesce(ShiftedDate(day, -longest), literal(date.min))
    until: ColumnElement[date] = func.coalesce(ShiftedDate(day, longest), literal(date.max))
    return since, until


def _longest_period(day: ColumnElement[date]) -> ColumnElement[int]:
    past = select(func.max(_longest(_schedules))).where(*of_habit(_schedules))
    is_past = _habits.c.schedule_from > day
    more = case((is_past, past.correlate(_habits).scalar_subquery()), else_=0)
    return _longest(_habits) + func.coalesce(more, 0)


def _longest(source: Any) -> ColumnElement[int]:
    days = {name: rule.unit.longest for name, rule in FREQUENCIES.items()}
    length: ColumnElement[int] = case(days, value=source.c.frequency) * source.c.every
    return length


def schedule_of(source: ScheduleChange | Habit, week_starts_on: int | None = None) -> Schedule:
    """A schedule with its blocks not yet in place.

    Args:
        source: what has its fields.
        week_starts_on: the ISO weekday on which weeks start; None for that of the source.
    """
    return Schedule(
        source.frequency,
        thousandths(source.target),
        source.every,
        frozenset(source.weekdays or ()),
        week_starts_on or source.week_starts_on or 1,
        direction=source.direction,
        counts=source.counts,
        day_minimum=thousandths(source.day_minimum or 0) or 1,
        allowed_misses=source.allowed_misses,
    )


def rules_of(row: AnyRow) -> HabitRules:
    """What a habit is judged by, from `rules_columns`."""
    return rules_by(_schedule_of(*_schedule_columns(row)), row, row)


def rules_by(newest: Schedule, habit: AnyRow | Habit, row: AnyRow) -> HabitRules:
    """What a habit is judged by.

    Args:
        newest: the schedule on the habit's row.
        habit: the row.
        row: its past schedules and pauses, and its owner's settings.
    """
    schedules = [
        (date.fromisoformat(day), _schedule_of(*columns)) for day, *columns in row.versions or ()
    ]
    schedules.append((habit.schedule_from or habit.starts_on, newest))
    starting_streak = None
    if habit.starting_streak is not None and habit.starting_streak_on is not None:
        starting_streak = StartingStreak(habit.starting_streak, habit.starting_streak_on)
    return HabitRules(
        versions=versions_of(schedules),
        pauses=merged_pauses([*_pauses_of(row.pauses), *_pauses_of(row.user_pauses)]),
        nonexistent_dates=nonexistent_dates(row.time_zone, row.day_starts_at),
        archived_on=habit.archived_on,
        starts_on=habit.starts_on,
        starting_streak=starting_streak,
    )


def _pauses_of(rows: Sequence[tuple[str, str | None]] | None) -> Iterator[Pause]:
    for starts_on, ends_on in rows or ():
        last = None if ends_on is None else date.fromisoformat(ends_on)
        yield Pause(date.fromisoformat(starts_on), last)


def user_pauses_of(row: AnyRow) -> Sequence[Pause]:
    """The pauses of all habits of a user, from `rules_columns`."""
    return [*_pauses_of(row.user_pauses)]


def recorded_of(columns: Sequence[Sequence[int] | None]) -> RecordedDays:
    """Recorded days from `recorded_column`."""
    days, amounts = columns
    return RecordedDays(days or (), amounts or ())


def state_of(row: AnyRow) -> StreakState:
    """The streaks on a habit's row."""
    return StreakState(
        row.streak,
        row.longest_streak,
        row.streak_alive_through,
        grows_from=row.streak_grows_from,
        misses=row.streak_misses,
        earlier=row.earlier_streaks or (),
    )


ATTRIBUTES = {column.key: name for column, name in zip(STATE, CACHE, strict=True)}
"""The attributes of Habit for `STATE`, by the names of the columns."""


def state_values(state: StreakState) -> dict[str, object]:
    """The columns that store the streaks."""
    return {
        "streak": state.streak,
        "longest_streak": state.longest,
        "streak_alive_through": state.alive_through,
        "streak_grows_from": state.grows_from,
        "streak_misses": state.misses,
        "earlier_streaks": state.earlier or None,
    }
