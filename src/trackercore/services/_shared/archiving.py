"""Archiving rows that only lists leave out, and bringing them back."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from trackercore.models import Task, Topic

RowT = TypeVar("RowT", Task, Topic)


def set_archived(session: Session, row: RowT, at: datetime | None) -> RowT:
    """Archive a locked row at an instant, or bring it back; one that is archived keeps its time."""
    if at is None or row.archived_at is None:
        row.archived_at = at
        session.flush()
    return row
