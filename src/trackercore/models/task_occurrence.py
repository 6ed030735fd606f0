"""What became of the occurrences of repeating tasks, except the one that is open."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import Base, TableArgs, reference
from trackercore.table_prefix import prefixed
from trackercore.types import KeyId, utc_now

_IX = f"ix_{prefixed('task_occurrences')}"

RecordedStatus = Literal["completed", "skipped"]


class TaskOccurrence(Base):
    """An occurrence of a repeating task, or of its subtask, that was completed or skipped.

    `number` counts the records of a task. `occurrence_date` is the original date, by the rule;
    `due_date` or `due_at` when it was due in the end, and `due_time_zone` the zone of its owner at
    that time, for an instant; `starts_on` is that of the task then. What was missed has no row. A
    subtask that is open when its task moves on is skipped.
    """

    __tablename__: str = prefixed("task_occurrences")
    __table_args__: TableArgs = (
        reference("task_id", "tasks"),
        CheckConstraint("status IN ('completed', 'skipped')", name="status"),
        CheckConstraint("due_date IS NULL OR due_at IS NULL", name="one_due"),
        CheckConstraint("(due_time_zone IS NULL) = (due_at IS NULL)", name="due_time_zone"),
        CheckConstraint(
            "(status = 'completed' OR completed_at IS NULL)"
            " AND (completed_on IS NULL) = (completed_at IS NULL)",
            name="completed_at",
        ),
        Index(f"{_IX}_by_completion", "user_id", "completed_on", "task_id"),
        Index(f"{_IX}_by_due_day", "user_id", "due_day", "task_id"),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("occurrence_date", "status", "completed_at")

    user_id: Mapped[KeyId]
    task_id: Mapped[KeyId]
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    occurrence_date: Mapped[date]
    status: Mapped[RecordedStatus] = mapped_column(String(10))
    due_date: Mapped[date | None]
    due_at: Mapped[datetime | None]
    due_day: Mapped[date | None]
    starts_on: Mapped[date | None]
    due_time_zone: Mapped[str | None] = mapped_column(String(64))
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
