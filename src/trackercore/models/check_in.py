"""Check-ins: what was done for a habit, or left out on purpose, on one local day."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.domain.streak import EntryStatus
from trackercore.models.base import Base, TableArgs
from trackercore.types import BIG_ID, utc_now


class CheckIn(Base):
    """One day of a habit: `amount` done, or skipped (then `amount` is 1 and counts for nothing).

    `day` is the user's local day when it was recorded, and never recomputed.
    """

    __tablename__ = "check_ins"
    __table_args__: TableArgs = (
        ForeignKeyConstraint(
            ["user_id", "habit_id"], ["habits.user_id", "habits.id"], ondelete="CASCADE"
        ),
        CheckConstraint("status IN ('done', 'skipped')", name="status"),
        CheckConstraint("amount >= 1", name="amount"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("status", "amount", "note")

    user_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    habit_id: Mapped[int] = mapped_column(BIG_ID, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[EntryStatus] = mapped_column(String(10), default="done")
    amount: Mapped[int] = mapped_column(default=1)
    note: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
