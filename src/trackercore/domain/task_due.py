"""Which open tasks are overdue, due today or upcoming."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from trackercore.domain.calendar import local_day

Due = Literal["overdue", "today", "upcoming"]


def is_due(
    due: Due,
    *,
    due_date: date | None,
    due_at: datetime | None,
    now: datetime,
    time_zone: str,
    day_starts_at: int,
) -> bool:
    """Judge an open task; a timed task earlier today is both overdue and due today."""
    day = due_date if due_at is None else local_day(due_at, time_zone, day_starts_at)
    if day is None:
        return False
    today = local_day(now, time_zone, day_starts_at)
    if due == "overdue":
        return day < today if due_at is None else due_at < now
    return day == today if due == "today" else day > today
