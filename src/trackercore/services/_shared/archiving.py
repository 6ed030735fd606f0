"""Archiving rows that only lists leave out, and bringing them back."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from trackercore.models import Task, Topic
from trackercore.services._shared import owned_rows

RowT = TypeVar("RowT", Task, Topic)


def set_archived(
    session: Session, model: type[RowT], user_id: int, row_id: int, at: datetime | None
) -> RowT:
    """Archive a row at an instant, or bring it back; one that is archived keeps its time."""
    row = owned_rows.get(session, model, user_id, row_id, lock="change")
    if at is None or row.archived_at is None:
        row.archived_at = at
        session.flush()
    return row
