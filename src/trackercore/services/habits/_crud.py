"""Creating, reading, changing and deleting habits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.models import CheckIn, Habit, HabitPause, HabitSchedule, User
from trackercore.schemas import HabitCreate, HabitOrder, HabitUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    as_flag,
    as_habit_order,
    as_input,
    as_instant,
    as_text,
)
from trackercore.services._shared.clock import user_calendar
from trackercore.services._shared.pages import Page, paginate
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services.habits._by_streak import by_streak


def create(
    session: Session, user_id: int, data: HabitCreate, *, now: datetime | None = None
) -> Habit:
    """Store a new habit; it starts on the user's today and follows their weeks by default.

    Raises:
        Conflict: a habit has this external_id.
    """
    data = as_input(data, HabitCreate)
    moment = as_instant(now)
    # With an older snapshot, users.update would miss the habit, and this the new settings.
    mark_changed(session, User, user_id)
    today, week_starts_on = user_calendar(session, user_id, moment)
    defaults = {"starts_on": today, "week_starts_on": week_starts_on}
    habit = Habit(user_id=user_id, **defaults | data.model_dump(exclude_none=True))
    conflicts = owned_rows.external_id_conflict(Habit, data.external_id)
    return owned_rows.add(session, habit, user_id, conflicts)


def get(session: Session, user_id: int, habit_id: int) -> Habit:
    """The user's habit of this id."""
    return owned_rows.get(session, Habit, user_id, habit_id)


def find(
    session: Session,
    user_id: int,
    *,
    archived: bool | None = None,
    external_id: str | None = None,
    order_by: HabitOrder = "id",
    now: datetime | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[Habit]:
    """The user's habits that meet every condition given.

    Args:
        archived: only habits that are archived, or only those that are not.
        order_by: "id", or "streak": the longest current streak first, as the user's today sees it.
            All pages of such a list refer to the day of the first one.
        now: what today refers to; default the current time.
    """
    order = as_habit_order(order_by)
    moment = as_instant(now)
    conditions = [Habit.user_id == owned_rows.check_id(User, user_id)]
    if archived is not None:
        conditions.append(Habit.archived_on.is_not(None) == as_flag(archived))
    if external_id is not None:
        conditions.append(Habit.external_id == as_text(external_id))
    scope = ("habits", user_id, archived, external_id, order)
    if order == "streak":
        return by_streak(session, conditions, scope=scope, limit=limit, after=after, now=moment)
    query = select(Habit).where(*conditions)
    return paginate(session, query, [Habit.id], scope=scope, limit=limit, after=after)


def update(session: Session, user_id: int, habit_id: int, data: HabitUpdate) -> Habit:
    """Change the name, the unit or the external_id; `change_schedule` changes how often it is due.

    Raises:
        Conflict: another habit has the new external_id.
    """
    data = as_input(data, HabitUpdate)
    habit = owned_rows.get(session, Habit, user_id, habit_id, lock="change")
    conflicts = owned_rows.external_id_conflict(Habit, data.external_id)
    return owned_rows.change(session, habit, user_id, data.changes(), conflicts)


def delete(session: Session, user_id: int, habit_id: int) -> None:
    """Delete a habit and its history."""
    habit = owned_rows.get(session, Habit, user_id, habit_id, lock="delete")
    parts = (CheckIn, HabitPause, HabitSchedule)
    owned_rows.remove(session, habit, *parts, user_id=user_id, habit_id=habit_id)
