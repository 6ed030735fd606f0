"""Where tasks are done; the names are unique per user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import Place
from trackercore import Task, tasks

places_of: Callable[[Task], list[Place]] = attrgetter("places")


def add_place(session: Session, user_id: int, task_id: int, name: str) -> None:
    task = tasks.get(session, user_id, task_id)
    query = select(Place).where(Place.user_id == user_id, Place.name == name)
    place = session.scalar(query) or Place(user_id=user_id, name=name)
    if place not in places_of(task):
        places_of(task).append(place)


def tasks_at(session: Session, user_id: int, name: str) -> Sequence[Task]:
    query = (
        select(Task)
        .select_from(Place)
        .join(Place.tasks)
        .where(Place.user_id == user_id, Place.name == name, Task.user_id == user_id)
        .order_by(Task.id)
    )
    return session.scalars(query).all()
