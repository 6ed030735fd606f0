"""Tags: a user's own words for tasks, habits and study sessions."""

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from trackercore.backends.owned_key import OwnedKey
from trackercore.models.base import Base, Owned, TableArgs, extra_check, key_of
from trackercore.table_prefix import prefixed
from trackercore.types import TEXT_KEY, text_key

if TYPE_CHECKING:
    from trackercore.models.user import User


class Tag(Owned, Base):
    """A word that marks tasks, habits and sessions; unique per user in any letter case.

    `task_count`, `habit_count` and `session_count` say how many it marked when it was read.
    """

    __tablename__: str = prefixed("tags")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        UniqueConstraint("user_id", "name_key"),
        extra_check(),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("name", "task_count", "habit_count", "session_count")

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("name"))

    if TYPE_CHECKING:  # they are subqueries of the tables of links, and set there
        task_count: Mapped[int]
        habit_count: Mapped[int]
        session_count: Mapped[int]

    user: Mapped["User"] = relationship(back_populates="tags")

    @hybrid_property
    def use_count(self) -> int:
        """How many tasks, habits and sessions it marked when it was read."""
        return self.task_count + self.habit_count + self.session_count

    @validates("name")
    def _derive_key(self, _key: str, name: str) -> str:
        self.name_key = text_key(name)
        return name
