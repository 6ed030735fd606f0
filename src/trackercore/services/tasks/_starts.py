"""A task does not start after the day on which it is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trackercore.errors import StartsAfterDue
from trackercore.models import Task
from trackercore.schemas import TaskCreate
from trackercore.services._shared.clock import DaySettings, user_today
from trackercore.services._shared.create_many import note_item


def check_start(
    session: Session, user_id: int, changes: Mapping[str, Any], task: Task | None = None
) -> None:
    """Check the fields of a new task, or what is changed of a stored one.

    If it starts on a day and is due at a new instant, a statement reads the owner's settings.

    Raises:
        StartsAfterDue: it would start after the day on which it is due.
    """
    names = ("starts_on", "due_date", "due_at")
    if not changes.keys() & {*names}:
        return
    starts_on, due_day, due_at = (changes.get(n, getattr(task, n, None)) for n in names)
    if starts_on is None:
        return
    if due_at is not None:
        is_stored = task is not None and due_at == task.due_at
        due_day = task.due_day if task and is_stored else user_today(session, user_id, due_at)
    if task is not None and (starts_on, due_day) == (task.starts_on, task.due_day):
        return  # it may start later since a move of its owner
    _check(starts_on, due_day)


def check_starts(items: list[TaskCreate], settings: DaySettings, position: int) -> None:
    """Check new tasks, given the position of the first one.

    Raises:
        StartsAfterDue: one of them would start after the day on which it is due.
    """
    for number, item in enumerate(items, position):
        if item.starts_on is not None:
            due_day = item.due_date if item.due_at is None else settings.day(item.due_at)
            try:
                _check(item.starts_on, due_day)
            except StartsAfterDue as error:
                note_item(error, "start", number, item)
                raise


def _check(starts_on: date, due_day: date | None) -> None:
    if due_day is not None and starts_on > due_day:
        raise StartsAfterDue(starts_on, due_day)
