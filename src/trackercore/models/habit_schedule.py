"""Past schedules: by which a habit was judged before its schedule changed."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.domain.frequency import Frequency
from trackercore.models.base import Base, TableArgs
from trackercore.models.habit import schedule_checks
from trackercore.types import BIG_ID, Weekdays


class HabitSchedule(Base):
    """A schedule in force from `effective_from` until the next one; the first one always was.

    The newest schedule is on the habit's own row, so most habits have none of these.
    """

    __tablename__ = "habit_schedules"
    __table_args__: TableArgs = (
        ForeignKeyConstraint(
            ["user_id", "habit_id"], ["habits.user_id", "habits.id"], ondelete="CASCADE"
        ),
        *schedule_checks(),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("frequency", "target", "every", "weekdays")

    user_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    habit_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(String(50))
    target: Mapped[int]
    every: Mapped[int] = mapped_column(default=1)
    weekdays: Mapped[frozenset[int] | None] = mapped_column(Weekdays())
