"""Pauses of a habit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from trackercore.domain.habit_rules import Pause, paused, resumed
from trackercore.errors import InvalidInput
from trackercore.models import Habit, HabitPause
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none
from trackercore.services.habits._habit_history import (
    HabitHistory,
    locked_habit,
    rebuild_state,
    rows_of,
)


def pause(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Pause the habit: its days count neither for nor against the streak.

    A pause that overlaps or touches another becomes one with it. Days done in a pause count.

    Args:
        starts_on: its first day, past or future; default the user's today.
        ends_on: its last day; default until `resume`.

    Raises:
        InvalidInput: the pause would end before it starts.
    """
    given = as_day_or_none(starts_on)
    last = as_day_or_none(ends_on)
    habit, history = locked_habit(session, user_id, habit_id, now)
    first = history.not_archived(given or history.today)
    if last is not None and last < first:
        raise InvalidInput(f"a pause that starts on {first} cannot end before, on {last}")
    _change(history, habit, paused(history.rules.pauses, Pause(first, last)))
    return habit


def resume(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """End the pause that a day lies in: `on` counts again. Without a pause, change nothing."""
    given = as_day_or_none(on)
    habit, history = locked_habit(session, user_id, habit_id, now)
    _change(history, habit, resumed(history.rules.pauses, given or history.today))
    return habit


def pauses(session: Session, user_id: int, habit_id: int) -> list[HabitPause]:
    """The habit's pauses, past, present and future, in order."""
    return rows_of(session, HabitPause, owned_rows.get(session, Habit, user_id, habit_id))


def _change(history: HabitHistory, habit: Habit, pauses: Sequence[Pause]) -> None:
    if pauses != history.rules.pauses:
        store_pauses(history.session, habit, pauses)
        rebuild_state(history)


def store_pauses(session: Session, habit: Habit, pauses: Sequence[Pause]) -> None:
    """Make these the habit's pauses."""
    new = {pause.starts_on: pause.ends_on for pause in pauses}
    for row in rows_of(session, HabitPause, habit):
        if row.starts_on in new:
            row.ends_on = new.pop(row.starts_on)
        else:
            session.delete(row)
    for starts_on, ends_on in new.items():
        key = {"user_id": habit.user_id, "habit_id": habit.id, "starts_on": starts_on}
        session.add(HabitPause(**key, ends_on=ends_on))
    session.flush()
