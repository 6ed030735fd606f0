"""Categories of tasks."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from trackercore.models import Category, Task, User
from trackercore.schemas import CategoryCreate, CategoryUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_input
from trackercore.services._shared.pages import Page, paginate
from trackercore.services._shared.snapshots import fail_if_unseen

__all__ = ["create", "delete", "find", "get", "update"]


def create(session: Session, user_id: int, data: CategoryCreate) -> Category:
    """Store a new category.

    Raises:
        Conflict: a category has this name, in any letter case.
    """
    data = as_input(data, CategoryCreate)
    category = Category(user_id=owned_rows.check_id(User, user_id), **data.model_dump())
    return owned_rows.add(session, category, user_id, owned_rows.name_conflict(Category, data.name))


def get(session: Session, user_id: int, category_id: int) -> Category:
    """The user's category of this id."""
    return owned_rows.get(session, Category, user_id, category_id)


def find(
    session: Session, user_id: int, *, limit: int = 100, after: str | None = None
) -> Page[Category]:
    """The user's categories, by id."""
    query = select(Category).where(Category.user_id == owned_rows.check_id(User, user_id))
    scope = ("categories", user_id)
    return paginate(session, query, [Category.id], scope=scope, limit=limit, after=after)


def update(session: Session, user_id: int, category_id: int, data: CategoryUpdate) -> Category:
    """Change a category.

    Raises:
        Conflict: another category has the new name.
    """
    data = as_input(data, CategoryUpdate)
    category = owned_rows.get(session, Category, user_id, category_id, lock="change")
    conflicts = owned_rows.name_conflict(Category, data.name)
    return owned_rows.change(session, category, user_id, data.changes(), conflicts)


def delete(session: Session, user_id: int, category_id: int) -> None:
    """Delete a category; its tasks stay, without a category."""
    owned_rows.get(session, User, user_id, lock="change")  # first, as in users.delete: no deadlock
    category = owned_rows.get(session, Category, user_id, category_id, lock="delete")
    # One statement for all tasks, where the ORM would load them to clear them one by one.
    read = owned_rows.loaded(session, Task, user_id=user_id, category_id=category_id)
    tasks = (Task.user_id == user_id, Task.category_id == category_id)
    session.execute(sql_update(Task).where(*tasks).values(category_id=None))
    for task in read:
        set_committed_value(task, "category", None)
    try:
        with session.begin_nested():
            owned_rows.remove(session, category)
    except IntegrityError as error:
        fail_if_unseen(session, error, Task, "fk_tasks_user_id_category_id")
        raise
