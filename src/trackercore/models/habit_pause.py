"""Pauses: days on which a habit rests."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import Base, TableArgs
from trackercore.types import BIG_ID


class HabitPause(Base):
    """A range of days that count neither for nor against a streak, both ends included.

    Without `ends_on`, it goes on until `habits.resume`. Those of a habit never overlap or touch.
    """

    __tablename__ = "habit_pauses"
    __table_args__: TableArgs = (
        ForeignKeyConstraint(
            ["user_id", "habit_id"], ["habits.user_id", "habits.id"], ondelete="CASCADE"
        ),
        CheckConstraint("ends_on >= starts_on", name="in_order"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("ends_on",)

    user_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    habit_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]
