"""A reminder and points for each habit, in a side table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import time
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from host_app.models import HabitDetails
from trackercore import Habit, habits

details_of: Callable[[Habit], HabitDetails | None] = attrgetter("details")


def set_reminder(session: Session, user_id: int, habit_id: int, at: time | None) -> HabitDetails:
    habit = habits.get(session, user_id, habit_id)
    details = details_of(habit) or HabitDetails(habit=habit)
    details.reminder_at = at
    session.add(details)
    return details


def read_details(session: Session, user_id: int, page: Sequence[Habit]) -> None:
    """Read the details of all habits of a page at once."""
    ids = [habit.id for habit in page]
    query = select(HabitDetails).where(HabitDetails.user_id == user_id)
    rows = session.scalars(query.where(HabitDetails.habit_id.in_(ids)))
    found = {details.habit_id: details for details in rows}
    for habit in page:
        set_committed_value(habit, "details", found.get(habit.id))
