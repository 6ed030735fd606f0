"""Moving habits in their owner's order."""

from datetime import datetime

from sqlalchemy.orm import Session

from trackercore.models import Habit
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.locks import lock_habits
from trackercore.services._shared.positions import Place, move_next_to
from trackercore.services.habits.standings import read_habit


def move(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    now: datetime | None = None,
) -> Habit:
    """Move a habit in the user's own order, which is that of `position`.

    Next to itself, or where it already is, it stays. New habits come last. All habits have one
    order, whether they are archived or not.

    Args:
        before: the id of the habit that it comes right before.
        after: the id of the one that it comes right after; exactly one of the two is given.
    """
    place = Place.given(before, after)
    moment = as_instant(now)
    lock_habits(session, user_id)  # the moves of a user take turns
    move_next_to(session, Habit, user_id, habit_id, place)
    return read_habit(session, user_id, habit_id, moment)
