"""Tasks: things to do once."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from trackercore.backends.owned_key import OwnedKey
from trackercore.models.base import Base, Owned, TableArgs, reference
from trackercore.types import BIG_ID, search_key

if TYPE_CHECKING:
    from trackercore.models.category import Category
    from trackercore.models.user import User


class _Insert(Protocol):
    """What SQLAlchemy passes to a default, whose types it leaves open."""

    def get_current_parameters(self) -> dict[str, str | None]: ...


def _search_key_of_values(context: _Insert) -> str:
    """For inserts of many rows at once, for which the ORM calls no event."""
    values = context.get_current_parameters()
    return search_key(values["title"], values.get("description"))


class Task(Owned, Base):
    """Something to do, due on a day (`due_date`), at an instant (`due_at`) or never.

    `completed_at` is None while the task is open, and if the time is unknown. `search_key` follows
    the title and the description; whoever changes these past the ORM changes it too.
    """

    __tablename__ = "tasks"
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        reference("category_id", "categories", ondelete=None),
        UniqueConstraint("user_id", "external_id"),
        CheckConstraint("due_date IS NULL OR due_at IS NULL", name="one_due"),
        CheckConstraint("completed OR completed_at IS NULL", name="completed_at_only_if_completed"),
        Index(None, "user_id", "category_id", "id"),
        Index(None, "user_id", "completed", "id"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("title", "completed", "due_date", "due_at")

    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text, default=_search_key_of_values)
    category_id: Mapped[int | None] = mapped_column(BIG_ID)
    completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None]
    due_date: Mapped[date | None]
    due_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(255))

    user: Mapped[User] = relationship(back_populates="tasks")
    category: Mapped[Category | None] = relationship(
        back_populates="tasks",
        primaryjoin="and_(Category.user_id == Task.user_id, "
        "Category.id == foreign(Task.category_id))",
    )


@event.listens_for(Task, "before_insert")
@event.listens_for(Task, "before_update")
def _derive_search_key(_mapper: Mapper[Task], _connection: Connection, task: Task) -> None:
    """When the row is written, not on assignment: `Session.merge` assigns one column at a time."""
    attributes = inspect(task).attrs
    texts = (attributes.title, attributes.description, attributes.search_key)
    if any(text.history.has_changes() for text in texts):
        task.search_key = search_key(task.title, task.description)
