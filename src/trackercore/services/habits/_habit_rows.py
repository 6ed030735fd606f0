"""SQL that reads habits, and their rows as the plain values of `domain`.

A habit's past schedules, pauses and days are read in its own row: they are scalar subqueries that
return JSON. So a habit is one row, whatever it has, and each subquery reads one range of one index.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, SmallInteger, case, func, literal, select, type_coerce

from trackercore.backends.functions import Ordinal, ShiftedDate, json_columns_of, json_rows_of
from trackercore.domain.calendar import nonexistent_dates
from trackercore.domain.frequency import FREQUENCIES, Schedule
from trackercore.domain.habit_rules import HabitRules, Pause, StartingStreak, versions_of
from trackercore.domain.recorded_days import RecordedDays
from trackercore.domain.streak import StreakState
from trackercore.models import CheckIn, Habit, HabitPause, HabitSchedule, User
from trackercore.services._shared.day_ranges import within
from trackercore.services._shared.owned_rows import table
from trackercore.types import weekdays_of

AnyRow = Row[*tuple[Any, ...]]

_habits, _users = table(Habit), table(User)
_schedules, _pauses, _check_ins = table(HabitSchedule), table(HabitPause), table(CheckIn)

HABITS = _habits.join(_users, _users.c.id == _habits.c.user_id)
"""Habits and their owners."""

STATE = (
    _habits.c.streak,
    _habits.c.longest_streak,
    _habits.c.streak_alive_through,
    _habits.c.earlier_streaks,
)
"""The columns of a habit that keep its streaks."""


def of_habit(source: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions that rows of a table belong to a row of `habits`."""
    return source.c.user_id == _habits.c.user_id, source.c.habit_id == _habits.c.id


_PAST_VERSIONS = json_rows_of(
    select(
        _schedules.c.effective_from,
        _schedules.c.frequency,
        _schedules.c.target,
        _schedules.c.every,
        type_coerce(_schedules.c.weekdays, SmallInteger),
        _schedules.c.week_starts_on,
    )
    .where(*of_habit(_schedules))
    .order_by(_schedules.c.effective_from)
    .correlate(_habits)
)


# Ordered by the primary key, so that one index entry is read: min() may be planned as a scan.
FIRST_DONE = (
    select(_check_ins.c.day)
    .where(*of_habit(_check_ins), _check_ins.c.status == "done")
    .order_by(_check_ins.c.day)
    .limit(1)
    .correlate(_habits)
    .scalar_subquery()
)
"""The first day on which a row of `habits` was done."""


def rules_columns(since: ColumnElement[date] | None = None) -> tuple[ColumnElement[Any], ...]:
    """The columns of `HABITS` that `rules_of` reads.

    Args:
        since: leave out pauses that ended before this day, except the last one that started.
    """
    pauses = select(_pauses.c.starts_on, _pauses.c.ends_on).where(*of_habit(_pauses))
    if since is not None:
        last = select(func.max(_pauses.c.starts_on)).where(
            *of_habit(_pauses), _pauses.c.starts_on <= since
        )
        start = func.coalesce(last.correlate(_habits).scalar_subquery(), since)
        pauses = pauses.where(_pauses.c.starts_on >= start)
    return (
        _habits.c.frequency,
        _habits.c.target,
        _habits.c.every,
        _habits.c.weekdays,
        _habits.c.week_starts_on,
        _habits.c.schedule_from,
        _habits.c.starts_on,
        _habits.c.archived_on,
        _habits.c.starting_streak,
        _habits.c.starting_streak_on,
        _users.c.time_zone,
        _users.c.day_starts_at,
        # Most habits were never changed: then there is nothing to look for.
        case((_habits.c.schedule_from.is_not(None), _PAST_VERSIONS)).label("versions"),
        json_rows_of(pauses.order_by(_pauses.c.starts_on).correlate(_habits)).label("pauses"),
    )


def recorded_column(
    since: ColumnElement[date] | None = None, until: ColumnElement[date] | None = None
) -> ColumnElement[Any]:
    """The recorded days of `HABITS` in a range: what `recorded_of` reads."""
    amount = case((_check_ins.c.status == "done", _check_ins.c.amount))
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


def newest_schedule(row: AnyRow) -> Schedule:
    """The schedule on a habit's own row, with its blocks not yet in place."""
    return Schedule(
        row.frequency, row.target, row.every, row.weekdays or frozenset(), row.week_starts_on
    )


def rules_of(row: AnyRow) -> HabitRules:
    """What a habit is judged by, from `rules_columns`."""
    schedules = [
        (
            date.fromisoformat(day),
            Schedule(frequency, target, every, weekdays_of(weekdays), week_starts_on),
        )
        for day, frequency, target, every, weekdays, week_starts_on in row.versions or ()
    ]
    schedules.append((row.schedule_from or row.starts_on, newest_schedule(row)))
    starting_streak = None
    if row.starting_streak is not None:
        starting_streak = StartingStreak(row.starting_streak, row.starting_streak_on)
    return HabitRules(
        versions=versions_of(schedules),
        pauses=tuple(
            Pause(date.fromisoformat(starts_on), ends_on and date.fromisoformat(ends_on))
            for starts_on, ends_on in row.pauses or ()
        ),
        nonexistent_dates=nonexistent_dates(row.time_zone, row.day_starts_at),
        archived_on=row.archived_on,
        starts_on=row.starts_on,
        starting_streak=starting_streak,
    )


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
        earlier=row.earlier_streaks or (),
    )


def state_values(state: StreakState) -> dict[str, object]:
    """The columns that store the streaks."""
    return {
        "streak": state.streak,
        "longest_streak": state.longest,
        "streak_alive_through": state.alive_through,
        "earlier_streaks": state.earlier or None,
    }
