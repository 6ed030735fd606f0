"""Subtasks: whose they may be, and what is done to them along with their parent."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.errors import (
    ParentIsItself,
    ParentIsSubtask,
    SubtaskCannotRepeat,
    TaskHasSubtasks,
    TrackerError,
)
from trackercore.models import Task, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.clock import day_settings
from trackercore.types import utc_now

_tasks = owned_rows.table(Task)
_PARENT_KEY = f"fk_{_tasks.name}_user_id_parent_id"
OF_PARENT = (_tasks.c.user_id == owned_rows.OWNER, _tasks.c.parent_id == bindparam("parent"))
"""The conditions that a task is a subtask of one of `OWNER`."""

_ANY = select(_tasks.c.id).where(*OF_PARENT).limit(1)


def refer_to_parents(session: Session, user_id: int, ids: Collection[int]) -> None:
    """Check that tasks of the user may have subtasks, and keep them until the transaction ends.

    Raises:
        NotFound: for the lowest id that is not a task of theirs.
        ParentIsSubtask: for the lowest id of a subtask.
    """
    parents = owned_rows.refer(session, Task, user_id, ids, column=_tasks.c.parent_id)
    for task_id, parent_id in parents.items():
        if parent_id is not None:
            raise ParentIsSubtask(task_id)


def refer_to_new_parent(session: Session, user_id: int, task_id: int, parent_id: int) -> None:
    """The same for a task that gets a parent, whose owner is locked."""
    if task_id == parent_id:
        owned_rows.get(session, Task, user_id, task_id)
        raise ParentIsItself(task_id)
    refer_to_parents(session, user_id, [parent_id])


def check_changes(session: Session, task: Task, changes: dict[str, object]) -> None:
    """Check that a locked task may have the parent that it has after some changes.

    Raises:
        SubtaskCannotRepeat: it would be a subtask and have a recurrence.
        TaskHasSubtasks: it would become a subtask and has some.
    """
    if changes.get("parent_id", task.parent_id) is None:
        return
    if changes.get("recurrence", task.recurrence) is not None:
        raise SubtaskCannotRepeat(task.id)
    if task.parent_id is None:
        key = {"owner": task.user_id, "parent": task.id}
        if owned_rows.connection(session).execute(_ANY, key).first() is not None:
            raise TaskHasSubtasks(task.id)


def subtask_conflict(task_id: int) -> dict[str, TrackerError]:
    """The entry of `conflicts` for a task that gets a parent, if it got a subtask meanwhile."""
    return {_PARENT_KEY: TaskHasSubtasks(task_id)}


def reload_parents(session: Session, user_id: int, *ids: int | None) -> None:
    """Bring loaded tasks up to date after a change of their subtasks."""
    for parent_id in {*ids} - {None}:
        parent = owned_rows.loaded_row(session, Task, (user_id, parent_id))
        if parent is not None:
            owned_rows.reload(session, parent, "progress", "subtasks")


def counts(archived_at: ColumnElement[datetime] | datetime | None) -> ColumnElement[bool]:
    """Whether a subtask counts: it is not archived, or was archived along with its parent.

    Args:
        archived_at: when the parent was archived.
    """
    return _tasks.c.archived_at.is_(None) | (_tasks.c.archived_at == archived_at)


def complete_open(session: Session, task: Task, moment: datetime) -> None:
    """Complete the open subtasks of a locked task at an instant."""
    if task.progress is None or task.progress.completed == task.progress.total:
        return
    owner = owned_rows.get(session, User, task.user_id)
    day = day_settings(owner.id, owner).day(moment)
    write_subtasks(
        session,
        task,
        _tasks.c.completed.is_(False) & counts(task.archived_at),
        completed=True,
        completed_at=moment,
        completed_on=day,
    )
    set_progress(session, task, task.progress.total, task.progress.total)


def write_subtasks(
    session: Session, task: Task, condition: ColumnElement[bool], **values: object
) -> None:
    """Give the subtasks of a locked task that meet a condition new values."""
    changes = {**values, "updated_at": utc_now()}
    query = (
        update(_tasks)
        .where(_tasks.c.user_id == task.user_id, _tasks.c.parent_id == task.id, condition)
        .values(changes)
        .returning(_tasks.c.id)
    )
    for subtask_id in owned_rows.connection(session).execute(query).scalars().all():
        owned_rows.sync(session, Task, (task.user_id, subtask_id), **changes)


def set_progress(session: Session, task: Task, completed: int, total: int) -> None:
    """Say on a loaded task how many of its subtasks are completed now."""
    progress = SubtaskProgress(completed, total) if total else None
    owned_rows.sync(session, Task, (task.user_id, task.id), progress=progress)
