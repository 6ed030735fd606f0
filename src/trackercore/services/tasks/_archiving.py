"""Archiving tasks, one or all that are completed, and bringing them back."""

from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from trackercore.models import Task, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.archiving import set_archived
from trackercore.services._shared.arguments import as_day_or_none, as_instant
from trackercore.types import utc_now

_tasks = owned_rows.table(Task)


def archive(session: Session, user_id: int, task_id: int, *, now: datetime | None = None) -> Task:
    """Archive a task: lists leave it out from then on, unless they are asked for it.

    One that is already archived keeps its archived_at.
    """
    return set_archived(session, Task, user_id, task_id, as_instant(now))


def unarchive(session: Session, user_id: int, task_id: int) -> Task:
    """Bring an archived task back."""
    return set_archived(session, Task, user_id, task_id, None)


def archive_completed(
    session: Session, user_id: int, *, before: date | None = None, now: datetime | None = None
) -> int:
    """Archive all completed tasks that are not archived yet, and return how many those were.

    Args:
        before: only those completed on an earlier local day than this; by default all, also those
            completed at an unknown time.
    """
    day = as_day_or_none(before, "before")
    changes = {"archived_at": as_instant(now), "updated_at": utc_now()}
    # Whoever writes many tasks of a user locks the user first.
    owned_rows.get(session, User, user_id, lock="change")
    query = (
        update(_tasks)
        .where(
            _tasks.c.user_id == user_id,
            _tasks.c.completed.is_(True),
            _tasks.c.archived_at.is_(None),
        )
        .values(changes)
    )
    if day is not None:
        query = query.where(_tasks.c.completed_on < day)
    connection = owned_rows.connection(session)
    if not owned_rows.holds(session, Task):
        return connection.execute(query).rowcount
    archived = connection.execute(query.returning(_tasks.c.id)).scalars().all()
    for task_id in archived:
        owned_rows.sync(session, Task, (user_id, task_id), **changes)
    return len(archived)
