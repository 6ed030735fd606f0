"""Pauses: days on which a habit is paused."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import Base, TableArgs, reference
from trackercore.table_prefix import prefixed
from trackercore.types import KeyId


class HabitPause(Base):
    """A range of days on which a habit is paused, both ends included.

    Without `ends_on`, it lasts until `habits.resume`. Pauses of a habit never overlap or touch.
    """

    __tablename__: str = prefixed("habit_pauses")
    __table_args__: TableArgs = (
        reference("habit_id", "habits"),
        CheckConstraint("ends_on >= starts_on", name="in_order"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("ends_on", "reason")

    user_id: Mapped[KeyId]
    habit_id: Mapped[KeyId]
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(Text)
