"""Study goals: the minutes that somebody means to study a day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, validates

from trackercore.models.base import Base, TableArgs
from trackercore.types import BIG_ID


class StudyGoal(Base):
    """Minutes a day from `effective_from` on, until the next goal of the same topic and weekday.

    Without `topic_id` all study counts, else that topic's; `topic_key` is the same with 0 for
    none, since a key cannot be null. `weekday` is an ISO weekday, or 0 for every day that has no
    goal of its own. 0 minutes is no goal; None, for a weekday only, is what the other days have.
    """

    __tablename__ = "study_goals"
    __table_args__: TableArgs = (
        ForeignKeyConstraint(
            ["user_id", "topic_id"], ["topics.user_id", "topics.id"], ondelete="CASCADE"
        ),
        CheckConstraint("topic_key = coalesce(topic_id, 0)", name="topic_key"),
        CheckConstraint("weekday BETWEEN 0 AND 7", name="weekday"),
        CheckConstraint(
            "minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0)", name="minutes"
        ),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("minutes",)

    user_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    topic_key: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False, default=0)
    weekday: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, default=0
    )
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    topic_id: Mapped[int | None] = mapped_column(BIG_ID)
    minutes: Mapped[int | None]

    @validates("topic_id")
    def _derive_key(self, _key: str, topic_id: int | None) -> int | None:
        self.topic_key = topic_id or 0
        return topic_id
