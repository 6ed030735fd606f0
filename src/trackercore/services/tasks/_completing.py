"""Completing tasks, and opening them again."""

from datetime import datetime

from sqlalchemy.orm import Session

from trackercore.models import Task, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.snapshots import mark_changed


def complete(session: Session, user_id: int, task_id: int, *, now: datetime | None = None) -> Task:
    """Complete a task; one that is already completed keeps its completed_at."""
    return _set_completed(session, user_id, task_id, True, as_instant(now))


def reopen(session: Session, user_id: int, task_id: int) -> Task:
    """Open a task again, which clears its completed_at."""
    hold_days(session, user_id)
    return _set_completed(session, user_id, task_id, False, None)


def _set_completed(
    session: Session, user_id: int, task_id: int, completed: bool, at: datetime | None
) -> Task:
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    changes = completion(task, completed, at)
    return owned_rows.change(session, task, user_id, changes, {}) if changes else task


def completion(task: Task, completed: bool, at: datetime | None) -> dict[str, object]:
    """What completing a task at an instant changes of it, or opening it; nothing if it is so."""
    if task.completed == completed:
        return {}
    return {"completed": completed, "completed_at": at if completed else None}


def hold_days(session: Session, user_id: int) -> None:
    """Have `users.update` see a task that is open and timed from now on.

    It stores the due days of such tasks again when the days of their owner change.
    """
    mark_changed(session, User, user_id)
