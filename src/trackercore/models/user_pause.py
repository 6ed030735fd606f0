"""Pauses of all habits of a user."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import USER_ID, Base, TableArgs
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID


class UserPause(Base):
    """A range of days on which all habits of a user are paused, both ends included.

    Without `ends_on`, it lasts until `users.resume`. Pauses of a user never overlap or touch; they
    go with those of each habit, and `habits.resume` does not end them.
    """

    __tablename__: str = prefixed("user_pauses")
    __table_args__: TableArgs = (CheckConstraint("ends_on >= starts_on", name="in_order"),)
    __shown__: ClassVar[tuple[str, ...]] = ("ends_on", "reason")

    user_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey(USER_ID, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(Text)
