"""Topics: what a user studies."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from trackercore.backends.owned_key import OwnedKey
from trackercore.models.base import Base, Owned, TableArgs, extra_check, key_of
from trackercore.table_prefix import prefixed
from trackercore.types import TEXT_KEY, text_key

if TYPE_CHECKING:
    from trackercore.models.study_session import StudySession
    from trackercore.models.user import User


class Topic(Owned, Base):
    """A subject of study; its name is unique per user in any letter case.

    `archived_at` is None while it is in use.
    """

    __tablename__: str = prefixed("topics")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        UniqueConstraint("user_id", "name_key"),
        UniqueConstraint("user_id", "external_id"),
        extra_check(),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("name",)

    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("name"))
    description: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(255))
    archived_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="topics")
    sessions: Mapped[list[StudySession]] = relationship(
        back_populates="topic",
        primaryjoin="and_(Topic.user_id == StudySession.user_id, "
        "Topic.id == foreign(StudySession.topic_id))",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @validates("name")
    def _derive_key(self, _key: str, name: str) -> str:
        self.name_key = text_key(name)
        return name
