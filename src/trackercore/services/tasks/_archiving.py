"""Archiving tasks, one or all that are completed, and bringing them back."""

from datetime import date, datetime

from sqlalchemy import CompoundSelect, and_, func, select, union_all, update
from sqlalchemy.orm import Session

from trackercore.models import Task, TaskOccurrence, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.archiving import set_archived
from trackercore.services._shared.arguments import as_day_or_none, as_instant
from trackercore.services._shared.snapshots import mark_changed_for_subtasks
from trackercore.services.tasks._subtasks import reload_parents, write_subtasks
from trackercore.types import utc_now

_tasks, _records = owned_rows.table(Task), owned_rows.table(TaskOccurrence)


def archive(session: Session, user_id: int, task_id: int, *, now: datetime | None = None) -> Task:
    """Archive a task and its subtasks: lists leave them out, unless they are asked for them.

    What is already archived keeps its archived_at; the subtasks get that of the task.
    """
    moment = as_instant(now)
    task = _locked(session, user_id, task_id)
    set_archived(session, task, moment)
    if task.progress is not None:
        is_listed = _tasks.c.archived_at.is_(None)
        write_subtasks(session, task, is_listed, archived_at=task.archived_at)
    reload_parents(session, user_id, task.parent_id)
    return task


def unarchive(session: Session, user_id: int, task_id: int) -> Task:
    """Bring an archived task back, and the subtasks that were archived along with it."""
    task = _locked(session, user_id, task_id)
    if task.archived_at is not None and task.progress is not None:
        went_along = _tasks.c.archived_at == task.archived_at
        write_subtasks(session, task, went_along, archived_at=None)
    set_archived(session, task, None)
    reload_parents(session, user_id, task.parent_id)
    return task


def _locked(session: Session, user_id: int, task_id: int) -> Task:
    mark_changed_for_subtasks(session, user_id, task_id)
    return owned_rows.get(session, Task, user_id, task_id, lock="change")


def archive_completed(
    session: Session, user_id: int, *, before: date | None = None, now: datetime | None = None
) -> int:
    """Archive all completed tasks that are not archived yet, and return how many those were.

    Subtasks are archived along with their parent, open or not: those of an open task stay.

    Args:
        before: only those completed on an earlier local day than this; by default all, also those
            completed at an unknown time. If the last occurrence of a repeating task was skipped,
            the day on which one was completed last decides.
    """
    day = as_day_or_none(before, "before")
    changes = {"archived_at": as_instant(now), "updated_at": utc_now()}
    # Whoever writes many tasks of a user locks the user first.
    owned_rows.get(session, User, user_id, lock="change")
    query = (
        update(_tasks)
        .where(
            _tasks.c.user_id == user_id,
            _tasks.c.archived_at.is_(None),
            # Again, of the row as it is once it is locked.
            _tasks.c.completed.is_(True) | _tasks.c.parent_id.is_not(None),
            _tasks.c.id.in_(_ids(user_id, day)),
        )
        .values(changes)
    )
    connection = owned_rows.connection(session)
    if not owned_rows.holds(session, Task):
        return connection.execute(query).rowcount
    archived = connection.execute(query.returning(_tasks.c.id)).scalars().all()
    for task_id in archived:
        owned_rows.sync(session, Task, (user_id, task_id), **changes)
    return len(archived)


def _ids(user_id: int, before: date | None) -> CompoundSelect[int]:
    """The completed tasks that are no subtasks, and the subtasks of those.

    One list, as SQLite may look for the parent of a row when it has already changed the parent.
    """
    parents, subtasks = _tasks.alias(), _tasks.alias()
    done = [
        parents.c.user_id == user_id,
        parents.c.parent_id.is_(None),
        parents.c.archived_at.is_(None),
        parents.c.completed.is_(True),
    ]
    if before is not None:
        last_recorded = (
            select(func.max(_records.c.completed_on))
            .where(_records.c.user_id == user_id, _records.c.task_id == parents.c.id)
            .scalar_subquery()
        )
        done.append(func.coalesce(parents.c.completed_on, last_recorded) < before)
    is_of_them = and_(subtasks.c.user_id == user_id, subtasks.c.parent_id == parents.c.id)
    return union_all(
        select(parents.c.id).where(*done),
        select(subtasks.c.id).join_from(parents, subtasks, is_of_them).where(*done),
    )
