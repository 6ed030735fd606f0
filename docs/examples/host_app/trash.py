"""Deleting a task so that it can be brought back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import DeletedTask
from trackercore import Task, tasks


def move_to_trash(session: Session, user_id: int, task_id: int, now: datetime) -> None:
    tasks.archive(session, user_id, task_id, now=now)
    if session.get(DeletedTask, (user_id, task_id)) is None:
        session.add(DeletedTask(user_id=user_id, task_id=task_id, deleted_at=now))


def restore(session: Session, user_id: int, task_id: int) -> None:
    tasks.unarchive(session, user_id, task_id)
    if (deleted := session.get(DeletedTask, (user_id, task_id))) is not None:
        session.delete(deleted)


def empty_trash(session: Session, user_id: int, before: datetime) -> None:
    query = select(DeletedTask.task_id)
    old = query.where(DeletedTask.user_id == user_id, DeletedTask.deleted_at < before)
    for task_id in session.scalars(old).all():
        tasks.delete(session, user_id, task_id)


def archived_tasks(
    session: Session, user_id: int, after_id: int = 0, limit: int = 100
) -> Sequence[Task]:
    """The page of archived tasks after a task's id, those in the trash left out."""
    deleted = select(DeletedTask.task_id).where(DeletedTask.user_id == user_id)
    query = (
        select(Task)
        .where(Task.user_id == user_id, Task.archived_at.is_not(None), Task.id > after_id)
        .where(Task.id.not_in(deleted))
        .order_by(Task.id)
        .limit(limit)
    )
    return session.scalars(query).all()
