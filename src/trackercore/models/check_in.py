"""Check-ins: what was done for a habit on one local day, or that the day was skipped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.domain.recorded_days import EntryStatus
from trackercore.models.base import Base, TableArgs, reference
from trackercore.table_prefix import prefixed
from trackercore.types import KeyId, Thousandths, utc_now


class CheckIn(Base):
    """One day of a habit: `amount` done, which may be 0, or skipped (then `amount` is 0).

    `day` is the user's local day at the time of recording, and is never recomputed.
    """

    __tablename__: str = prefixed("check_ins")
    __table_args__: TableArgs = (
        reference("habit_id", "habits"),
        CheckConstraint("status IN ('done', 'skipped')", name="status"),
        CheckConstraint("amount >= 0 AND (status = 'done' OR amount = 0)", name="amount"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("status", "amount", "note")

    user_id: Mapped[KeyId]
    habit_id: Mapped[KeyId]
    day: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[EntryStatus] = mapped_column(String(10), default="done")
    amount: Mapped[Decimal] = mapped_column(Thousandths(), default=Decimal(1))
    note: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
