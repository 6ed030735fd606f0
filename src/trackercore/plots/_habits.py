"""Which habits a picture shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from trackercore.frames.python_values import python_id
from trackercore.models import Habit
from trackercore.services import Page, habits

_PAGE = 1000


def habits_shown(session: Session, user_id: int, habit_ids: Iterable[int] | None) -> list[Habit]:
    """The habits of these ids, by default those that are not archived."""
    if habit_ids is None:
        return list(_not_archived(session, user_id))
    return [habits.get(session, user_id, python_id(habit_id)) for habit_id in habit_ids]


def _not_archived(session: Session, user_id: int) -> Iterator[Habit]:
    page: Page[Habit] | None = None
    while page := habits.find(session, user_id, limit=_PAGE, after=page):
        yield from page
