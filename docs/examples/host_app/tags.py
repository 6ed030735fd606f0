"""Tags on tasks; the names are unique per user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import Tag
from trackercore import Task, tasks

tags_of: Callable[[Task], list[Tag]] = attrgetter("tags")


def add_tag(session: Session, user_id: int, task_id: int, name: str) -> None:
    task = tasks.get(session, user_id, task_id)
    query = select(Tag).where(Tag.user_id == user_id, Tag.name == name)
    tag = session.scalar(query) or Tag(user_id=user_id, name=name)
    if tag not in tags_of(task):
        tags_of(task).append(tag)


def tagged(session: Session, user_id: int, name: str) -> Sequence[Task]:
    query = (
        select(Task)
        .select_from(Tag)
        .join(Tag.tasks)
        .where(Tag.user_id == user_id, Tag.name == name, Task.user_id == user_id)
        .order_by(Task.id)
    )
    return session.scalars(query).all()
