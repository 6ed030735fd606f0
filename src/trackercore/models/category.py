"""Categories: a user's own headings for tasks and habits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from trackercore.backends.owned_key import OwnedKey
from trackercore.models.base import Base, Owned, TableArgs, extra_check, key_of
from trackercore.table_prefix import prefixed
from trackercore.types import TEXT_KEY, text_key

if TYPE_CHECKING:
    from trackercore.models.habit import Habit
    from trackercore.models.task import Task
    from trackercore.models.user import User


class Category(Owned, Base):
    """A heading for tasks and habits; its name is unique per user in any letter case."""

    __tablename__: str = prefixed("categories")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        UniqueConstraint("user_id", "name_key"),
        extra_check(),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("name",)

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("name"))

    user: Mapped[User] = relationship(back_populates="categories")
    # Only category_id is foreign: deleting a category must clear it and leave user_id alone.
    tasks: Mapped[list[Task]] = relationship(
        back_populates="category",
        primaryjoin="and_(Category.user_id == Task.user_id, "
        "Category.id == foreign(Task.category_id))",
    )
    habits: Mapped[list[Habit]] = relationship(
        back_populates="category",
        primaryjoin="and_(Category.user_id == Habit.user_id, "
        "Category.id == foreign(Habit.category_id))",
    )

    @validates("name")
    def _derive_key(self, _key: str, name: str) -> str:
        self.name_key = text_key(name)
        return name
