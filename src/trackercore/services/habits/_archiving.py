"""Archiving a habit, and bringing it back."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from trackercore.domain.calendar import day_after
from trackercore.domain.habit_rules import Pause
from trackercore.models import Habit
from trackercore.services._shared.arguments import as_day_or_none
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.pauses import with_pause
from trackercore.services.habits._habit_history import HabitHistory, locked_habit, rebuild_state
from trackercore.services.habits._pauses import change_habit_pauses
from trackercore.services.habits.standings import read_habit


def archive(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Archive the habit: it is no longer due, and its streak stays as it is.

    The period of that day ends with it: at least, it is a success if its target is met; at most, a
    fail if its target is exceeded; and otherwise neutral. Check-ins of later days are kept and do
    not count. A habit that is archived already stays archived on its day, unless `on` is given.

    Args:
        on: the last day that counts.
    """
    given = as_day_or_none(on, "on")
    habit, history = locked_habit(session, user_id, habit_id, now)
    day = not_in_future(given, history.today, "on")
    if habit.archived_on is None or given not in (None, habit.archived_on):
        habit.archived_on = day
        rebuild_state(history)
    return read_habit(session, user_id, habit_id, history.now)


def unarchive(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Bring an archived habit back.

    The days on which it was archived become a pause, so the streak still stands.

    Args:
        on: the first day that counts again.
    """
    given = as_day_or_none(on, "on")
    habit, history = locked_habit(session, user_id, habit_id, now)
    day = not_in_future(given, history.today, "on")
    if habit.archived_on is not None:
        archived_days = _archived_days(history, habit.archived_on, day)
        habit.archived_on = None
        if archived_days is not None:
            change_habit_pauses(history, with_pause(archived_days))
        rebuild_state(history)
    return read_habit(session, user_id, habit_id, history.now)


def _archived_days(history: HabitHistory, archived_on: date, back_on: date) -> Pause | None:
    """The pause that stands for the time in which a habit was archived.

    A period that the archiving cut short, and that is over, stays neutral: all of it is paused.
    """
    if back_on <= archived_on:
        return None
    first = day_after(archived_on)
    cut = history.rules.period_on(archived_on)
    whole = replace(history.rules, archived_on=None).period_on(archived_on)
    if (
        cut is not None
        and whole is not None
        and whole.end < back_on
        and history.outcome(cut, cut.end) == "neutral"
    ):
        first = whole.start
    return None if first is None or first >= back_on else Pause(first, back_on - timedelta(days=1))
