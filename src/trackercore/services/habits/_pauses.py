"""Pauses of a habit."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from trackercore.models import Habit, HabitPause
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none, as_reason
from trackercore.services._shared.pauses import (
    Change,
    change_pauses,
    new_pause,
    pauses_of,
    until,
    with_pause,
)
from trackercore.services.habits._habit_history import (
    HabitHistory,
    locked_habit,
    rebuild_state,
)
from trackercore.services.habits.standings import read_habit


def pause(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    reason: str | None = None,
    now: datetime | None = None,
) -> Habit:
    """Pause the habit: its days count neither for nor against the streak.

    A pause that overlaps or touches another becomes one with it, with the reasons of both. Days
    done in a pause count; at most, they do not. `users.pause` pauses all habits.

    Args:
        starts_on: its first day, past or future; default the user's today.
        ends_on: its last day; default until `resume`.
        reason: any text.

    Raises:
        PauseEndsBeforeStart: the pause would end before it starts.
    """
    given = as_day_or_none(starts_on, "starts_on")
    last = as_day_or_none(ends_on, "ends_on")
    why = as_reason(reason)
    _, history = locked_habit(session, user_id, habit_id, now)
    first = history.not_archived(given or history.today)
    change_habit_pauses(history, with_pause(new_pause(first, last, why)))
    return read_habit(session, user_id, habit_id, history.now)


def resume(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """End the pause that a day lies in: `on` counts again. Without a pause, change nothing.

    A pause of all habits goes on: `users.resume` ends it.
    """
    given = as_day_or_none(on, "on")
    _, history = locked_habit(session, user_id, habit_id, now)
    change_habit_pauses(history, until(given or history.today))
    return read_habit(session, user_id, habit_id, history.now)


def pauses(session: Session, user_id: int, habit_id: int) -> list[HabitPause]:
    """The habit's own pauses, past, present and future, in order."""
    habit = owned_rows.get(session, Habit, user_id, habit_id)
    return pauses_of(session, HabitPause, user_id=user_id, habit_id=habit.id)


def change_habit_pauses(history: HabitHistory, change: Change) -> None:
    """Change the pauses of a locked habit, and count its streaks again."""
    key = {"user_id": history.owner, "habit_id": history.habit}
    if change_pauses(history.session, HabitPause, change, **key):
        rebuild_state(history)
