"""Tasks: things to do once."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship, validates

from trackercore.backends.owned_key import OwnedKey
from trackercore.domain.calendar import local_day
from trackercore.errors import UnknownTimeZone
from trackercore.models.base import (
    Base,
    Insert,
    Owned,
    TableArgs,
    extra_check,
    key_of,
    position,
    reference,
)
from trackercore.models.user import User
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID, TEXT_KEY, text_key

if TYPE_CHECKING:
    from trackercore.models.category import Category


def _due_day(context: Insert) -> date | None:
    """The default for inserts of many rows at once, for which the ORM calls no event."""
    values = context.get_current_parameters()
    due_at = values.get("due_at")
    if due_at is None:
        return values.get("due_date")
    return _day_of(context.root_connection, values["user_id"], due_at)


def _completed_on(context: Insert) -> date | None:
    values = context.get_current_parameters()
    completed_at = values.get("completed_at")
    if completed_at is None:
        return None
    return _day_of(context.root_connection, values["user_id"], completed_at)


class Task(Owned, Base):
    """Something to do, due on a day (`due_date`), at an instant (`due_at`) or never.

    `due_day` is the user's local day of either; if their time zone or the start of their day
    changes, that of open tasks follows. `completed_at` is None while the task is open, and if the
    time is unknown; `completed_on` is the local day of it, which stays what it was when written.
    `archived_at` is None while lists show the task. By `position`, a user orders tasks.

    `title_key` and `description_key` are what a search looks in. Whoever changes the title, the
    description or an instant past the ORM changes the columns that follow them too.
    """

    __tablename__: str = prefixed("tasks")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        reference("category_id", "categories", ondelete=None),
        UniqueConstraint("user_id", "external_id"),
        extra_check(),
        CheckConstraint("due_date IS NULL OR due_at IS NULL", name="one_due"),
        CheckConstraint(
            "(due_day IS NULL) = (due_date IS NULL AND due_at IS NULL)"
            " AND (due_date IS NULL OR due_date = due_day)",
            name="due_day",
        ),
        CheckConstraint("completed OR completed_at IS NULL", name="completed_at_only_if_completed"),
        CheckConstraint("(completed_on IS NULL) = (completed_at IS NULL)", name="completed_on"),
        Index(None, "user_id", "category_id", "id"),
        Index(None, "user_id", "completed", "id"),
        Index(None, "user_id", "completed", "due_day", "id"),
        Index(None, "user_id", "due_day", "id"),
        Index(None, "user_id", "completed", "position", "id"),
        Index(None, "user_id", "completed", "completed_at", "id"),
        Index(None, "user_id", "created_at", "id"),
        Index(None, "user_id", "completed_on"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("title", "completed", "due_date", "due_at")

    title: Mapped[str] = mapped_column(String(255))
    title_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("title"))
    description: Mapped[str | None] = mapped_column(Text)
    description_key: Mapped[str | None] = mapped_column(TEXT_KEY, default=key_of("description"))
    category_id: Mapped[int | None] = mapped_column(BIG_ID)
    completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None] = mapped_column(default=_completed_on)
    due_date: Mapped[date | None]
    due_at: Mapped[datetime | None]
    due_day: Mapped[date | None] = mapped_column(default=_due_day)
    archived_at: Mapped[datetime | None]
    position: Mapped[int] = position()
    external_id: Mapped[str | None] = mapped_column(String(255))

    user: Mapped[User] = relationship(back_populates="tasks")
    category: Mapped[Category | None] = relationship(
        back_populates="tasks",
        primaryjoin="and_(Category.user_id == Task.user_id, "
        "Category.id == foreign(Task.category_id))",
    )

    @validates("title", "description")
    def _derive_key(self, name: str, text: str | None) -> str | None:
        setattr(self, f"{name}_key", None if text is None else text_key(text))
        return text


@event.listens_for(Task, "before_insert")
@event.listens_for(Task, "before_update")
def _derive_days(_mapper: Mapper[Task], connection: Connection, task: Task) -> None:
    """When the row is written, as the owner may be assigned last."""
    attributes = inspect(task).attrs

    def is_any_changed(*names: str) -> bool:
        return any(attributes[name].history.has_changes() for name in names)

    if is_any_changed("completed_at", "completed_on"):
        task.completed_on = _day_of(connection, task.user_id, task.completed_at)
    if is_any_changed("due_date", "due_at", "due_day") or (
        task.due_at is not None and is_any_changed("completed")
    ):
        task.due_day = _day_of(connection, task.user_id, task.due_at) or task.due_date


def _day_of(connection: Connection, user_id: int, instant: datetime | None) -> date | None:
    """The owner's local day at an instant, if there is one."""
    if instant is None:
        return None
    settings = select(User.time_zone, User.day_starts_at).where(User.id == user_id)
    owner = connection.execute(settings).first()
    if owner is None:  # the foreign key refuses the row
        return instant.date()
    try:
        return local_day(instant, *owner)
    except UnknownTimeZone as error:
        raise UnknownTimeZone(owner.time_zone, user_id) from error
