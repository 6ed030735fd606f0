"""What a habit's history shows."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.report import completion, statuses
from trackercore.domain.streak import StreakState, runs
from trackercore.schemas import HabitDay, Streak, StreakRun
from trackercore.services._shared.arguments import as_day, as_limit, as_range
from trackercore.services.habits._habit_history import open_history


def streak(
    session: Session,
    user_id: int,
    habit_id: int,
    as_of: date | None = None,
    *,
    now: datetime | None = None,
) -> Streak:
    """The habit's streaks as seen on a day, from its history up to that day.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        as_of: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
    """
    history = open_history(session, user_id, habit_id, now)
    day = history.today if as_of is None else as_day(as_of)
    return streak_on(day, history.state_on(day))


def streak_on(day: date, state: StreakState) -> Streak:
    """The streaks as they are seen from a day, which is not before the last event."""
    stands = state.stands_on(day)
    return Streak(
        current=state.current(day),
        longest=state.longest,
        since=state.since if stands else None,
        alive_through=state.alive_through if stands else None,
    )


def best_streaks(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    limit: int = 5,
    as_of: date | None = None,
    now: datetime | None = None,
) -> list[StreakRun]:
    """The habit's longest runs of successes, the longest first, of equal ones the latest.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        limit: how many runs at most, 1..1000.
        as_of: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
    """
    most = as_limit(limit)
    history = open_history(session, user_id, habit_id, now)
    day = history.today if as_of is None else as_day(as_of)
    best = sorted(
        runs(*history.whole(day), day), key=lambda run: (run.length, run.end), reverse=True
    )[:most]
    return Rows(
        StreakRun(length=run.length, start=run.start, end=min(run.end, day)) for run in best
    )


def completion_rate(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    now: datetime | None = None,
) -> float | None:
    """The share of periods that succeeded, of those that start in a range of days.

    It is successes / (successes + failures), 0.0 to 1.0. Neutral periods count as neither, and one
    that is not over does not fail yet.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        start: first day of the range.
        end: its last day.
        now: what today refers to; default the current time.

    Returns:
        None if there is neither a success nor a failure.

    Raises:
        NotFound: there is no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    first, last = as_range(start, end)
    history = open_history(session, user_id, habit_id, now)
    rules = history.begun_rules()
    entries = history.entries(
        _end_of_period(rules, last, history.today), _start_of_period(rules, first)
    )
    rate = completion(rules, entries, first, last, history.today)
    judged = rate.successes + rate.failures
    return rate.successes / judged if judged else None


def history(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    now: datetime | None = None,
) -> list[HabitDay]:
    """Every day of a range with its status, in order: what a calendar of the habit shows.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        start: first day of the range.
        end: its last day.
        now: what today refers to, which tells a period that is over from one that is not; default
            the current time.

    Raises:
        NotFound: there is no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    first, last = as_range(start, end)
    history = open_history(session, user_id, habit_id, now)
    rules = history.begun_rules()
    entries = history.entries(_end_of_period(rules, last, date.max), _start_of_period(rules, first))
    return Rows(
        HabitDay(day=report.day, status=report.status, amount=report.amount)
        for report in statuses(rules, entries, first, last, history.today)
    )


def _start_of_period(rules: HabitRules, day: date) -> date:
    period = rules.period_on(day)
    return day if period is None else period.start


def _end_of_period(rules: HabitRules, day: date, most: date) -> date:
    period = rules.period_on(day)
    return min(day if period is None else period.end, most)
