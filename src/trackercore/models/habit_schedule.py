"""Past schedules: those of a habit before its schedule changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.domain.frequency import Counts, Direction, Frequency
from trackercore.models.base import Base, TableArgs, reference
from trackercore.models.habit import schedule_checks
from trackercore.table_prefix import prefixed
from trackercore.types import KeyId, Thousandths, Weekdays


class HabitSchedule(Base):
    """A schedule in force from `effective_from` until the next one; the first has no beginning.

    The newest schedule is in the habit's own row, so most habits have no past schedule.
    """

    __tablename__: str = prefixed("habit_schedules")
    __table_args__: TableArgs = (reference("habit_id", "habits"), *schedule_checks())
    __shown__: ClassVar[tuple[str, ...]] = ("frequency", "target", "every", "weekdays")

    user_id: Mapped[KeyId]
    habit_id: Mapped[KeyId]
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    frequency: Mapped[Frequency] = mapped_column(String(50))
    target: Mapped[Decimal] = mapped_column(Thousandths())
    every: Mapped[int] = mapped_column(default=1)
    weekdays: Mapped[frozenset[int] | None] = mapped_column(Weekdays())
    week_starts_on: Mapped[int] = mapped_column(default=1)
    direction: Mapped[Direction] = mapped_column(String(10), default="at_least")
    counts: Mapped[Counts] = mapped_column(String(10), default="amount")
    day_minimum: Mapped[Decimal | None] = mapped_column(Thousandths())
    allowed_misses: Mapped[int] = mapped_column(default=0)
