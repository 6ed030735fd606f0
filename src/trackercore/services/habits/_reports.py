"""Reports of a habit's history: streaks, completion rates, calendars."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.report import completion, statuses
from trackercore.domain.streak import runs
from trackercore.domain.weekdays import done_by_weekday as count_by_weekday
from trackercore.schemas import HabitDay, Streak, StreakRun, WeekdayCount
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import as_day_or_none, as_limit, as_positive, as_range
from trackercore.services.habits._habit_history import open_history


def streak(
    session: Session,
    user_id: int,
    habit_id: int,
    as_of: date | None = None,
    *,
    now: datetime | None = None,
) -> Streak:
    """The habit's streaks on a day; check-ins of later days are ignored."""
    given = as_day_or_none(as_of, "as_of")
    history = open_history(session, user_id, habit_id, now)
    day = given or history.today
    return Streak.of(history.streaks_on(day))


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
        limit: the most runs, 1..1000.
        as_of: check-ins after this day are ignored.
    """
    most = as_limit(limit)
    given = as_day_or_none(as_of, "as_of")
    history = open_history(session, user_id, habit_id, now)
    day = given or history.today
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
    """The share of successes among the periods that start in a range of days.

    It is successes / (successes + failures), 0.0 to 1.0. Neutral periods count as neither, and a
    period that is not over is no failure yet.

    Returns:
        None if there is neither a success nor a failure.
    """
    first, last = as_range(start, end)
    history = open_history(session, user_id, habit_id, now)
    rules = history.begun_rules()
    start, end = _whole_periods(rules, first, last)
    entries = history.recorded(start, min(end, history.today))
    return completion(rules, entries, first, last, history.today).rate


def history(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> list[HabitDay]:
    """Every day of a range with its status, in order, as a calendar shows them.

    Args:
        max_days: a longer range is refused.
    """
    first, last = as_range(start, end, as_positive(max_days, "max_days"))
    history = open_history(session, user_id, habit_id, now)
    rules = history.begun_rules()
    entries = history.recorded(*_whole_periods(rules, first, last))
    return Rows(
        HabitDay(
            day=report.day,
            status=report.status,
            amount=None if report.amount is None else amount_of(report.amount),
            target=None if report.target is None else amount_of(report.target),
            met=report.met,
        )
        for report in statuses(rules, list(entries), first, last, history.today)
    )


def done_by_weekday(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> list[WeekdayCount]:
    """On each weekday of a range, how often the habit was done, of how often it could have been.

    Days count from the habit's first day to the user's today, or to the day on which it was
    archived. Today is not over: it could have been done only if it is.

    Args:
        max_days: a longer range is refused.

    Returns:
        Always seven items, Monday first.
    """
    first, last = as_range(start, end, as_positive(max_days, "max_days"))
    history = open_history(session, user_id, habit_id, now)
    recorded = history.recorded(first, min(last, history.today))
    counts = count_by_weekday(history.begun_rules(), recorded, first, last, history.today)
    return Rows(
        WeekdayCount(
            weekday=weekday,
            done=done,
            possible=possible,
            rate=done / possible if possible else None,
        )
        for weekday, (done, possible) in enumerate(counts, 1)
    )


def _whole_periods(rules: HabitRules, first: date, last: date) -> tuple[date, date]:
    """A range of days, made longer by the rest of the periods at its ends."""
    begin, end = rules.period_on(first), rules.period_on(last)
    return first if begin is None else begin.start, last if end is None else end.end
