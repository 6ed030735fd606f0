"""Categories of tasks and habits."""

from sqlalchemy import Select, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from trackercore.models import Category, Habit, Task, User
from trackercore.schemas import CategoryCreate, CategoryOrder, CategoryUpdate, ExtraFilter
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import ExtraEntries, as_extra_entries, as_input
from trackercore.services._shared.filters import has_entries
from trackercore.services._shared.locks import lock_habits
from trackercore.services._shared.orders import CATEGORIES
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.snapshots import fail_if_unseen
from trackercore.types import utc_now

__all__ = ["count", "create", "delete", "find", "get", "update"]


def __dir__() -> list[str]:
    return __all__


def create(session: Session, user_id: int, data: CategoryCreate) -> Category:
    """Store a new category.

    Raises:
        NameTaken: a category has this name, in any letter case.
    """
    data = as_input(data, CategoryCreate)
    category = Category(user_id=owned_rows.check_id(User, user_id), **data.model_dump())
    return owned_rows.add(session, category, user_id, owned_rows.name_conflict(Category, data.name))


def get(session: Session, user_id: int, category_id: int) -> Category:
    """The user's category of this id."""
    return owned_rows.get(session, Category, user_id, category_id)


def find(
    session: Session,
    user_id: int,
    *,
    extra: ExtraFilter | None = None,
    order_by: CategoryOrder = "id",
    limit: int = 100,
    after: str | Page[Category] | None = None,
) -> Page[Category]:
    """The user's categories."""
    order, entries = CATEGORIES(order_by), as_extra_entries(extra)
    scope = ("categories", user_id, entries)
    query = _some(user_id, entries)
    return paginate(session, query, order, scope=scope, owner=user_id, limit=limit, after=after)


def count(session: Session, user_id: int, *, extra: ExtraFilter | None = None) -> int:
    """How many categories `find` finds."""
    return count_rows(session, _some(user_id, as_extra_entries(extra)))


def _some(user_id: int, entries: ExtraEntries) -> Select[Category]:
    return select(Category).where(
        Category.user_id == owned_rows.check_id(User, user_id),
        *has_entries(Category.extra, entries),
    )


def update(session: Session, user_id: int, category_id: int, data: CategoryUpdate) -> Category:
    """Change a category.

    Raises:
        NameTaken: another category has the new name.
    """
    data = as_input(data, CategoryUpdate)
    category = owned_rows.get(session, Category, user_id, category_id, lock="change")
    conflicts = owned_rows.name_conflict(Category, data.name)
    return owned_rows.change(session, category, user_id, data.changes(), conflicts)


def delete(session: Session, user_id: int, category_id: int) -> None:
    """Delete a category; its tasks and habits stay, without a category."""
    lock_habits(session, user_id)
    owned_rows.get(session, User, user_id, lock="change")
    category = owned_rows.get(session, Category, user_id, category_id, lock="delete")
    for model in (Task, Habit):
        _clear(session, model, user_id, category_id)
    try:
        with session.begin_nested():
            owned_rows.remove(session, category)
    except IntegrityError as error:
        for model in (Task, Habit):
            fail_if_unseen(session, error, model, f"fk_{model.__tablename__}_user_id_category_id")
        raise


def _clear(session: Session, model: type[Task | Habit], user_id: int, category_id: int) -> None:
    """Take the category from its rows: in one statement, where the ORM would load them all."""
    key = {"user_id": user_id, "category_id": category_id}
    read = owned_rows.loaded(session, model, **key)
    now = utc_now()
    query = sql_update(model).filter_by(**key).values(category_id=None, updated_at=now)
    session.execute(query)
    for row in read:
        set_committed_value(row, "category", None)
