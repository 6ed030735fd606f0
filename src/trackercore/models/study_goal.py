"""Study goals: the minutes that somebody wants to study a day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, validates

from trackercore.models.base import USER_ID, Base, TableArgs, reference
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID, KeyId


class StudyGoal(Base):
    """Minutes a day from `effective_from` on, until the next goal of the same topic and weekday.

    With `topic_id` that topic counts, without it all study. `topic_key` is the same, with 0 for
    None because a key cannot be null. `weekday` is an ISO weekday, or 0 for every day without a
    goal of its own. 0 minutes is no goal; None, for a weekday only, means the goal of the other
    days.
    """

    __tablename__: str = prefixed("study_goals")
    __table_args__: TableArgs = (
        reference("topic_id", "topics"),
        CheckConstraint("topic_key = coalesce(topic_id, 0)", name="topic_key"),
        CheckConstraint("weekday BETWEEN 0 AND 7", name="weekday"),
        CheckConstraint(
            "minutes BETWEEN 0 AND 1440 AND (minutes IS NOT NULL OR weekday > 0)", name="minutes"
        ),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("minutes",)

    user_id: Mapped[KeyId] = mapped_column(ForeignKey(USER_ID, ondelete="CASCADE"))
    topic_key: Mapped[KeyId] = mapped_column(default=0)
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
